//! How long work reports: progress, warnings and a way to stop it.
//!
//! The core never starts a thread to report and never prints. It is handed a [`Job`], tells it what it
//! does, and asks it now and then whether to go on. The command line watches a job with a progress
//! bar, the explorer with a panel and a cancel button; both see the same numbers.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The work was asked to stop. What was finished before is kept by whoever did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// What happened in a job, told to its observer as it happens.
#[derive(Debug, Clone, Copy)]
pub enum JobEvent<'a> {
    /// A new stage began, with the number of steps if it is known.
    Stage(&'a str, Option<u64>),
    /// So many steps of the current stage are done in all.
    Advanced(u64),
    /// Something went wrong that does not end the work, as one unreadable picture.
    Warning(&'a str),
}

/// A snapshot of a job's progress.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// What is being done, as `Embedding`; empty before the first stage.
    pub stage: String,
    /// Steps done in this stage.
    pub done: u64,
    /// Steps in this stage, where known.
    pub total: Option<u64>,
    /// Time since the stage began.
    pub elapsed: Duration,
    /// How many warnings there were in the whole job.
    pub warnings: usize,
}

impl Progress {
    /// Steps a second in this stage; 0 before the first step.
    pub fn rate(&self) -> f64 {
        self.done as f64 / self.elapsed.as_secs_f64().max(1e-3)
    }

    /// The share that is done, 0 to 1, where the total is known.
    pub fn share(&self) -> Option<f32> {
        self.total
            .map(|total| (self.done as f64 / total.max(1) as f64).min(1.0) as f32)
    }

    /// Time left at the present rate, where it can be told.
    pub fn time_left(&self) -> Option<Duration> {
        let left = self.total?.saturating_sub(self.done);
        (self.done > 0).then(|| Duration::from_secs_f64(left as f64 / self.rate().max(1e-9)))
    }
}

type Observer = Box<dyn Fn(JobEvent<'_>) + Send + Sync>;

struct Stage {
    name: String,
    total: Option<u64>,
    began: Instant,
}

struct Inner {
    stage: Mutex<Stage>,
    done: AtomicU64,
    cancelled: AtomicBool,
    warnings: Mutex<Vec<String>>,
    observer: Option<Observer>,
}

/// A handle on long work, shared by the one who does it and those who watch it.
#[derive(Clone)]
pub struct Job(Arc<Inner>);

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Job")
    }
}

impl Default for Job {
    fn default() -> Self {
        Self::new()
    }
}

impl Job {
    /// A job that nobody is told of; it can still be asked for its [`progress`](Self::progress).
    pub fn new() -> Self {
        Self::with(None)
    }

    /// A job that tells `observer` of every event, on the thread that does the work.
    pub fn observed(observer: impl Fn(JobEvent<'_>) + Send + Sync + 'static) -> Self {
        Self::with(Some(Box::new(observer)))
    }

    fn with(observer: Option<Observer>) -> Self {
        Self(Arc::new(Inner {
            stage: Mutex::new(Stage {
                name: String::new(),
                total: None,
                began: Instant::now(),
            }),
            done: AtomicU64::new(0),
            cancelled: AtomicBool::new(false),
            warnings: Mutex::new(Vec::new()),
            observer,
        }))
    }

    /// Begins a stage of `total` steps, if that is known.
    pub fn stage(&self, name: &str, total: Option<u64>) {
        *lock(&self.0.stage) = Stage {
            name: name.to_owned(),
            total,
            began: Instant::now(),
        };
        self.0.done.store(0, Ordering::Relaxed);
        self.tell(JobEvent::Stage(name, total));
    }

    /// Counts `steps` more steps of the current stage.
    pub fn advance(&self, steps: u64) {
        let done = self.0.done.fetch_add(steps, Ordering::Relaxed) + steps;
        self.tell(JobEvent::Advanced(done));
    }

    /// Reports something that went wrong without ending the work.
    pub fn warn(&self, warning: impl Into<String>) {
        let warning = warning.into();
        self.tell(JobEvent::Warning(&warning));
        lock(&self.0.warnings).push(warning);
    }

    /// Every warning so far.
    pub fn warnings(&self) -> Vec<String> {
        lock(&self.0.warnings).clone()
    }

    /// Asks the work to stop at its next [`check`](Self::check).
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked the work to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }

    /// To be called between steps: an error when the work should stop.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() {
            Err(Cancelled)
        } else {
            Ok(())
        }
    }

    /// Where the work stands.
    pub fn progress(&self) -> Progress {
        let stage = lock(&self.0.stage);
        Progress {
            stage: stage.name.clone(),
            done: self.0.done.load(Ordering::Relaxed),
            total: stage.total,
            elapsed: stage.began.elapsed(),
            warnings: lock(&self.0.warnings).len(),
        }
    }

    /// Whether this is a handle on the same work.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn tell(&self, event: JobEvent<'_>) {
        if let Some(observer) = &self.0.observer {
            observer(event);
        }
    }
}

/// A panic elsewhere must not take the report of it down too.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_follows_the_work() {
        let job = Job::new();
        job.stage("Embedding", Some(10));
        job.advance(4);
        job.warn("shoe.png: empty");
        let progress = job.progress();
        assert_eq!((progress.stage.as_str(), progress.done), ("Embedding", 4));
        assert_eq!(progress.share(), Some(0.4));
        assert_eq!(progress.warnings, 1);
        assert!(progress.time_left().is_some());
        job.stage("Writing", None);
        assert_eq!(job.progress().done, 0);
        assert_eq!(job.progress().time_left(), None);
    }

    #[test]
    fn cancel_reaches_every_clone() {
        let job = Job::new();
        let worker = job.clone();
        assert!(worker.check().is_ok());
        job.cancel();
        assert_eq!(worker.check(), Err(Cancelled));
    }

    #[test]
    fn the_observer_hears_everything() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = heard.clone();
        let job = Job::observed(move |event| lock(&ears).push(format!("{event:?}")));
        job.stage("Reading", None);
        job.advance(2);
        job.warn("odd");
        assert_eq!(
            *lock(&heard),
            [
                r#"Stage("Reading", None)"#,
                "Advanced(2)",
                r#"Warning("odd")"#
            ]
        );
    }
}
