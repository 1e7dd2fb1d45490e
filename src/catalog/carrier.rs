//! What is true of the whole, carried by the rows.
//!
//! The file's metadata holds it, and whatever program keeps metadata keeps it. polars and DuckDB keep rows alone. So
//! every row carries, in the text column `shoespace`, the little without which its numbers mean nothing (the network and
//! the blocks), and one of many parts of the rest (the space, what was learned): of a catalogue of which some
//! thousand rows are left, every part is there; of which a few are left, the little is.

use super::{BlockInfo, CatalogInfo, EmbedderId, Roles};
use crate::digest::sha256_hex;
use serde::{Deserialize, Serialize};

/// Rows of which, on the average, one carries a given part.
const ROWS_A_PART: usize = 64;

/// The length below which a part is not cut further, in bytes.
const PART: usize = 512;

/// The most parts that are believed: more than any catalogue of ours needs.
const MOST_PARTS: usize = 1 << 16;

/// What a row carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Carried {
    version: u32,
    embedder: EmbedderId,
    blocks: Vec<BlockInfo>,
    #[serde(default)]
    roles: Roles,
    #[serde(default)]
    is_grey: bool,
    #[serde(default = "super::info::default_thumbnail")]
    thumbnail: u32,
    /// One part of the whole info's JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<Part>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Part {
    /// The beginning of the SHA-256 of the whole.
    of: String,
    /// Which part, from 0.
    number: usize,
    /// How many there are.
    count: usize,
    text: String,
}

/// The texts that the rows of one catalogue carry.
pub(super) struct Carrier(Vec<String>);

impl Carrier {
    /// What the rows of a catalogue of `info` carry; of `rows` rows, or without the parts where that is not known.
    pub(super) fn new(info: &CatalogInfo, rows: Option<usize>) -> serde_json::Result<Self> {
        let mut carried = Carried {
            version: info.version,
            embedder: info.embedder.clone(),
            blocks: info.blocks.clone(),
            roles: info.roles.clone(),
            is_grey: info.is_grey,
            thumbnail: info.thumbnail,
            part: None,
        };
        let Some(rows) = rows else {
            return Ok(Self(vec![serde_json::to_string(&carried)?]));
        };
        let whole = serde_json::to_string(info)?;
        let of = sha256_hex([&whole])[..12].to_owned();
        let most = whole.len().div_ceil(PART).min(MOST_PARTS);
        let count = (rows / ROWS_A_PART).clamp(1, most.max(1));
        let mut texts = Vec::with_capacity(count);
        let mut rest = whole.as_str();
        for number in 0..count {
            let wanted = rest.len().div_ceil(count - number);
            let (part, behind) = rest.split_at(rest.ceil_char_boundary(wanted));
            rest = behind;
            carried.part = Some(Part {
                of: of.clone(),
                number,
                count,
                text: part.to_owned(),
            });
            texts.push(serde_json::to_string(&carried)?);
        }
        Ok(Self(texts))
    }

    /// What the row carries. Which part it is looks like chance, so that no part goes where every second row does.
    pub(super) fn of_row(&self, row: usize) -> &str {
        // SplitMix64's finaliser (Steele, Lea and Flood, 2014).
        let mut mixed = (row as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let number = (mixed ^ (mixed >> 31)) % self.0.len().max(1) as u64;
        self.0.get(number as usize).map_or("", String::as_str)
    }
}

/// What was gathered from rows.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    first: Option<Carried>,
    /// The parts of the whole, by number; of one whole.
    parts: Vec<Option<String>>,
    of: String,
    last: String,
    is_mixed: bool,
    has_other_network: bool,
}

/// What rows gave.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Found {
    /// All of it.
    Whole(CatalogInfo),
    /// The network, the blocks and what is small; and what is lost.
    Little(CatalogInfo, &'static str),
    /// Rows of two networks, whose numbers cannot be compared.
    TwoNetworks,
    /// Nothing.
    Nothing,
}

impl Gathered {
    /// Looks at what a row carries.
    pub(super) fn push(&mut self, text: Option<&str>) {
        let Some(text) = text.filter(|text| *text != self.last) else {
            return;
        };
        self.last.clear();
        self.last.push_str(text);
        let Ok(mut carried) = serde_json::from_str::<Carried>(text) else {
            return;
        };
        let part = carried.part.take();
        match &self.first {
            None => self.first = Some(carried),
            Some(first) => {
                self.has_other_network |=
                    first.embedder != carried.embedder || first.blocks != carried.blocks;
            }
        }
        let Some(part) = part.filter(|p| p.number < p.count && p.count <= MOST_PARTS) else {
            return;
        };
        if self.parts.is_empty() {
            self.parts = vec![None; part.count];
            self.of = part.of.clone();
        }
        if part.of != self.of || part.count != self.parts.len() {
            self.is_mixed = true;
            return;
        }
        self.parts[part.number].get_or_insert(part.text);
    }

    /// What was found.
    pub(super) fn finish(self) -> Found {
        let Some(first) = self.first else {
            return Found::Nothing;
        };
        if self.has_other_network {
            return Found::TwoNetworks;
        }
        let little = CatalogInfo {
            version: first.version,
            roles: first.roles,
            is_grey: first.is_grey,
            thumbnail: first.thumbnail,
            ..CatalogInfo::new(first.embedder, first.blocks)
        };
        if self.is_mixed {
            return Found::Little(little, "the space, as its rows are of several catalogues");
        }
        let whole: Option<String> = self.parts.into_iter().collect();
        let whole = whole.filter(|whole| sha256_hex([whole]).starts_with(&self.of));
        match whole.map(|whole| serde_json::from_str(&whole)) {
            Some(Ok(info)) if !self.of.is_empty() => Found::Whole(info),
            _ => Found::Little(
                little,
                "the space and what was learned, as too few of its rows are left",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(extra: usize) -> CatalogInfo {
        let embedder = EmbedderId {
            name: "net".to_owned(),
            sha256: "ab".repeat(32),
        };
        let block = BlockInfo {
            name: "style".to_owned(),
            dims: 3,
        };
        let mut info = CatalogInfo::new(embedder, vec![block]);
        info.is_grey = true;
        info.source = vec!["photos/größe".to_owned()];
        let long: String = ('a'..='z')
            .cycle()
            .take(extra)
            .chain("é漢".chars())
            .collect();
        info.extra.insert("learned".to_owned(), long.into());
        info
    }

    fn gathered(carrier: &Carrier, rows: impl Iterator<Item = usize>) -> Found {
        let mut gathered = Gathered::default();
        rows.for_each(|row| gathered.push(Some(carrier.of_row(row))));
        gathered.finish()
    }

    #[test]
    fn some_rows_give_the_whole_and_one_gives_the_little() {
        let info = info(70_000);
        let carrier = Carrier::new(&info, Some(20_000)).unwrap();
        assert!((0..200).all(|row| carrier.of_row(row).len() < 2 * PART));
        let whole = Found::Whole(info.clone());
        assert_eq!(gathered(&carrier, 0..20_000), whole);
        // Every tenth, backwards; and a stretch.
        assert_eq!(gathered(&carrier, (0..20_000).rev().step_by(10)), whole);
        assert_eq!(gathered(&carrier, 5_000..7_000), whole);
        let Found::Little(little, lost) = gathered(&carrier, 7..8) else {
            panic!("one row has no whole");
        };
        assert_eq!(
            (&little.embedder, &little.blocks),
            (&info.embedder, &info.blocks)
        );
        assert!(little.is_grey && lost.contains("space"));
    }

    #[test]
    fn few_rows_carry_it_whole() {
        let info = info(70_000);
        let carrier = Carrier::new(&info, Some(8)).unwrap();
        assert_eq!(gathered(&carrier, 3..4), Found::Whole(info.clone()));
        let without = Carrier::new(&info, None).unwrap();
        assert!(matches!(gathered(&without, 0..9), Found::Little(..)));
    }

    #[test]
    fn rows_of_several_catalogues_are_told_apart() {
        let (one, other) = (info(10), info(99));
        let mut stranger = info(10);
        stranger.embedder.sha256 = "cd".repeat(32);
        let of = |info| Carrier::new(info, Some(9)).unwrap();
        let both = |a: &Carrier, b: &Carrier| {
            let mut gathered = Gathered::default();
            gathered.push(Some(a.of_row(0)));
            gathered.push(None);
            gathered.push(Some(b.of_row(0)));
            gathered.finish()
        };
        assert!(
            matches!(both(&of(&one), &of(&other)), Found::Little(_, lost) if lost.contains("several"))
        );
        assert_eq!(both(&of(&one), &of(&stranger)), Found::TwoNetworks);
        assert_eq!(Gathered::default().finish(), Found::Nothing);
        let mut odd = Gathered::default();
        odd.push(Some("{}"));
        odd.push(Some("a note of the user's"));
        assert_eq!(odd.finish(), Found::Nothing);
    }
}
