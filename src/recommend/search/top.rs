//! The best k so far, and the rows that may still be among them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicU32, Ordering};

/// A number that sorts: no NaN comes here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Score(pub(super) f32);

impl Eq for Score {}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// What a row must reach to be among the best k: known to all threads, only rises.
pub(super) struct Threshold(AtomicU32);

impl Threshold {
    pub(super) fn new() -> Self {
        Self(AtomicU32::new(ordered(f32::MIN)))
    }

    pub(super) fn get(&self) -> f32 {
        let bits = self.0.load(Ordering::Relaxed);
        f32::from_bits(if bits >> 31 == 1 {
            bits & 0x7fff_ffff
        } else {
            !bits
        })
    }

    pub(super) fn raise(&self, to: f32) {
        self.0.fetch_max(ordered(to), Ordering::Relaxed);
    }
}

/// Bits that sort as the numbers do.
fn ordered(value: f32) -> u32 {
    let bits = value.to_bits();
    if bits >> 31 == 1 {
        !bits
    } else {
        bits | 0x8000_0000
    }
}

/// Rows that one thread could not rule out for one query.
pub(super) struct Candidates {
    k: usize,
    /// The best k lower bounds.
    lower: BinaryHeap<Reverse<Score>>,
    /// (upper bound, row).
    rows: Vec<(f32, u32)>,
    /// When to look through the rows again.
    tidy_at: usize,
    /// No row whose upper bound is below can be among the best k.
    pub(super) threshold: f32,
}

impl Candidates {
    pub(super) fn new(k: usize) -> Self {
        Self {
            k,
            lower: BinaryHeap::new(),
            rows: Vec::new(),
            tidy_at: (4 * k).max(1024),
            threshold: f32::MIN,
        }
    }

    /// Takes a row whose score lies in `low..=high`, `high` at least the threshold.
    pub(super) fn push(&mut self, row: u32, low: f32, high: f32) {
        self.rows.push((high, row));
        if self.lower.len() < self.k {
            self.lower.push(Reverse(Score(low)));
        } else if self.lower.peek().is_some_and(|least| low > least.0.0) {
            self.lower.pop();
            self.lower.push(Reverse(Score(low)));
        }
        if self.lower.len() == self.k
            && let Some(least) = self.lower.peek()
        {
            self.threshold = self.threshold.max(least.0.0);
        }
        if self.rows.len() >= self.tidy_at {
            self.rows.retain(|(high, _)| *high >= self.threshold);
            self.tidy_at = (2 * self.rows.len()).max(self.tidy_at);
        }
    }

    /// Learns what the other threads know and tells them.
    pub(super) fn share(&mut self, threshold: &Threshold) {
        threshold.raise(self.threshold);
        self.threshold = threshold.get();
    }

    /// The rows of all threads that may be among the best k, highest upper bound first.
    pub(super) fn merge(parts: Vec<Self>) -> Vec<(f32, u32)> {
        let k = parts.first().map_or(0, |part| part.k);
        let mut threshold = f32::MIN;
        let mut lower = Vec::new();
        let mut rows = Vec::new();
        for part in parts {
            threshold = threshold.max(part.threshold);
            lower.extend(part.lower.into_iter().map(|low| low.0));
            rows.extend(part.rows);
        }
        if k > 0 && lower.len() >= k {
            let (_, kth, _) = lower.select_nth_unstable_by(k - 1, |a, b| b.cmp(a));
            threshold = threshold.max(kth.0);
        }
        rows.retain(|(high, _)| *high >= threshold);
        rows.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        rows
    }
}

/// The best k of exactly scored rows: highest first, equal ones by row.
pub(super) struct Best {
    k: usize,
    heap: BinaryHeap<(Reverse<Score>, u32)>,
}

impl Best {
    pub(super) fn new(k: usize) -> Self {
        Self {
            k,
            heap: BinaryHeap::with_capacity(k + 1),
        }
    }

    /// Whether a row of at most this score may still come in.
    pub(super) fn may_take(&self, high: f32) -> bool {
        self.heap.len() < self.k || self.heap.peek().is_some_and(|last| high >= last.0.0.0)
    }

    pub(super) fn offer(&mut self, row: u32, score: f32) {
        // The sign of zero must not part equal scores.
        self.heap.push((Reverse(Score(score + 0.0)), row));
        if self.heap.len() > self.k {
            self.heap.pop();
        }
    }

    pub(super) fn into_sorted(self) -> impl Iterator<Item = (u32, f32)> {
        let sorted = self.heap.into_sorted_vec().into_iter();
        sorted.map(|(score, row)| (row, score.0.0))
    }
}
