//! What became of the files that were met: nothing is passed over in silence.

use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Files of one kind that are listed one by one; further ones are only counted, so that a folder of millions of
/// thumbnails needs no memory.
const LISTED_OF_A_KIND: u64 = 10_000;

/// At most so many kinds; further ones are counted together. (A kind is an ending, and a folder can have many.)
const MOST_KINDS: usize = 200;

/// How many kinds a summary names.
const NAMED: usize = 8;

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Its picture is a shoe's.
    Taken,
    /// It was read for what it tells of the shoes, or for the pictures that lie in it.
    Read,
    /// It is no shoe, for a reason in a few words that fit behind a number: `in @eaDir`, `.json`, `empty`.
    LeftOut(Cow<'static, str>),
    /// It should be a shoe, and cannot be read, for this reason.
    Unreadable(String),
}

impl Fate {
    /// The fate in one word, and its reason.
    pub fn words(&self) -> (&'static str, &str) {
        match self {
            Self::Taken => ("taken", ""),
            Self::Read => ("read", ""),
            Self::LeftOut(reason) => ("left out", reason),
            Self::Unreadable(reason) => ("unreadable", reason),
        }
    }
}

/// A file that was met and is no shoe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// The number of its source, counted from 0.
    pub source: usize,
    /// Its path in the source.
    pub file: String,
    /// What became of it.
    pub fate: Fate,
}

/// Files of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kind {
    /// What they have in common, in words that fit behind a number: `.json`, `in @eaDir`.
    pub kind: String,
    /// How many there are.
    pub count: u64,
    /// The path of one of them.
    pub example: String,
}

/// Kinds of files with their numbers.
#[derive(Debug, Clone, Default)]
pub struct Kinds(BTreeMap<String, Kind>);

impl Kinds {
    /// Counts `count` files, one of them named; gives how many there are now.
    pub fn add(&mut self, kind: &str, count: u64, example: &str) -> u64 {
        let kind = if self.0.len() < MOST_KINDS || self.0.contains_key(kind) {
            kind
        } else {
            "of other kinds"
        };
        let entry = self.0.entry(kind.to_owned()).or_insert_with(|| Kind {
            kind: kind.to_owned(),
            count: 0,
            example: example.to_owned(),
        });
        entry.count += count;
        entry.count
    }

    /// The kinds, the most frequent first.
    pub fn sorted(&self) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = self.0.values().cloned().collect();
        kinds.sort_by_key(|kind| std::cmp::Reverse(kind.count));
        kinds
    }
}

/// The files of all sources that are no shoes, and what became of them.
#[derive(Debug, Clone, Default)]
pub struct Fates {
    met: Vec<Met>,
    left_out: Kinds,
    /// Files that are counted and not in `met`, by kind.
    unlisted: Kinds,
}

impl Fates {
    /// A file of source `source` that is no shoe.
    pub fn add(&mut self, source: usize, file: &str, fate: Fate) {
        if let Fate::LeftOut(kind) = &fate
            && self.left_out.add(kind, 1, file) > LISTED_OF_A_KIND
        {
            self.unlisted.add(kind, 1, file);
            return;
        }
        self.met.push(Met {
            source,
            file: file.to_owned(),
            fate,
        });
    }

    /// Files that were left out and are not listed, as so many of a kind.
    pub(super) fn add_uncounted(&mut self, kind: &str, count: u64, example: &str) {
        if count > 0 {
            self.left_out.add(kind, count, example);
            self.unlisted.add(kind, count, example);
        }
    }

    /// Adds those of another source.
    pub(super) fn extend(&mut self, other: &Self, source: usize) {
        for met in &other.met {
            self.add(source, &met.file, met.fate.clone());
        }
        for kind in other.unlisted.sorted() {
            self.add_uncounted(&kind.kind, kind.count, &kind.example);
        }
    }

    /// The files, in the order in which they were met. Of a kind with very many, not all: [`unlisted`](Self::unlisted).
    pub fn met(&self) -> &[Met] {
        &self.met
    }

    /// What was left out, by kind; the most frequent first.
    pub fn left_out(&self) -> Vec<Kind> {
        self.left_out.sorted()
    }

    /// How many files of each kind are counted and not listed.
    pub fn unlisted(&self) -> Vec<Kind> {
        self.unlisted.sorted()
    }
}

/// What was left out in one line, as `5 .json (as a.json), 12 in @eaDir (as …)`; empty where nothing was.
pub fn summary(kinds: &[Kind]) -> String {
    let named = kinds.iter().take(NAMED).map(|kind| {
        let (count, what, example) = (kind.count, &kind.kind, &kind.example);
        format!("{count} {what} (as {example})")
    });
    let mut parts: Vec<String> = named.collect();
    if let Some(rest) = kinds.get(NAMED..).filter(|rest| !rest.is_empty()) {
        let files: u64 = rest.iter().map(|kind| kind.count).sum();
        parts.push(format!("{files} of {} other kinds", rest.len()));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_counted_with_one_example_and_the_most_frequent_first() {
        let mut fates = Fates::default();
        fates.add(0, "a.json", Fate::LeftOut(".json".into()));
        fates.add(0, "t.csv", Fate::Read);
        for n in 0..3 {
            fates.add(
                1,
                &format!("x/@eaDir/{n}.jpg"),
                Fate::LeftOut("in @eaDir".into()),
            );
        }
        assert_eq!(
            summary(&fates.left_out()),
            "3 in @eaDir (as x/@eaDir/0.jpg), 1 .json (as a.json)"
        );
        assert_eq!(fates.met().len(), 5);
        assert_eq!(summary(&[]), "");
    }

    #[test]
    fn of_very_many_only_the_number_is_kept() {
        let mut fates = Fates::default();
        for n in 0..LISTED_OF_A_KIND + 5 {
            fates.add(0, &n.to_string(), Fate::LeftOut("in @eaDir".into()));
        }
        assert_eq!(fates.met().len() as u64, LISTED_OF_A_KIND);
        assert_eq!(fates.left_out()[0].count, LISTED_OF_A_KIND + 5);
        assert_eq!(fates.unlisted()[0].count, 5);
        let mut all = Fates::default();
        all.extend(&fates, 3);
        assert_eq!(all.left_out(), fates.left_out());
        let mut kinds = Kinds::default();
        for n in 0..1000 {
            kinds.add(&format!(".{n}"), 1, "x");
        }
        assert_eq!(kinds.sorted().len(), MOST_KINDS + 1);
        assert_eq!(
            kinds.sorted().iter().map(|kind| kind.count).sum::<u64>(),
            1000
        );
        assert!(summary(&kinds.sorted()).contains("other kinds"));
    }
}
