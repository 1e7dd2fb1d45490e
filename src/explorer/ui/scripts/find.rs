//! Which fonts of the system have the letters that are wanted.

use fontdb::{Database, FaceInfo, Source, Style};
use skrifa::{FontRef, MetadataProvider as _};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use unicode_script::{Script, UnicodeScript as _};

/// Fonts for one script at most.
const FONTS: usize = 3;

/// A font to be used.
#[derive(Debug, Clone)]
pub(super) struct Face {
    /// A name of its own.
    pub(super) name: String,
    /// The file; kept for the life of the program, once for all faces in it.
    pub(super) bytes: &'static [u8],
    /// Which of the file's faces.
    pub(super) index: u32,
    /// Whether its weight can be chosen.
    pub(super) has_weights: bool,
    /// See [`baseline`].
    pub(super) baseline: f32,
}

/// The answer to a question for letters.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The letters that were asked for.
    pub(super) asked: BTreeSet<char>,
    /// Every font that was chosen so far, for these letters or for others: an answer may never be heard.
    pub(super) faces: Vec<Face>,
    /// The letters that none has.
    pub(super) missing: BTreeSet<char>,
}

/// The fonts of this system. Files are read when a letter needs them, and then kept.
pub(super) struct Finder {
    fonts: Database,
    files: HashMap<PathBuf, &'static [u8]>,
    chosen: Vec<Face>,
    /// The script of East Asia that is preferred, as fonts name it: `JP`, `KR`, `SC`, `TC`, `HK`.
    region: Option<&'static str>,
}

impl Finder {
    /// Looks where this kind of system has its fonts.
    pub(super) fn of_the_system() -> Self {
        let mut fonts = Database::new();
        fonts.load_system_fonts();
        Self::new(fonts, region(&language()))
    }

    pub(super) fn new(fonts: Database, region: Option<&'static str>) -> Self {
        Self {
            fonts,
            files: HashMap::new(),
            chosen: Vec::new(),
            region,
        }
    }

    /// Finds fonts for these letters, as few as will do.
    pub(super) fn find(&mut self, letters: &BTreeSet<char>) -> Found {
        let mut found = Found {
            asked: letters.clone(),
            ..Found::default()
        };
        // Whoever writes kana reads Japanese, and so on; what is read decides how shared signs look.
        let region = letters
            .iter()
            .find_map(|c| region_of(c.script()))
            .or(self.region);
        let mut scripts: BTreeMap<&str, BTreeSet<char>> = BTreeMap::new();
        for &letter in letters {
            scripts
                .entry(letter.script().full_name())
                .or_default()
                .insert(letter);
        }
        for (_, mut wanted) in scripts {
            for face in &self.chosen {
                take_off(&mut wanted, face);
            }
            for _ in 0..FONTS {
                let Some(face) = (match wanted.is_empty() {
                    true => None,
                    false => self.best(&wanted, region),
                }) else {
                    break;
                };
                take_off(&mut wanted, &face);
                self.chosen.push(face);
            }
            found.missing.append(&mut wanted);
        }
        found.faces.clone_from(&self.chosen);
        found
    }

    /// The font that has most of the letters, the plainest of those.
    fn best(&mut self, wanted: &BTreeSet<char>, region: Option<&str>) -> Option<Face> {
        let mut ranked: Vec<(usize, i32, fontdb::ID)> = (self.fonts.faces())
            .filter(|info| info.style == Style::Normal)
            .filter_map(|info| {
                let count = |data: &[u8], index| count(wanted, data, index);
                let has = self.fonts.with_face_data(info.id, count)?;
                (has > 0).then(|| (has, plainness(info, region), info.id))
            })
            .collect();
        ranked.sort_by_key(|a| std::cmp::Reverse((a.0, a.1)));
        // A file that cannot be read a second time, or not whole, leaves the next its place.
        ranked.into_iter().find_map(|(_, _, id)| self.load(id))
    }

    fn load(&mut self, id: fontdb::ID) -> Option<Face> {
        let info = self.fonts.face(id)?;
        let (Source::File(path) | Source::SharedFile(path, _)) = &info.source else {
            return None;
        };
        let bytes = match self.files.get(path) {
            Some(bytes) => bytes,
            None => {
                // Never given back: egui wants fonts for ever, and would copy what it does not own.
                let bytes: &'static [u8] = std::fs::read(path).ok()?.leak();
                self.files.insert(path.clone(), bytes);
                bytes
            }
        };
        let font = FontRef::from_index(bytes, info.index).ok()?;
        let face = Face {
            baseline: baseline(bytes, info.index),
            name: name(path, info),
            bytes,
            index: info.index,
            has_weights: font
                .axes()
                .iter()
                .any(|axis| axis.tag() == skrifa::Tag::new(b"wght")),
        };
        let is_new = self.chosen.iter().all(|other| other.name != face.name);
        is_new.then_some(face)
    }
}

fn name(path: &Path, info: &FaceInfo) -> String {
    format!("{} {}", path.display(), info.index)
}

/// How many of the letters a font has, as outlines; none where it is damaged.
fn count(wanted: &BTreeSet<char>, data: &[u8], index: u32) -> usize {
    let Ok(font) = FontRef::from_index(data, index) else {
        return 0;
    };
    if font.outline_glyphs().format().is_none() {
        return 0;
    }
    let letters = font.charmap();
    wanted
        .iter()
        .filter(|&&c| letters.map(c).is_some_and(|glyph| glyph.to_u32() > 0))
        .count()
}

fn take_off(wanted: &mut BTreeSet<char>, face: &Face) {
    if let Ok(font) = FontRef::from_index(face.bytes, face.index) {
        let letters = font.charmap();
        wanted.retain(|&c| letters.map(c).is_none_or(|glyph| glyph.to_u32() == 0));
    }
}

/// How far a font's base line lies below the middle of its lines, in shares of its size. egui puts the middles of all
/// fonts of a row at one height, and so their base lines at different ones.
pub(super) fn baseline(data: &[u8], index: u32) -> f32 {
    let Ok(font) = FontRef::from_index(data, index) else {
        return 0.0;
    };
    let size = skrifa::instance::Size::unscaled();
    let metrics = font.metrics(size, skrifa::instance::LocationRef::default());
    let height = metrics.ascent - metrics.descent + metrics.leading;
    (metrics.ascent - height / 2.0) / f32::from(metrics.units_per_em.max(1))
}

/// Every letter of a font.
pub(super) fn letters(data: &[u8], index: u32) -> Vec<char> {
    let Ok(font) = FontRef::from_index(data, index) else {
        return Vec::new();
    };
    let pairs = font.charmap().mappings();
    pairs
        .filter_map(|(letter, _)| char::from_u32(letter))
        .collect()
}

/// How well a font goes with the panels' own, which is sans serif, upright and regular.
fn plainness(info: &FaceInfo, region: Option<&str>) -> i32 {
    let family = info.families.first().map_or("", |(name, _)| name.as_str());
    let has = |word: &str| family.split([' ', '-']).any(|part| part == word);
    let mut points = 0;
    points -= i32::from(info.weight.0.abs_diff(400)) / 50;
    points -= 6 * i32::from(info.stretch != fontdb::Stretch::Normal);
    points -= 8 * i32::from(info.monospaced || has("Mono"));
    points += 5 * i32::from(has("Sans"));
    points += 2 * i32::from(has("Noto"));
    for word in [
        "Serif",
        "Display",
        "Nastaliq",
        "Rashi",
        "Kufi",
        "Looped",
        "UI",
        "Condensed",
    ] {
        points -= 4 * i32::from(has(word));
    }
    points += 3 * i32::from(region.is_some_and(has));
    points
}

/// As fonts of East Asia call where a language is at home.
fn region(language: &str) -> Option<&'static str> {
    let language = language.replace('-', "_");
    Some(match language.get(..2)? {
        "ja" => "JP",
        "ko" => "KR",
        "zh" if language.starts_with("zh_HK") => "HK",
        "zh" if language.starts_with("zh_TW") || language.contains("Hant") => "TC",
        "zh" => "SC",
        _ => return None,
    })
}

fn region_of(script: Script) -> Option<&'static str> {
    match script {
        Script::Hiragana | Script::Katakana => Some("JP"),
        Script::Hangul => Some("KR"),
        Script::Bopomofo => Some("TC"),
        _ => None,
    }
}

/// The language that the user has set, as `ja_JP.UTF-8`; simplified Chinese where that says nothing.
fn language() -> String {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok());
    let named = set.into_iter().find(|language| region(language).is_some());
    named.unwrap_or_else(|| "zh_CN".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy_egui::egui::epaint::text::FontDefinitions;

    /// A folder with egui's own Hack, which has Armenian and Georgian, and a file that is no font.
    fn finder() -> (tempfile::TempDir, Finder) {
        let folder = tempfile::tempdir().unwrap();
        let hack = FontDefinitions::default().font_data["Hack"].clone();
        std::fs::write(folder.path().join("hack.ttf"), &hack.font).unwrap();
        std::fs::write(folder.path().join("broken.ttf"), &hack.font[..900]).unwrap();
        std::fs::write(folder.path().join("words.otf"), "no font").unwrap();
        let mut fonts = Database::new();
        fonts.load_fonts_dir(folder.path());
        (folder, Finder::new(fonts, None))
    }

    #[test]
    fn a_font_is_found_by_its_letters_and_what_none_has_is_told() {
        let (_folder, mut finder) = finder();
        let found = finder.find(&"Կոշիկ जूता ფეხ".chars().filter(|c| *c != ' ').collect());
        assert_eq!(found.faces.len(), 1, "one font has both, and is taken once");
        assert!(found.faces[0].name.ends_with("hack.ttf 0") && !found.faces[0].has_weights);
        assert_eq!(found.missing, "जूता".chars().collect());
        // Known already: nothing is loaded again.
        let again = finder.find(&"Հ".chars().collect());
        assert!(again.faces.len() == 1 && again.missing.is_empty());
        assert!(std::ptr::eq(again.faces[0].bytes, found.faces[0].bytes));
        assert!(letters(found.faces[0].bytes, 0).contains(&'Կ'));
        // Ascenders are longer than descenders.
        assert!((0.1..0.6).contains(&found.faces[0].baseline));
        assert_eq!(baseline(b"no font", 0), 0.0);
    }

    #[test]
    fn a_font_that_has_gone_or_is_damaged_is_passed_by() {
        let (folder, mut finder) = finder();
        std::fs::write(folder.path().join("hack.ttf"), "gone").unwrap();
        let found = finder.find(&"Կ".chars().collect());
        assert!(found.faces.is_empty());
        assert_eq!(found.missing.len(), 1);
    }

    #[test]
    fn languages_have_their_signs() {
        let regions = [
            ("ja_JP.UTF-8", Some("JP")),
            ("ko_KR", Some("KR")),
            ("zh_TW.UTF-8", Some("TC")),
            ("zh-Hant", Some("TC")),
            ("zh_HK", Some("HK")),
            ("zh_CN", Some("SC")),
            ("de_DE", None),
            ("C", None),
            ("é", None),
        ];
        for (language, wanted) in regions {
            assert_eq!(region(language), wanted, "{language}");
        }
    }
}
