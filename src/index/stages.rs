//! Where the time of an index goes.

use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Seconds that threads spent on each stage: on two threads, two of them in a second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Stages {
    /// Reading files, and unpacking them from archives.
    pub read: f64,
    /// Decoding pictures.
    pub decode: f64,
    /// Making the small pictures that the catalogue keeps: scaling and encoding.
    pub thumbnail: f64,
    /// Embedding: scaling to the network's size, the network, and the blocks beside it.
    pub embed: f64,
}

impl std::fmt::Display for Stages {
    /// The share of each stage.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all = (self.read + self.decode + self.thumbnail + self.embed).max(1e-9);
        let percent = |seconds: f64| 100.0 * seconds / all;
        write!(
            f,
            "read {:.0} %, decode {:.0} %, thumbnail {:.0} %, embed {:.0} %",
            percent(self.read),
            percent(self.decode),
            percent(self.thumbnail),
            percent(self.embed)
        )
    }
}

/// A stage whose time is counted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stage {
    Read,
    Decode,
    Thumbnail,
    Embed,
}

/// Counts the time of stages, from any thread.
#[derive(Debug, Default)]
pub(super) struct Clock([AtomicU64; 4]);

impl Clock {
    /// Does some work of a stage on this thread.
    pub(super) fn time<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        self.time_on(1, stage, work)
    }

    /// Does some work of a stage that keeps `threads` threads busy.
    pub(super) fn time_on<T>(&self, threads: usize, stage: Stage, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let result = work();
        let nanos = began.elapsed().as_nanos() as u64 * threads as u64;
        self.0[stage as usize].fetch_add(nanos, Ordering::Relaxed);
        result
    }

    pub(super) fn stages(&self) -> Stages {
        let seconds = |stage: Stage| self.0[stage as usize].load(Ordering::Relaxed) as f64 / 1e9;
        Stages {
            read: seconds(Stage::Read),
            decode: seconds(Stage::Decode),
            thumbnail: seconds(Stage::Thumbnail),
            embed: seconds(Stage::Embed),
        }
    }
}
