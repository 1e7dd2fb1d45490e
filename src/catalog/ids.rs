//! The ids of a catalogue: one text for all, found by binary search.

use std::sync::OnceLock;

/// The ids of all shoes, in the catalogue's order: a million take some 20 MB.
#[derive(Debug, Default)]
pub(super) struct Ids {
    text: String,
    ends: Vec<usize>,
    /// The rows sorted by id; made at the first search.
    sorted: OnceLock<Vec<u32>>,
}

impl Ids {
    pub(super) fn push(&mut self, id: &str) {
        self.text.push_str(id);
        self.ends.push(self.text.len());
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, row: usize) -> &str {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.text[start..self.ends[row]]
    }

    fn sorted(&self) -> &[u32] {
        self.sorted.get_or_init(|| {
            use rayon::prelude::*;
            let mut rows: Vec<u32> = (0..self.len() as u32).collect();
            rows.par_sort_by_key(|&row| (self.get(row as usize), row));
            rows
        })
    }

    /// The first row with that id.
    pub(super) fn row_of(&self, id: &str) -> Option<usize> {
        let sorted = self.sorted();
        let place = sorted.partition_point(|&row| self.get(row as usize) < id);
        let row = *sorted.get(place)? as usize;
        (self.get(row) == id).then_some(row)
    }

    /// How many rows have the id of an earlier one.
    pub(super) fn repeated(&self) -> usize {
        let ids = self.sorted().iter().map(|&row| self.get(row as usize));
        ids.clone().zip(ids.skip(1)).filter(|(a, b)| a == b).count()
    }

    /// Up to `n` ids that look most like `id`: those that contain it first, then by edits.
    pub(super) fn closest(&self, id: &str, n: usize) -> Vec<&str> {
        let wanted = id.to_lowercase();
        let mut best: Vec<(f64, &str)> = Vec::new();
        for row in 0..self.len() {
            let candidate = self.get(row);
            let lower = candidate.to_lowercase();
            let bonus = if !wanted.is_empty() && lower.contains(&wanted) {
                1.0
            } else {
                0.0
            };
            let likeness = bonus + strsim::normalized_damerau_levenshtein(&wanted, &lower);
            if best.len() < n || best.last().is_some_and(|worst| likeness > worst.0) {
                let place = best.partition_point(|(other, _)| *other >= likeness);
                best.insert(place, (likeness, candidate));
                best.truncate(n);
            }
        }
        best.retain(|(likeness, _)| *likeness > 0.4);
        best.into_iter().map(|(_, id)| id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_and_guessed() {
        let mut ids = Ids::default();
        for id in ["train-00002", "train-00001", "", "boots/1", "train-00002"] {
            ids.push(id);
        }
        assert_eq!(ids.row_of("train-00001"), Some(1));
        assert_eq!(ids.row_of("train-00002"), Some(0));
        assert_eq!(ids.row_of("boots/1"), Some(3));
        assert_eq!(ids.row_of("boots"), None);
        assert_eq!(ids.row_of("zzz"), None);
        assert_eq!(ids.repeated(), 1);
        assert_eq!(ids.closest("train-0001", 1), ["train-00001"]);
        assert_eq!(ids.closest("boots", 2), ["boots/1"]);
        assert!(ids.closest("qqqqqqqq", 3).is_empty());
        assert!(ids.closest("train", 0).is_empty());
    }
}
