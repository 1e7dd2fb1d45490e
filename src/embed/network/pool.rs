//! A pool of threads that work on one picture, for as long as that takes.
//!
//! All of them run the same code from the first layer to the last, and of each layer every one does what it
//! claims from a common counter. Who comes late or is held up does less, and one alone does everything: nobody
//! ever waits for a thread that has not come. Between the layers they wait awake, since a layer takes less time
//! than falling asleep and being woken.

use std::sync::atomic::{AtomicUsize, Ordering};

/// More threads than this find too little to do in the small maps.
pub(super) const MAX_THREADS: usize = 8;

/// So often a waiting thread looks again before it offers its core to others; a tenth of it and
/// ten times as much made no difference that could be told from noise.
const SPINS: usize = 2000;

/// What the threads share; both numbers only grow.
#[derive(Default)]
struct Counters {
    claimed: AtomicUsize,
    done: AtomicUsize,
}

/// One of the threads.
pub(super) struct Worker<'a> {
    counters: &'a Counters,
    /// Pieces in all the steps before.
    before: usize,
}

/// Runs `work` on `threads` of rayon's threads, as far as they are free; on this one alone if it is to be one.
pub(super) fn run(threads: usize, work: impl Fn(&mut Worker<'_>) + Sync) {
    let counters = Counters::default();
    let work = || {
        work(&mut Worker {
            counters: &counters,
            before: 0,
        });
    };
    if threads <= 1 {
        return work();
    }
    // In the pool, not on the calling thread: the worker that is woken to help it may be the one that slept on the
    // caller's own core, and the kernel can leave the two there for milliseconds (measured: 3.5 to 4.5 ms a
    // picture instead of 2.5). Two workers of the pool ran side by side before.
    rayon::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|_| work());
        }
        work();
    });
}

impl Worker<'_> {
    /// A step of `pieces` pieces of work, each done once, by whichever thread claims it; returns when all of
    /// them are done. Every thread has to take the same steps.
    pub(super) fn step(&mut self, pieces: usize, mut work: impl FnMut(usize)) {
        let end = self.before + pieces;
        let claim = |next: usize| (next < end).then_some(next + 1);
        while let Ok(piece) =
            (self.counters.claimed).fetch_update(Ordering::Relaxed, Ordering::Relaxed, claim)
        {
            let _done = Done(&self.counters.done);
            work(piece - self.before);
        }
        let mut spins = 0;
        while self.counters.done.load(Ordering::Acquire) < end {
            spins += 1;
            if spins < SPINS {
                std::hint::spin_loop();
            } else {
                std::thread::yield_now();
            }
        }
        self.before = end;
    }
}

/// Counts a piece as done, also where it panicked: the others must not wait for it for ever.
struct Done<'a>(&'a AtomicUsize);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every piece is done once, and each step after the one before, however many threads come.
    #[test]
    fn steps_follow_one_another() {
        for threads in [1, 2, 5] {
            let steps = [3usize, 1, 0, 7, 2];
            let done: Vec<Vec<AtomicUsize>> = steps
                .iter()
                .map(|&pieces| (0..pieces).map(|_| AtomicUsize::new(0)).collect())
                .collect();
            let all = |step: usize| done[step].iter().all(|p| p.load(Ordering::Relaxed) == 1);
            run(threads, |worker| {
                for (step, &pieces) in steps.iter().enumerate() {
                    worker.step(pieces, |piece| {
                        assert!((0..step).all(all));
                        done[step][piece].fetch_add(1, Ordering::Relaxed);
                    });
                }
            });
            assert!((0..steps.len()).all(all), "{threads} threads");
        }
    }

    /// In a pool of one thread nobody comes to help, and a call from within the pool waits for nobody.
    #[test]
    fn one_thread_does_it_all() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let done = AtomicUsize::new(0);
        pool.expect("a pool").install(|| {
            run(4, |worker| {
                worker.step(5, |_| {
                    done.fetch_add(1, Ordering::Relaxed);
                });
            });
        });
        assert_eq!(done.into_inner(), 5);
    }

    #[test]
    fn a_panic_ends_the_call() {
        let ended = std::panic::catch_unwind(|| {
            run(2, |worker| {
                for _ in 0..3 {
                    worker.step(4, |piece| assert_ne!(piece, 2, "as it should be"));
                }
            });
        });
        assert!(ended.is_err());
    }
}
