//! In which letters a table is written, where it does not say.

use super::super::error::SheetError;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How many bytes the guess looks at: more than this tells nothing new, and takes time.
const LOOKED_AT: usize = 4 << 20;

/// The text of a table: in the letters that were `asked` for, or those that its mark tells, or UTF-8, or those that its
/// bytes look like. What was guessed is told in the second text.
///
/// # Errors
/// [`SheetError::NotText`].
pub(super) fn decode(
    bytes: Vec<u8>,
    asked: Option<&'static Encoding>,
) -> Result<(String, Option<String>), SheetError> {
    if let Some(encoding) = asked {
        let (text, used, has_errors) = encoding.decode(&bytes);
        let note = has_errors.then(|| {
            let name = used.name();
            format!("some of it is not written in {name}, as was said; what cannot be read is shown as \u{fffd}")
        });
        return checked(text.into_owned(), note);
    }
    if let Some((encoding, _)) = Encoding::for_bom(&bytes)
        && encoding != UTF_8
    {
        return checked(encoding.decode(&bytes).0.into_owned(), None);
    }
    if bytes.contains(&0) {
        let encoding = utf16_without_mark(&bytes).ok_or(SheetError::NotText)?;
        let text = encoding.decode_without_bom_handling(&bytes).0.into_owned();
        return checked(text, Some(guessed(encoding)));
    }
    let bytes = match String::from_utf8(bytes) {
        Ok(mut text) => {
            if text.starts_with('\u{feff}') {
                text.drain(..3);
            }
            return checked(text, None);
        }
        Err(error) => error.into_bytes(),
    };
    if let Some(text) = nearly_utf8(&bytes) {
        let note = "its letters are UTF-8 but for a few bytes, which are shown as \u{fffd}";
        return checked(text, Some(note.to_owned()));
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(
        &bytes[..bytes.len().min(LOOKED_AT)],
        bytes.len() <= LOOKED_AT,
    );
    let encoding = detector.guess(None, Utf8Detection::Deny);
    let text = encoding.decode_without_bom_handling(&bytes).0.into_owned();
    checked(text, Some(guessed(encoding)))
}

fn guessed(encoding: &'static Encoding) -> String {
    format!(
        "its letters are taken for {}, as its bytes look like it; say which encoding it is where they come out wrong",
        encoding.name()
    )
}

/// Refuses what is no text: a few control characters may be dirt, many are a binary file.
fn checked(text: String, note: Option<String>) -> Result<(String, Option<String>), SheetError> {
    let looked = text.chars().take(LOOKED_AT);
    let (mut all, mut odd) = (0_usize, 0_usize);
    for letter in looked {
        all += 1;
        odd += usize::from(
            letter.is_control()
                && !matches!(
                    letter,
                    '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1a}' | '\u{85}'
                ),
        );
    }
    if odd * 50 > all || text.contains('\0') {
        return Err(SheetError::NotText);
    }
    Ok((text, note))
}

/// UTF-16 is known by what every table has: the ends of its lines and what separates its cells.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(1 << 20) & !1];
    if sample.is_empty() || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let read = |little: bool| {
        let units = sample.chunks_exact(2).map(move |pair| match little {
            true => u16::from_le_bytes([pair[0], pair[1]]),
            false => u16::from_be_bytes([pair[0], pair[1]]),
        });
        let (mut signs, mut odd, mut all) = (0_usize, 0_usize, 0_usize);
        for letter in char::decode_utf16(units) {
            all += 1;
            match letter {
                Ok('\n' | '\r' | '\t' | ',' | ';' | '|' | '"') => signs += 1,
                Ok(letter)
                    if letter.is_control() || ('\u{e000}'..='\u{f8ff}').contains(&letter) =>
                {
                    odd += 1
                }
                // A pair that is cut by the end of the sample.
                Ok(_) => {}
                Err(_) => odd += 1,
            }
        }
        (odd * 50 <= all).then_some(signs)
    };
    match (read(true), read(false)) {
        (Some(0) | None, Some(0) | None) => None,
        (little, big) => Some(if little >= big { UTF_16LE } else { UTF_16BE }),
    }
}

/// The text where it is UTF-8 with very few wrong bytes, as a file that was cut or patched is.
fn nearly_utf8(bytes: &[u8]) -> Option<String> {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk
            .valid()
            .chars()
            .filter(|letter| !letter.is_ascii())
            .count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    (good >= 20 * bad).then(|| String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{
        BIG5, EUC_KR, GBK, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253,
    };

    fn read(bytes: impl Into<Vec<u8>>) -> (String, String) {
        let (text, note) = decode(bytes.into(), None).unwrap();
        (text, note.unwrap_or_default())
    }

    fn utf16(text: &str, to: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to).collect()
    }

    #[test]
    fn letters_of_many_countries_are_told_apart() {
        for (encoding, text) in [
            (
                GBK,
                "编号,品牌,颜色,描述\n1001,回力,红色,经典帆布运动鞋\n1002,双星,白色,轻便跑步鞋\n",
            ),
            (
                SHIFT_JIS,
                "番号,ブランド,色\n1001,ミズノ,赤\n1002,アシックス,白いスニーカー\n",
            ),
            (
                EUC_KR,
                "번호,브랜드,색상\n1001,프로스펙스,빨간색 운동화\n1002,르까프,하얀색\n",
            ),
            (
                BIG5,
                "編號,品牌,顏色,描述\n1001,台灣鞋業,紅色,經典帆布運動鞋\n1002,足球,白色,輕便跑步鞋\n",
            ),
            (
                WINDOWS_1251,
                "номер,бренд,цвет\n1001,Юничел,красный\n1002,Зенден,белые кроссовки\n",
            ),
            (
                WINDOWS_1252,
                "nr,marke,größe\n1001,Müller,weiß\n1002,Café,très élégant\n",
            ),
            (
                WINDOWS_1250,
                "číslo,značka,barva\n1001,Baťa,červená\n1002,Botas,žlutá s třpytkami\n",
            ),
            (
                WINDOWS_1253,
                "αριθμός,μάρκα,χρώμα\n1001,Παπούτσια,κόκκινο\n1002,Σανδάλι,λευκό\n",
            ),
        ] {
            let (got, note) = read(encoding.encode(text).0);
            assert_eq!(got, text, "{}: {note}", encoding.name());
            assert!(note.contains("taken for"), "{note}");
        }
    }

    #[test]
    fn unicode_is_known_with_and_without_its_mark() {
        let text = "id,marke\n1,Größe 中文\n2,b\n";
        assert_eq!(read(text), (text.to_owned(), String::new()));
        assert_eq!(
            read(format!("\u{feff}{text}")),
            (text.to_owned(), String::new())
        );
        for to in [u16::to_le_bytes, u16::to_be_bytes] {
            assert_eq!(
                read(utf16(&format!("\u{feff}{text}"), to)),
                (text.to_owned(), String::new())
            );
            let (got, note) = read(utf16(text, to));
            assert_eq!(got, text);
            assert!(note.contains("UTF-16"), "{note}");
            let chinese = "编号,品牌\n回力,红色\n双星,白色\n";
            assert_eq!(read(utf16(chinese, to)).0, chinese);
        }
    }

    #[test]
    fn a_few_wrong_bytes_do_not_turn_a_text_into_another() {
        let mut bytes = "größe,Straße;".repeat(30).into_bytes();
        bytes.push(0xff);
        let (text, note) = read(bytes);
        assert!(text.starts_with("größe,Straße;") && text.ends_with('\u{fffd}'));
        assert!(note.contains("few bytes"), "{note}");
    }

    #[test]
    fn what_was_asked_for_is_taken_and_binary_is_refused() {
        let bytes = WINDOWS_1251.encode("бренд").0.into_owned();
        assert_eq!(decode(bytes, Some(WINDOWS_1251)).unwrap().0, "бренд");
        let (_, note) = decode(b"a\xff\xfeb".to_vec(), Some(UTF_8)).unwrap();
        assert!(note.unwrap().contains("not written in UTF-8"));
        let binary: Vec<u8> = (0..4000_u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        assert!(matches!(decode(binary, None), Err(SheetError::NotText)));
    }
}
