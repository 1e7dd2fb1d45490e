//! The pictures of a source, to be found by what a table calls them.

use super::super::tree::{is_picture, stem};
use super::reference::{composed, folded, readings};
use std::collections::HashMap;

/// More pictures of one name than these are not told from one another by their folders' folders.
const MOST_OF_A_NAME: usize = 1000;

/// The pictures of a source by their names.
#[derive(Debug)]
pub(in super::super) struct Pictures<'a> {
    /// Their paths, with `/` between the parts.
    pub(in super::super) names: &'a [&'a str],
    by_file: HashMap<String, Vec<u32>>,
    /// By folder and file, so that a thousand folders of `1.jpg` are no thousand candidates for each row.
    by_two: HashMap<String, Vec<u32>>,
    by_stem: HashMap<String, Vec<u32>>,
    /// Whether the names are in order, so that those of a folder lie side by side.
    is_sorted: bool,
}

/// How well a text names a picture; more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Strength {
    /// Whether the name's ending was said too.
    pub(super) is_file: bool,
    /// How many parts of the paths are the same, from the end.
    tail: usize,
    /// Whether neither path says something else before them.
    is_whole: bool,
    /// 2: to the letter; 1: in composed letters; 0: in letters of either case.
    exactness: u8,
}

impl Strength {
    /// That of a text with which a picture's name only begins.
    pub(super) fn start() -> Self {
        Self {
            is_file: false,
            tail: 0,
            is_whole: false,
            exactness: 0,
        }
    }
}

/// What a text names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named {
    Nothing,
    /// One picture, or several of one name without ending.
    Pictures(Vec<u32>, Strength),
    /// Any of these: nothing tells which.
    AnyOf(Vec<u32>, Strength),
}

impl<'a> Pictures<'a> {
    pub(in super::super) fn new(names: &'a [&'a str]) -> Self {
        let mut pictures = Self {
            names,
            by_file: HashMap::new(),
            by_two: HashMap::new(),
            by_stem: HashMap::new(),
            is_sorted: names.is_sorted(),
        };
        for (number, name) in names.iter().enumerate() {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            let file = file_of(name);
            pictures
                .by_file
                .entry(folded(file))
                .or_default()
                .push(number);
            pictures
                .by_stem
                .entry(folded(stem(file)))
                .or_default()
                .push(number);
            if let Some(two) = last_two(name) {
                pictures.by_two.entry(folded(two)).or_default().push(number);
            }
        }
        pictures
    }

    /// Whether a picture lies under a folder (with a `/` behind it, or empty for all).
    fn is_under(&self, picture: u32, scope: &str) -> bool {
        self.names[picture as usize].starts_with(scope)
    }

    /// The pictures among `found` that lie under a folder.
    fn under(&self, found: Option<&Vec<u32>>, scope: &str) -> Vec<u32> {
        let found = found.map_or(&[][..], Vec::as_slice);
        if scope.is_empty() {
            return found.to_vec();
        }
        let name = |picture: &u32| self.names[*picture as usize];
        let start = match self.is_sorted {
            true => found.partition_point(|picture| name(picture) < scope),
            false => 0,
        };
        let rest = found[start..].iter().copied();
        match self.is_sorted {
            true => rest
                .take_while(|&picture| self.is_under(picture, scope))
                .collect(),
            false => rest
                .filter(|&picture| self.is_under(picture, scope))
                .collect(),
        }
    }

    /// What a reference names under a folder.
    pub(super) fn named(&self, reference: &str, scope: &str) -> Named {
        if reference.is_empty() || reference.len() > 4096 {
            return Named::Nothing;
        }
        let readings = readings(reference);
        let found = readings.iter().map(|reading| self.look_up(reading, scope));
        found
            .into_iter()
            .find(|found| *found != Named::Nothing)
            .unwrap_or(Named::Nothing)
    }

    fn look_up(&self, path: &str, scope: &str) -> Named {
        let path = path.trim().trim_end_matches('/');
        let file = file_of(path);
        if file.is_empty() {
            return Named::Nothing;
        }
        let mut found = match last_two(path) {
            Some(two) => self.under(self.by_two.get(&folded(two)), scope),
            None => Vec::new(),
        };
        let mut is_file = true;
        if found.is_empty() {
            found = self.under(self.by_file.get(&folded(file)), scope);
        }
        if found.is_empty() && !is_picture(file) {
            is_file = false;
            found = self.under(self.by_stem.get(&folded(file)), scope);
        }
        if found.len() > MOST_OF_A_NAME {
            return Named::AnyOf(vec![found[0]], Strength::start());
        }
        let strength = |picture: u32| self.strength(path, picture, is_file);
        let Some(best) = found.iter().map(|&picture| strength(picture)).max() else {
            return Named::Nothing;
        };
        found.retain(|&picture| strength(picture) == best);
        match found.len() == 1 || !is_file {
            true => Named::Pictures(found, best),
            false => Named::AnyOf(found, best),
        }
    }

    fn strength(&self, path: &str, picture: u32, is_file: bool) -> Strength {
        let name = self.names[picture as usize];
        let (own, told) = (file_of(name), file_of(path));
        let own = if is_file { own } else { stem(own) };
        let exactness = match () {
            () if own == told => 2,
            () if composed(own) == composed(told) => 1,
            () => 0,
        };
        let folders = |path: &'_ str| -> Vec<String> {
            let parts = path.rsplit('/').skip(1);
            parts
                .filter(|part| !matches!(*part, "" | "."))
                .map(folded)
                .collect()
        };
        let (own, told) = (folders(name), folders(path));
        let same = own.iter().zip(&told).take_while(|(a, b)| a == b).count();
        Strength {
            is_file,
            tail: 1 + same,
            is_whole: same == own.len().min(told.len()),
            exactness,
        }
    }

    /// The pictures under a folder of which the file is called as a reference says, and the folder as one of these texts.
    pub(super) fn in_folder_called<'t>(
        &self,
        reference: &str,
        texts: impl Iterator<Item = &'t str>,
        scope: &str,
    ) -> Vec<u32> {
        let readings = readings(reference);
        let file = readings.last().map_or("", |path| file_of(path));
        let mut found = Vec::new();
        for text in texts.filter(|text| !text.is_empty() && text.len() < 256) {
            let folder = file_of(text.trim_end_matches('/'));
            let two = folded(&format!("{folder}/{file}"));
            found.extend(self.under(self.by_two.get(&two), scope));
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The last part of a path.
pub(super) fn file_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The last two parts of a path.
fn last_two(path: &str) -> Option<&str> {
    let last = path.rfind('/')?;
    let start = path[..last].rfind('/').map_or(0, |place| place + 1);
    let two = &path[start..];
    (!two.starts_with("./") && !two.starts_with('/')).then_some(two)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 8] = [
        "boots/1.jpg",
        "boots/front/7.jpg",
        "boots/side/7.png",
        "cafe\u{301}.jpg",
        "sandals/1.jpg",
        "x/A.jpg",
        "x/a.jpg",
        "x/b c.jpg",
    ];

    fn named(text: &str) -> Vec<u32> {
        match Pictures::new(&NAMES).named(text, "") {
            Named::Nothing => vec![],
            Named::Pictures(found, _) => found,
            Named::AnyOf(found, _) => {
                assert!(found.len() > 1);
                vec![99]
            }
        }
    }

    #[test]
    fn pictures_are_found_by_the_ends_of_their_paths() {
        assert_eq!(named("boots/1.jpg"), [0]);
        assert_eq!(named("D:\\Data\\SANDALS\\1.JPG"), [4]);
        assert_eq!(named("https://cdn.x/files/b%20c.jpg?v=3"), [7]);
        assert_eq!(named("/other/b c.jpg"), [7]);
        assert_eq!(named("caf\u{e9}.jpg"), [3]);
        assert_eq!(named("CAF\u{c9}"), [3]);
        assert_eq!(named("7"), [1, 2]);
        assert_eq!(named("front/7"), [1]);
        assert_eq!(named("7.png"), [2]);
        assert_eq!(named("nothing.jpg"), [0; 0]);
        assert_eq!(named("https://x/"), [0; 0]);
    }

    #[test]
    fn letters_to_the_letter_come_first_and_doubt_is_told() {
        assert_eq!(named("A.jpg"), [5]);
        assert_eq!(named("a.jpg"), [6]);
        assert_eq!(named("A.JPG"), [99]);
        assert_eq!(named("1.jpg"), [99]);
        assert_eq!(named("heels/1.jpg"), [99]);
    }

    #[test]
    fn a_folder_bounds_what_is_found() {
        let pictures = Pictures::new(&NAMES);
        assert!(
            matches!(pictures.named("1.jpg", "sandals/"), Named::Pictures(found, _) if found == [4])
        );
        assert_eq!(pictures.named("1.jpg", "x/"), Named::Nothing);
        let called = ["red", "Sandals"].into_iter();
        assert_eq!(pictures.in_folder_called("C:\\1.JPG", called, ""), [4]);
    }
}
