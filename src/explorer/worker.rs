//! Work off the frame: named threads and channels, never Bevy's compute pool (pipelines compile there,
//! and long work would leave the window black).
//!
//! [`Task`] is one piece of work with one result, [`Stream`] one with many. [`Latest`] is a thread that answers the
//! newest request and forgets the ones it did not get to; [`Queue`] answers all, the most important first; [`Desk`]
//! picks from what waits. All wake the event loop when they have something. [`Repeating`] has nothing to say.

use bevy::winit::{EventLoopProxy, WinitUserEvent};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Wakes the event loop, which sleeps while nothing happens. Without a window it does nothing.
#[derive(Clone, Default)]
pub struct Waker(Option<Arc<Mutex<EventLoopProxy<WinitUserEvent>>>>);

impl Waker {
    /// A waker of this event loop.
    pub fn new(proxy: EventLoopProxy<WinitUserEvent>) -> Self {
        Self(Some(Arc::new(Mutex::new(proxy))))
    }

    /// Makes the event loop run another frame soon; from any thread.
    pub fn wake(&self) {
        if let Some(proxy) = &self.0 {
            let proxy = proxy.lock().unwrap_or_else(PoisonError::into_inner);
            // Fails only when the window is closed already.
            let _ = proxy.send_event(WinitUserEvent::WakeUp);
        }
    }
}

/// One piece of work on a thread of its own. It may lie in a Bevy resource: the lock around its channel is
/// only ever taken by the one system that polls.
pub struct Task<T>(Mutex<Receiver<T>>);

/// What has become of a [`Task`].
#[derive(Debug)]
pub enum Outcome<T> {
    /// It is still at work.
    Working,
    /// Here it is.
    Done(T),
    /// The thread ended without a result: it panicked, which is a bug.
    Lost,
}

impl<T: Send + 'static> Task<T> {
    /// Starts `work` on a thread called `name`.
    ///
    /// Where the system gives no thread, the task reports itself [`Outcome::Lost`].
    pub fn spawn(name: &str, waker: &Waker, work: impl FnOnce() -> T + Send + 'static) -> Self {
        let (sender, receiver) = channel();
        let waker = waker.clone();
        let started = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                // Dropped last, so that a panic wakes the loop too.
                let _wake = WakeOnDrop(waker);
                let _ = sender.send(work());
            });
        if let Err(error) = started {
            bevy::log::error!("no thread for {name}: {error}");
        }
        Self(Mutex::new(receiver))
    }

    /// Looks whether it is done, without waiting. After [`Outcome::Done`] the task is spent.
    pub fn poll(&self) -> Outcome<T> {
        match self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .try_recv()
        {
            Ok(value) => Outcome::Done(value),
            Err(TryRecvError::Empty) => Outcome::Working,
            Err(TryRecvError::Disconnected) => Outcome::Lost,
        }
    }
}

impl<T> Task<T> {
    /// Waits until it has ended, but no longer than this. Its result is lost.
    pub fn wait(&self, patience: Duration) {
        let receiver = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = receiver.recv_timeout(patience);
    }
}

struct WakeOnDrop(Waker);

impl Drop for WakeOnDrop {
    fn drop(&mut self) {
        self.0.wake();
    }
}

/// One piece of work on a thread of its own that yields many results. Dropping this ends it at its next result.
pub struct Stream<T>(Mutex<Receiver<T>>);

impl<T: Send + 'static> Stream<T> {
    /// Starts a thread called `name` that works out the results one after the other, as they are taken from `results`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(
        name: &str,
        waker: &Waker,
        results: impl Iterator<Item = T> + Send + 'static,
    ) -> std::io::Result<Self> {
        let (sender, receiver) = channel();
        let waker = waker.clone();
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                for result in results {
                    if sender.send(result).is_err() {
                        return;
                    }
                    waker.wake();
                }
            })?;
        Ok(Self(Mutex::new(receiver)))
    }

    /// The results since the last call, oldest first.
    pub fn take(&self) -> Vec<T> {
        take(&self.0)
    }
}

fn take<T>(receiver: &Mutex<Receiver<T>>) -> Vec<T> {
    let receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner);
    receiver.try_iter().collect()
}

/// A thread that does the same thing every so often. Dropping this ends it.
pub struct Repeating {
    _alive: Arc<()>,
}

impl Repeating {
    /// Starts a thread called `name` that does `work` once in each `period`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(
        name: &str,
        period: Duration,
        mut work: impl FnMut() + Send + 'static,
    ) -> std::io::Result<Self> {
        let alive = Arc::new(());
        let is_wanted = Arc::downgrade(&alive);
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                while is_wanted.strong_count() > 0 {
                    work();
                    std::thread::sleep(period);
                }
            })?;
        Ok(Self { _alive: alive })
    }

    /// Whether somebody still wants it; there for tests.
    #[cfg(test)]
    fn watch(&self) -> std::sync::Weak<()> {
        Arc::downgrade(&self._alive)
    }
}

/// A thread that answers requests in the order of their importance. Dropping this ends it after what it is doing.
pub struct Queue<Request, Answer> {
    changes: Sender<Change<Request>>,
    answers: Mutex<Receiver<Answer>>,
}

enum Change<Request> {
    /// Before all others.
    First(Request),
    /// In the place of all that wait, the most important first.
    All(Vec<Request>),
}

impl<Request: Send + 'static, Answer: Send + 'static> Queue<Request, Answer> {
    /// Starts a thread called `name` that answers with `work`, given at most `batch` requests at a time (1 or more);
    /// between two batches it looks at what has become more important.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(
        name: &str,
        waker: &Waker,
        batch: usize,
        mut work: impl FnMut(Vec<Request>) -> Vec<Answer> + Send + 'static,
    ) -> std::io::Result<Self> {
        let (changes, inbox) = channel::<Change<Request>>();
        let (outbox, answers) = channel();
        let waker = waker.clone();
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let mut waiting = std::collections::VecDeque::new();
                loop {
                    if waiting.is_empty() {
                        match inbox.recv() {
                            Ok(change) => apply(change, &mut waiting),
                            Err(_) => return,
                        }
                    }
                    for change in inbox.try_iter() {
                        apply(change, &mut waiting);
                    }
                    if waiting.is_empty() {
                        continue;
                    }
                    let count = batch.max(1).min(waiting.len());
                    for answer in work(waiting.drain(..count).collect()) {
                        if outbox.send(answer).is_err() {
                            return;
                        }
                    }
                    waker.wake();
                }
            })?;
        Ok(Self {
            changes,
            answers: Mutex::new(answers),
        })
    }

    /// Asks for this before all that wait. False when the thread has ended: it panicked, which is a bug.
    pub fn request_first(&self, request: Request) -> bool {
        self.changes.send(Change::First(request)).is_ok()
    }

    /// Asks for these, the most important first, in the place of all that wait. False when the thread has ended.
    pub fn replace(&self, requests: Vec<Request>) -> bool {
        self.changes.send(Change::All(requests)).is_ok()
    }

    /// The answers since the last call, oldest first.
    pub fn take(&self) -> Vec<Answer> {
        take(&self.answers)
    }
}

fn apply<Request>(change: Change<Request>, waiting: &mut std::collections::VecDeque<Request>) {
    match change {
        Change::First(request) => waiting.push_front(request),
        Change::All(requests) => *waiting = requests.into(),
    }
}

/// A thread that answers the newest request; older ones that it did not get to are dropped.
pub struct Latest<Request, Answer> {
    requests: Sender<(u64, Request)>,
    answers: Mutex<Receiver<(u64, Answer)>>,
    asked: u64,
    answered: u64,
}

impl<Request: Send + 'static, Answer: Send + 'static> Latest<Request, Answer> {
    /// Starts a thread called `name` that answers with `work`. It ends when this is dropped.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(
        name: &str,
        waker: &Waker,
        mut work: impl FnMut(Request) -> Answer + Send + 'static,
    ) -> std::io::Result<Self> {
        let (requests, inbox) = channel::<(u64, Request)>();
        let (outbox, answers) = channel();
        let waker = waker.clone();
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                while let Ok(mut request) = inbox.recv() {
                    while let Ok(newer) = inbox.try_recv() {
                        request = newer;
                    }
                    if outbox.send((request.0, work(request.1))).is_err() {
                        return;
                    }
                    waker.wake();
                }
            })?;
        Ok(Self {
            requests,
            answers: Mutex::new(answers),
            asked: 0,
            answered: 0,
        })
    }

    /// Asks, superseding any older request. Returns the number of this request.
    pub fn request(&mut self, request: Request) -> u64 {
        self.asked += 1;
        if self.requests.send((self.asked, request)).is_err() {
            bevy::log::error!("a worker thread has ended early");
        }
        self.asked
    }

    /// The newest answer since the last call, with the number of its request.
    pub fn poll(&mut self) -> Option<(u64, Answer)> {
        let answers = self
            .answers
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let newest = answers.try_iter().last()?;
        self.answered = newest.0;
        Some(newest)
    }

    /// Whether the newest request is not answered yet.
    pub fn is_pending(&self) -> bool {
        self.answered < self.asked
    }
}

/// A thread that picks what is most urgent from an inbox which it shares with its handle: for work of several
/// kinds, of which some queue and some replace what was asked before.
pub struct Desk<Inbox, Answer> {
    mailbox: Arc<Mailbox<Inbox>>,
    answers: Mutex<Receiver<Answer>>,
    thread: Option<JoinHandle<()>>,
}

impl<Inbox: Default + Send + 'static, Answer: Send + 'static> Desk<Inbox, Answer> {
    /// Starts a thread called `name` that runs `work` to its end.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(
        name: &str,
        waker: &Waker,
        work: impl FnOnce(Arc<Mailbox<Inbox>>, Outbox<Answer>) + Send + 'static,
    ) -> std::io::Result<Self> {
        let mailbox = Arc::new(Mailbox::default());
        let (sender, answers) = channel();
        let outbox = Outbox {
            sender,
            waker: waker.clone(),
        };
        let theirs = mailbox.clone();
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || work(theirs, outbox))?;
        Ok(Self {
            mailbox,
            answers: Mutex::new(answers),
            thread: Some(thread),
        })
    }

    /// Changes the inbox and tells the thread.
    pub fn put<T>(&self, change: impl FnOnce(&mut Inbox) -> T) -> T {
        let changed = change(&mut self.mailbox.lock());
        self.mailbox.news.notify_one();
        changed
    }

    /// What was answered since the last look, oldest first.
    pub fn answers(&self) -> Vec<Answer> {
        take(&self.answers)
    }

    /// Waits for the thread to end.
    pub fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so itself.
            let _ = thread.join();
        }
    }
}

/// An inbox that a [`Desk`] and its thread share.
#[derive(Default)]
pub struct Mailbox<Inbox> {
    inbox: Mutex<Inbox>,
    news: Condvar,
}

impl<Inbox> Mailbox<Inbox> {
    /// The inbox, locked.
    pub fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps until something was put in, or for so long at most.
    pub fn wait<'a>(
        &self,
        inbox: MutexGuard<'a, Inbox>,
        at_most: Option<Duration>,
    ) -> MutexGuard<'a, Inbox> {
        match at_most {
            Some(time) => {
                let waited = self.news.wait_timeout(inbox, time);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            None => self
                .news
                .wait(inbox)
                .unwrap_or_else(PoisonError::into_inner),
        }
    }
}

/// Where the thread of a [`Desk`] puts its answers.
pub struct Outbox<Answer> {
    sender: Sender<Answer>,
    waker: Waker,
}

impl<Answer> Outbox<Answer> {
    /// Hands an answer over and wakes the event loop; false once nobody reads answers any more.
    pub fn send(&self, answer: Answer) -> bool {
        let sent = self.sender.send(answer).is_ok();
        if sent {
            self.waker.wake();
        }
        sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn wait<T>(mut look: impl FnMut() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "never came");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_stream_yields_all_and_ends_when_nobody_listens() {
        let stream = Stream::spawn("test", &Waker::default(), 0..5).unwrap();
        let mut all = Vec::new();
        wait(|| {
            all.extend(stream.take());
            (all.len() == 5).then_some(())
        });
        assert_eq!(all, [0, 1, 2, 3, 4]);
        let (alive, ended) = channel::<()>();
        let endless = std::iter::repeat_with(move || {
            let _ = &alive;
        });
        drop(Stream::spawn("test", &Waker::default(), endless).unwrap());
        wait(|| matches!(ended.try_recv(), Err(TryRecvError::Disconnected)).then_some(()));
    }

    #[test]
    fn a_queue_answers_the_most_wanted_first() {
        let (go, gate) = channel::<()>();
        let (begun, started) = channel::<()>();
        let queue = Queue::spawn("test", &Waker::default(), 2, move |batch: Vec<u32>| {
            begun.send(()).ok();
            gate.recv().ok();
            vec![batch]
        })
        .unwrap();
        assert!(queue.replace(vec![1]));
        started.recv().unwrap();
        assert!(queue.replace(vec![8, 9]), "these are given up again");
        assert!(queue.replace(vec![2, 3, 4]) && queue.request_first(5));
        for _ in 0..3 {
            go.send(()).unwrap();
        }
        let mut answers = Vec::new();
        wait(|| {
            answers.extend(queue.take());
            (answers.len() == 3).then_some(())
        });
        assert_eq!(answers, [vec![1], vec![5, 2], vec![3, 4]]);
    }

    #[test]
    fn what_is_repeated_ends_when_nobody_wants_it() {
        let (done, seen) = channel();
        let work = move || {
            let _ = done.send(());
        };
        let repeating = Repeating::spawn("test", Duration::from_millis(1), work).unwrap();
        let alive = repeating.watch();
        for _ in 0..3 {
            seen.recv().unwrap();
        }
        drop(repeating);
        assert_eq!(alive.strong_count(), 0);
        wait(|| matches!(seen.try_recv(), Err(TryRecvError::Disconnected)).then_some(()));
    }

    #[test]
    fn the_newest_request_wins() {
        let (go, gate) = channel::<()>();
        let mut seen = 0;
        let mut worker = Latest::spawn("test", &Waker::default(), move |n: u32| {
            gate.recv().ok();
            seen += 1;
            (n, seen)
        })
        .unwrap();
        for n in 0..100 {
            worker.request(n);
        }
        assert!(worker.is_pending());
        for _ in 0..2 {
            go.send(()).unwrap();
        }
        let (n, seen) = wait(|| worker.poll().map(|(_, a)| a).filter(|a| a.0 == 99));
        assert_eq!(n, 99);
        assert!(seen <= 2, "the ones between were dropped");
        assert!(!worker.is_pending());
    }

    #[test]
    fn a_task_ends_with_its_result_and_a_panic_is_told() {
        let task = Task::spawn("test", &Waker::default(), || 7);
        let value = wait(|| match task.poll() {
            Outcome::Done(value) => Some(value),
            _ => None,
        });
        assert_eq!(value, 7);
        let task = Task::spawn("test", &Waker::default(), || -> u32 {
            std::panic::resume_unwind(Box::new("on purpose"))
        });
        wait(|| matches!(task.poll(), Outcome::Lost).then_some(()));
    }
}
