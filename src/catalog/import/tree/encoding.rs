//! In which letters the names of an archive are written, where it does not say.
//!
//! Windows packs names in the letters of its own country and does not tell which. All names of an archive are looked
//! at together, since one alone tells little: names of Western Europe and of Russia are known by their letters
//! (code pages of DOS, which no detector of web pages knows), those of East Asia by `chardetng`.

use super::dos::Page;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GBK, IBM866, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252,
};

/// Fewer letters than these beyond ASCII tell little.
const FEW: usize = 6;

/// How the names of an archive are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Guess {
    letters: Letters,
    /// Whether another reading would do as well.
    pub(super) is_doubtful: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Letters {
    Known(&'static Encoding),
    Dos(Page),
}

impl Guess {
    /// The letters' name for people.
    pub(super) fn name(&self) -> &'static str {
        match self.letters {
            Letters::Known(encoding) => encoding.name(),
            Letters::Dos(page) => page.name(),
        }
    }

    /// A name in these letters; what is none of them is shown as `\u{fffd}`.
    pub(super) fn decode(&self, name: &[u8]) -> String {
        match self.letters {
            Letters::Known(encoding) => encoding.decode_without_bom_handling(name).0.into_owned(),
            Letters::Dos(page) => page.decode(name),
        }
    }

    /// The letters that somebody asked for.
    pub(super) fn asked(encoding: &'static Encoding) -> Self {
        Self {
            letters: Letters::Known(encoding),
            is_doubtful: false,
        }
    }

    /// Looks at all names of an archive that say not in which letters they are written; none where all are UTF-8.
    pub(super) fn of(names: &[&[u8]]) -> Option<Self> {
        let names: Vec<&[u8]> = names
            .iter()
            .copied()
            .filter(|name| !name.is_ascii())
            .collect();
        if names.iter().all(|name| std::str::from_utf8(name).is_ok()) {
            return None;
        }
        let beyond = names
            .iter()
            .flat_map(|name| name.iter())
            .filter(|b| !b.is_ascii());
        let few = beyond.count() < FEW;
        let guess = |letters, is_doubtful| {
            Some(Self {
                letters,
                is_doubtful: is_doubtful || few,
            })
        };
        for encoding in [IBM866, WINDOWS_1251] {
            if all(&names, |name| {
                decoded(encoding, name).is_some_and(|text| is_cyrillic(&text))
            }) {
                return guess(Letters::Known(encoding), false);
            }
        }
        for page in [Page::American, Page::Western] {
            if all(&names, |name| is_latin(&page.decode(name))) && !is_crowded(&names) {
                return guess(Letters::Dos(page), false);
            }
        }
        if all(&names, |name| {
            decoded(WINDOWS_1252, name).is_some_and(|text| is_latin(&text))
        }) && !is_paired(&names)
        {
            return guess(Letters::Known(WINDOWS_1252), false);
        }
        let (encoding, is_doubtful) = east_asian(&names);
        match encoding {
            Some(encoding) => guess(Letters::Known(encoding), is_doubtful),
            // What the format itself says of names that say nothing.
            None => guess(Letters::Dos(Page::American), true),
        }
    }
}

fn all(names: &[&[u8]], test: impl Fn(&[u8]) -> bool) -> bool {
    names.iter().all(|name| test(name))
}

/// The text of a name where every byte of it is a letter of `encoding`.
fn decoded(encoding: &'static Encoding, name: &[u8]) -> Option<String> {
    let (text, has_errors) = encoding.decode_without_bom_handling(name);
    (!has_errors && !text.chars().any(|c| c.is_control())).then(|| text.into_owned())
}

/// The letters of East Asia that `chardetng` finds the likeliest, and whether it had to be told to look there.
fn east_asian(names: &[&[u8]]) -> (Option<&'static Encoding>, bool) {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    for name in names {
        detector.feed(name, false);
        detector.feed(b"\n", false);
    }
    detector.feed(b"", true);
    let is_right = |encoding: &&'static Encoding| {
        [SHIFT_JIS, GBK, BIG5, EUC_KR, EUC_JP].contains(encoding)
            && all(names, |name| decoded(encoding, name).is_some())
    };
    // Whole kana are common in Japanese names, and their bytes rare letters in all the others.
    if is_mostly_kana(names) {
        return (Some(SHIFT_JIS), false);
    }
    let guess = |country| Some(detector.guess(country, Utf8Detection::Deny)).filter(is_right);
    if let Some(encoding) = guess(None) {
        return (Some(encoding), false);
    }
    let countries: [&[u8]; 4] = [b"cn", b"jp", b"kr", b"tw"];
    let found = countries
        .into_iter()
        .find_map(|country| guess(Some(country)));
    (found, true)
}

/// Whether the names, read as Shift-JIS, have kana in every fourth place or more.
fn is_mostly_kana(names: &[&[u8]]) -> bool {
    let (mut kana, mut beyond) = (0, 0);
    for name in names {
        let Some(text) = decoded(SHIFT_JIS, name) else {
            return false;
        };
        let letters = text.chars().filter(|c| !c.is_ascii());
        for c in letters {
            beyond += 1;
            kana += usize::from(matches!(c, '\u{3041}'..='\u{30fe}'));
        }
    }
    beyond > 0 && 4 * kana >= beyond
}

/// Whether what is beyond ASCII in a name is Cyrillic as people write it: words without Latin letters in them, and no
/// capital behind a small letter.
fn is_cyrillic(text: &str) -> bool {
    let is_letter = |c: char| matches!(c, '\u{401}'..='\u{45f}' | 'Ґ' | 'ґ');
    is_written(text, &is_letter, &|c| {
        matches!(c, '№' | '«' | '»' | '—' | '–')
    }) && !words(text)
        .any(|word| word.chars().any(is_letter) && word.chars().any(|c| c.is_ascii_alphabetic()))
}

/// Whether what is beyond ASCII in a name is a letter of a Western language, and no capital stands behind a small one.
fn is_latin(text: &str) -> bool {
    let is_letter = |c: char| matches!(c, 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ÿ' | 'ı');
    is_written(text, &is_letter, &|c| {
        matches!(
            c,
            '°' | 'º' | 'ª' | '²' | '½' | '¼' | '®' | '–' | '—' | '’' | '€'
        )
    })
}

fn is_written(
    text: &str,
    is_letter: &dyn Fn(char) -> bool,
    is_sign: &dyn Fn(char) -> bool,
) -> bool {
    let mut before = ' ';
    for c in text.chars() {
        let is_beyond = !c.is_ascii();
        if is_beyond && !is_letter(c) && !is_sign(c) {
            return false;
        }
        // Letters of ASCII alone may stand so: `BootRed`.
        if before.is_lowercase() && c.is_uppercase() && (is_beyond || !before.is_ascii()) {
            return false;
        }
        before = c;
    }
    true
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
}

/// Whether there are more bytes beyond ASCII in the words that have any than a Western language writes: letters of two
/// bytes each have one or two of them.
fn is_crowded(names: &[&[u8]]) -> bool {
    let Density {
        beyond, letters, ..
    } = Density::of(names);
    5 * beyond > 2 * letters || is_paired(names)
}

/// Whether bytes beyond ASCII stand beside one another more often than letters with marks do.
fn is_paired(names: &[&[u8]]) -> bool {
    let Density { beyond, pairs, .. } = Density::of(names);
    3 * pairs > beyond
}

/// What is counted in the words that have any byte beyond ASCII.
struct Density {
    beyond: usize,
    letters: usize,
    pairs: usize,
}

impl Density {
    fn of(names: &[&[u8]]) -> Self {
        let is_part = |byte: &u8| byte.is_ascii_alphabetic() || !byte.is_ascii();
        let (mut beyond, mut letters, mut pairs) = (0, 0, 0);
        for word in names
            .iter()
            .flat_map(|name| name.split(|byte| !is_part(byte)))
        {
            let high = word.iter().filter(|byte| !byte.is_ascii()).count();
            if high > 0 {
                beyond += high;
                letters += word.len();
                // `öß` and the like are common; so `ß` counts as a plain letter, in any of the pages.
                let is_high = |byte: u8| !byte.is_ascii() && byte != 0xe1 && byte != 0xdf;
                pairs += word
                    .windows(2)
                    .filter(|two| is_high(two[0]) && is_high(two[1]))
                    .count();
            }
        }
        Self {
            beyond,
            letters,
            pairs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(encoding: &'static Encoding, names: &[&str]) -> Guess {
        let raw: Vec<Vec<u8>> = names
            .iter()
            .map(|name| {
                let (bytes, _, has_errors) = encoding.encode(name);
                assert!(!has_errors, "{name}");
                bytes.into_owned()
            })
            .collect();
        let raw: Vec<&[u8]> = raw.iter().map(Vec::as_slice).collect();
        let guess = Guess::of(&raw).unwrap();
        for (name, bytes) in names.iter().zip(&raw) {
            assert_eq!(guess.decode(bytes), *name, "{}", guess.name());
        }
        guess
    }

    #[test]
    fn names_of_many_countries_are_read() {
        for (encoding, names) in [
            (
                SHIFT_JIS,
                &["ブーツ/赤い靴.jpg", "サンダル/能ソ表.jpg", "革靴/十.jpg"][..],
            ),
            (SHIFT_JIS, &["スニーカー/白.jpg", "パンプス/01.jpg"]),
            (SHIFT_JIS, &["かわいい靴/しろ.jpg", "ﾌﾞｰﾂ/01.jpg"]),
            (
                SHIFT_JIS,
                &[
                    "商品画像/紳士靴/黒色_25.5cm.jpg",
                    "商品画像/婦人靴/茶色.jpg",
                ],
            ),
            (GBK, &["靴子/红色.jpg", "凉鞋/白色.jpg", "皮鞋/经典.jpg"]),
            (GBK, &["运动鞋/男款-01.jpg", "高跟鞋/女款-02.jpg"]),
            (GBK, &["新品上架/帆布鞋.jpg", "产品图片/拖鞋.jpg"]),
            (BIG5, &["運動鞋/紅色.jpg", "涼鞋/白色.jpg", "皮鞋/經典.jpg"]),
            (BIG5, &["靴子/黑色短靴.jpg", "高跟鞋/功能.jpg"]),
            (
                EUC_KR,
                &["운동화/빨강.jpg", "구두/검정.jpg", "샌들/흰색.jpg"],
            ),
            (EUC_KR, &["부츠/겨울.jpg", "하이힐/여성용 신발.jpg"]),
            (IBM866, &["Ботинки/красные.jpg", "Сандалии/Белые 01.jpg"]),
            (IBM866, &["обувь/кроссовки №5.jpg"]),
            (WINDOWS_1251, &["Ботинки/красные.jpg", "Кеды/ёлка.jpg"]),
            (WINDOWS_1252, &["Größe/süß.jpg", "Füße/Öl.jpg"]),
            (WINDOWS_1252, &["Schuhe/Stiefel für Männer.jpg", "été.jpg"]),
        ] {
            guess(encoding, names);
        }
    }

    #[test]
    fn the_letters_of_dos_are_read() {
        let read = |names: &[&[u8]]| {
            let guess = Guess::of(names).unwrap();
            let texts: Vec<String> = names.iter().map(|name| guess.decode(name)).collect();
            (guess.name(), texts)
        };
        let (name, texts) = read(&[b"Schuhe/Gr\x94\xe1e 42.jpg", b"Schuhe/f\x81r M\x84nner.jpg"]);
        assert_eq!(name, "CP437");
        assert_eq!(texts, ["Schuhe/Größe 42.jpg", "Schuhe/für Männer.jpg"]);
        let (name, texts) = read(&[
            b"sapatos/Sand\xa0lia.jpg",
            b"sapatos/cal\x87ado de ver\xc6o.jpg",
        ]);
        assert_eq!(name, "CP850");
        assert_eq!(
            texts,
            ["sapatos/Sandália.jpg", "sapatos/calçado de verão.jpg"]
        );
    }

    #[test]
    fn utf8_needs_no_guess_and_few_letters_are_doubtful() {
        assert_eq!(Guess::of(&["靴/白.jpg".as_bytes(), b"a.jpg"]), None);
        assert_eq!(Guess::of(&[b"a.jpg"]), None);
        assert!(Guess::of(&[b"\x8c\x43.jpg"]).unwrap().is_doubtful);
        assert!(!guess(GBK, &["靴子/红色.jpg", "凉鞋/白色.jpg", "皮鞋/经典.jpg"]).is_doubtful);
        assert_eq!(Guess::asked(SHIFT_JIS).decode(b"\x94\x5c"), "能");
    }
}
