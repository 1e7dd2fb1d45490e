//! One of several parts of a catalogue, each of which is indexed where nobody knows of the others.

use super::IndexOptions;
use crate::catalog::{CatalogInfo, EmbedderId};
use crate::digest::sha256_hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::str::FromStr;

/// The key under which a part tells which it is, in its info.
const KEY: &str = "shard";

/// Which part of how many, as `3/8`: from 1 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardOf {
    /// Which.
    pub part: u32,
    /// Of how many.
    pub of: u32,
}

/// A text that names no part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no part: give it as I/N, from 1/N to N/N, as 3/8")]
pub struct NoShard(String);

impl FromStr for ShardOf {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Self, NoShard> {
        let numbers = text.split_once('/').and_then(|(part, of)| {
            let number = |text: &str| text.trim().parse::<u32>().ok();
            Some((number(part)?, number(of)?))
        });
        match numbers {
            Some((part, of)) if (1..=of).contains(&part) => Ok(Self { part, of }),
            _ => Err(NoShard(text.to_owned())),
        }
    }
}

impl std::fmt::Display for ShardOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

impl ShardOf {
    /// Whether the photo of this id is in this part: by a hash, so that it is so on every machine, whatever else there is. (Not
    /// the hash by which shoes are held out: a part would be all of them.)
    pub fn takes(self, id: &str) -> bool {
        let digest = Sha256::digest(id.as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        u64::from_be_bytes(first) % u64::from(self.of) == u64::from(self.part - 1)
    }
}

/// What a part says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Told {
    /// Which it is.
    #[serde(flatten)]
    pub shard: ShardOf,
    /// The same for all parts of one catalogue: a digest of what they were indexed with.
    pub options: String,
}

impl Told {
    /// What a part of these options says.
    pub fn of(shard: ShardOf, options: &IndexOptions, id: &EmbedderId) -> Self {
        let filters: Vec<_> = options.filter.0.iter().map(|f| f.text()).collect();
        let text = format!(
            "{:?} {filters:?} {} {:?} {} {id:?}",
            options.import.format, options.thumbnail, options.limit, options.skip_blank
        );
        Self {
            shard,
            options: sha256_hex([text]),
        }
    }

    /// What a part has written down.
    pub fn read(info: &CatalogInfo) -> Option<Self> {
        serde_json::from_value(info.extra.get(KEY)?.clone()).ok()
    }

    /// Writes it down.
    pub fn write(&self, info: &mut CatalogInfo) {
        let told = serde_json::to_value(self).unwrap_or_default();
        info.extra.insert(KEY.to_owned(), told);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_in_one_part_and_parts_are_about_as_large() {
        let mut counts = [0; 5];
        for i in 0..10_000 {
            let id = format!("shoe-{i}");
            let parts: Vec<u32> = (1..=5)
                .filter(|&part| ShardOf { part, of: 5 }.takes(&id))
                .collect();
            assert_eq!(parts.len(), 1, "{id}");
            counts[parts[0] as usize - 1] += 1;
        }
        assert!(
            counts.iter().all(|&n| (1_800..2_200).contains(&n)),
            "{counts:?}"
        );
    }

    #[test]
    fn parts_are_counted_from_one() {
        assert_eq!("3/8".parse(), Ok(ShardOf { part: 3, of: 8 }));
        for wrong in ["", "3", "0/8", "9/8", "3/0", "a/b", "-1/8", "1/2/3"] {
            let told = wrong.parse::<ShardOf>().unwrap_err().to_string();
            assert!(told.contains("I/N"), "{told}");
        }
    }
}
