//! What the designing thread has yet to do, the most urgent first.

use super::Job;
use std::collections::VecDeque;

/// How urgent a job is; the least is done first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Urgency {
    Open,
    Recommender,
    /// What the hand asks for.
    Make,
    Dice,
    /// Done in turn; nothing replaces it.
    Queued,
    Interpolate,
}

impl Job {
    fn urgency(&self) -> Urgency {
        match self {
            Self::Open(..) => Urgency::Open,
            Self::Recommender(_) => Urgency::Recommender,
            Self::Make(..) | Self::Step(..) => Urgency::Make,
            Self::Dice(..) => Urgency::Dice,
            Self::Learn(..) | Self::Trace(..) | Self::Fetch(..) | Self::Export(..) => {
                Urgency::Queued
            }
            Self::Interpolate(..) => Urgency::Interpolate,
        }
    }

    fn saves(&self) -> bool {
        matches!(self, Self::Export(..))
    }
}

/// Jobs that were not begun.
#[derive(Default)]
pub(super) struct Inbox {
    jobs: VecDeque<Job>,
    /// Paths that were ordered to be saved and are not yet.
    unsaved: usize,
    closing: bool,
}

impl Inbox {
    /// Takes a job in. It replaces one of its kind unless its kind queues; another catalogue drops everything but
    /// what is to be saved.
    pub fn put(&mut self, job: Job) {
        match job.urgency() {
            Urgency::Open => self.jobs.retain(Job::saves),
            Urgency::Queued => self.unsaved += usize::from(job.saves()),
            kind => self.jobs.retain(|other| other.urgency() != kind),
        }
        self.jobs.push_back(job);
    }

    /// The most urgent job, if it is at least as urgent as `least`.
    pub fn take(&mut self, least: Urgency) -> Option<Job> {
        // The first of those that are equally urgent.
        let (i, job) = (self.jobs.iter().enumerate()).min_by_key(|(_, job)| job.urgency())?;
        if job.urgency() > least {
            return None;
        }
        self.jobs.remove(i)
    }

    /// The next path to save.
    pub fn take_unsaved(&mut self) -> Option<Job> {
        let i = self.jobs.iter().position(Job::saves)?;
        self.jobs.remove(i)
    }

    /// A path was saved, or could not be.
    pub fn saved(&mut self) {
        self.unsaved -= 1;
    }

    /// Nothing is done any more but saving; whether there is something to save.
    pub fn close(&mut self) -> bool {
        self.closing = true;
        self.unsaved > 0
    }

    /// Whether nobody reads answers any more.
    pub fn is_closing(&self) -> bool {
        self.closing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::interpolation::Interpolation;
    use crate::design::request::DesignRequest;
    use crate::explorer::command::Export;
    use std::sync::Arc;
    use std::time::Instant;

    fn make(number: u64) -> Job {
        Job::Make(number, DesignRequest::default(), Instant::now(), false)
    }

    fn learn(column: &str) -> Job {
        Job::Learn(column.to_owned(), None)
    }

    #[test]
    fn the_newest_design_wins_and_what_queues_keeps_its_turn() {
        let mut inbox = Inbox::default();
        inbox.put(learn("a"));
        inbox.put(Job::Interpolate(1, None));
        for number in 2..9 {
            inbox.put(make(number));
        }
        inbox.put(learn("b"));
        assert!(matches!(inbox.take(Urgency::Make), Some(Job::Make(8, ..))));
        assert!(inbox.take(Urgency::Make).is_none());
        for name in ["a", "b"] {
            let job = inbox.take(Urgency::Interpolate);
            assert!(matches!(job, Some(Job::Learn(column, _)) if column == name));
        }
        let last = inbox.take(Urgency::Interpolate);
        assert!(matches!(last, Some(Job::Interpolate(1, None))));
        assert!(inbox.take(Urgency::Interpolate).is_none());
    }

    #[test]
    fn what_is_to_be_saved_outlives_its_catalogue_and_the_window() {
        let mut inbox = Inbox::default();
        let walk = Arc::new(Interpolation::default());
        inbox.put(make(1));
        inbox.put(Job::Export(walk, Export::Gif, "a.gif".into()));
        inbox.put(learn("a"));
        inbox.jobs.retain(Job::saves);
        assert!(inbox.close() && inbox.is_closing());
        assert!(matches!(inbox.take_unsaved(), Some(Job::Export(..))));
        assert!(inbox.take_unsaved().is_none());
        inbox.saved();
        assert!(!inbox.close());
    }
}
