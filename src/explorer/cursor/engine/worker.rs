//! The thread's own side: what it does with its jobs.

use super::inbox::{Inbox, Urgency};
use super::path::{KnownEnds, PathMaking, SETTLING_SEED};
use super::{Answer, Better, DICE, Face, Fetched, Job, PathStep, SLIDERS, Settled};
use crate::design::component_ends::component_ends;
use crate::design::direction::{Codes, Direction};
use crate::design::interpolation::Interpolation;
use crate::design::outline::Outline;
use crate::design::reembedding::{Reembedding, Yardstick};
use crate::design::request::DesignRequest;
use crate::design::settle::{Settling, TRIES};
use crate::design::studio::{Made, Studio};
use crate::design::{Design, DesignError, decode_all, file, generators};
use crate::explorer::command::Export;
use crate::explorer::cursor::path_export::export;
use crate::explorer::worker::{Mailbox, Outbox};
use crate::gan::Generator;
use crate::job;
use crate::paths::Roots;
use crate::recommend::Recommender;
use crate::space::cursor::Fill;
use crate::workspace::Landed;
use image::RgbImage;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The hand rests when no design was made for this long.
const REST: Duration = Duration::from_millis(120);
/// While it moves, designs are embedded again no more often than this.
const NOW_AND_THEN: Duration = Duration::from_millis(300);

/// What to do next.
enum Next {
    Job(Box<Job>),
    /// Embed the newest design again.
    Reembed,
    /// Make a few more pictures of the path.
    GoOn,
    /// Try a few more designs at the place of the newest.
    Settle,
}

impl Next {
    fn job(job: Job) -> Self {
        Self::Job(Box::new(job))
    }
}

/// What the thread knows, and what it is doing.
pub(super) struct Worker {
    mailbox: Arc<Mailbox<Inbox>>,
    roots: Roots,
    studio: Option<Arc<Studio>>,
    recommender: Option<Arc<Recommender>>,
    yardstick: Yardstick,
    codes: Option<Codes>,
    /// The newest design, until it is embedded again.
    unembedded: Option<(u64, Arc<Made>)>,
    last_made: Instant,
    last_reembedding: Instant,
    path: Option<(u64, PathMaking)>,
    known_ends: KnownEnds,
    /// The newest design, while it is to settle; with the search once that has begun.
    settling: Option<(u64, Arc<Made>, Option<Settling>)>,
}

impl Worker {
    pub fn new(mailbox: Arc<Mailbox<Inbox>>) -> Self {
        Self {
            mailbox,
            roots: Roots::default(),
            studio: None,
            recommender: None,
            yardstick: Yardstick::default(),
            codes: None,
            unembedded: None,
            last_made: Instant::now(),
            last_reembedding: Instant::now(),
            path: None,
            known_ends: KnownEnds::default(),
            settling: None,
        }
    }

    /// Answers until the handle is gone.
    pub fn run(mut self, outbox: &Outbox<Answer>) {
        while let Some(next) = self.next() {
            let answer = match next {
                Next::Job(job) => self.perform(*job),
                Next::Reembed => self.reembed_newest(),
                Next::GoOn => self.go_on(),
                Next::Settle => self.settle(),
            };
            if answer.is_some_and(|answer| !outbox.send(answer)) {
                return;
            }
        }
    }

    /// The most urgent thing to do; sleeps until there is one. None: the end.
    fn next(&self) -> Option<Next> {
        let mut inbox = self.mailbox.lock();
        loop {
            if inbox.is_closing() {
                return inbox.take_unsaved().map(Next::job);
            }
            if let Some(job) = inbox.take(Urgency::Make) {
                return Some(Next::job(job));
            }
            let patience = self.until_reembedding();
            if patience == Some(Duration::ZERO) {
                return Some(Next::Reembed);
            }
            if let Some(job) = inbox.take(Urgency::Interpolate) {
                return Some(Next::job(job));
            }
            if self.path.is_some() {
                return Some(Next::GoOn);
            }
            let patience = match (patience, self.until_settling()) {
                (None, Some(Duration::ZERO)) => return Some(Next::Settle),
                (None, rest) => rest,
                (patience, _) => patience,
            };
            inbox = self.mailbox.wait(inbox, patience);
        }
    }

    /// How long the newest design still waits for being embedded again; none where there is nothing to embed.
    fn until_reembedding(&self) -> Option<Duration> {
        if self.unembedded.is_none() || self.recommender.is_none() {
            return None;
        }
        if self.last_reembedding.elapsed() >= NOW_AND_THEN {
            return Some(Duration::ZERO);
        }
        Some(REST.saturating_sub(self.last_made.elapsed()))
    }

    /// How long the hand must still rest before the newest design settles; none where it does not.
    fn until_settling(&self) -> Option<Duration> {
        (self.settling.is_some() && self.recommender.is_some())
            .then(|| REST.saturating_sub(self.last_made.elapsed()))
    }

    fn perform(&mut self, job: Job) -> Option<Answer> {
        Some(match job {
            Job::Open(studio) => {
                let (studio, roots) = studio.unzip();
                *self = Self {
                    studio,
                    roots: roots.unwrap_or_default(),
                    ..Self::new(self.mailbox.clone())
                };
                return None;
            }
            Job::Recommender(recommender) => {
                // Without a yardstick lengths have no percentile, but everything else works.
                self.yardstick = Yardstick::new(&recommender).unwrap_or_default();
                let ends = component_ends(&recommender, 3..3 + SLIDERS);
                self.recommender = Some(recommender);
                Answer::Ends(ends)
            }
            Job::Make(number, request, ordered, settles) => {
                let answer = self.make(number, ordered, |studio| studio.make(&request));
                if let (true, Answer::Made { made: Ok(made), .. }) = (settles, &answer) {
                    self.settling = Some((number, made.clone(), None));
                }
                answer
            }
            Job::Step(number, step, ordered) => {
                self.make(number, ordered, |studio| make_step(studio, step))
            }
            Job::Dice(number, request, seed) => Answer::Dice(number, self.dice(&request, seed)),
            Job::Learn(column, value) => {
                Answer::Learned(self.learn(&column, value.as_deref()).map(Arc::new))
            }
            Job::Trace(number, path) => Answer::Traced(number, Outline::read(&path)),
            Job::Fetch(number, path) => Answer::Fetched(number, self.fetch(&path).map(Box::new)),
            Job::Export(walk, kind, path) => Answer::Exported(self.export(&walk, kind, &path)),
            Job::Interpolate(_, None) => {
                self.path = None;
                return None;
            }
            Job::Interpolate(number, Some(request)) => {
                let path = PathMaking::new(request);
                let (done, of) = path.progress();
                self.path = Some((number, path));
                Answer::Interpolating(number, done, of)
            }
        })
    }

    /// A little more of the path.
    fn go_on(&mut self) -> Option<Answer> {
        let (number, mut path) = self.path.take()?;
        let studio = self.studio.clone()?;
        let yardstick = self.recommender.is_some().then_some(&self.yardstick);
        Some(
            match path.advance(&studio, yardstick, &mut self.known_ends) {
                Ok(Some(made)) => Answer::Interpolated(number, Ok(made)),
                Ok(None) => {
                    let (done, of) = path.progress();
                    self.path = Some((number, path));
                    Answer::Interpolating(number, done, of)
                }
                Err(error) => Answer::Interpolated(number, Err(error)),
            },
        )
    }

    /// Makes a design and measures how long it took.
    fn make(
        &mut self,
        number: u64,
        ordered: Instant,
        make: impl FnOnce(&Studio) -> Result<Made, DesignError>,
    ) -> Answer {
        self.settling = None;
        let began = Instant::now();
        let made = self.studio().and_then(|studio| make(studio)).map(Arc::new);
        let done = Instant::now();
        self.last_made = done;
        self.unembedded = made.as_ref().ok().map(|made| (number, made.clone()));
        Answer::Made {
            number,
            made,
            ordered,
            done,
            took_ms: (done - began).as_secs_f32() * 1e3,
        }
    }

    fn reembed_newest(&mut self) -> Option<Answer> {
        let (number, made) = self.unembedded.take()?;
        self.last_reembedding = Instant::now();
        let reembedded = self.reembed(&made).map(Arc::new);
        Some(Answer::Reembedded(number, reembedded))
    }

    /// A few more tries of the search.
    fn settle(&mut self) -> Option<Answer> {
        let (number, made, settling) = self.settling.take()?;
        Some(match self.try_more(&made, settling) {
            Ok((settling, better)) => {
                let done = settling.count() >= TRIES;
                if !done {
                    self.settling = Some((number, made, Some(settling)));
                }
                if better.is_none() && !done {
                    return None;
                }
                Answer::Settled(number, Ok(Settled { better, done }))
            }
            Err(error) => Answer::Settled(number, Err(error)),
        })
    }

    fn try_more(
        &self,
        made: &Made,
        settling: Option<Settling>,
    ) -> Result<(Settling, Option<Better>), DesignError> {
        let studio = self.studio()?;
        let mut settling = match settling {
            Some(settling) => settling,
            None => {
                let begun_at = (&made.design, &made.picture);
                Settling::begin(studio, begun_at, &made.asked, SETTLING_SEED)?
            }
        };
        let better = if settling.advance(studio)? {
            let best = settling.best();
            let better = Made {
                design: best.design.clone(),
                picture: best.picture.clone(),
                ..made.clone()
            };
            let landed = studio.landed_made(
                &better,
                best.features.clone(),
                self.recommender.as_ref().ok_or(DesignError::NoNeighbours)?,
                &self.yardstick,
            )?;
            Some((Arc::new(better), Arc::new(landed)))
        } else {
            None
        };
        Ok((settling, better))
    }

    fn export(
        &self,
        walk: &Interpolation,
        kind: Export,
        path: &Path,
    ) -> Result<PathBuf, DesignError> {
        let saved = export(walk, kind, path);
        let mut inbox = self.mailbox.lock();
        inbox.saved();
        // Nobody reads answers any more.
        if let (true, Err(error)) = (inbox.is_closing(), &saved) {
            tracing::error!("{error}");
        }
        saved
    }

    fn studio(&self) -> Result<&Arc<Studio>, DesignError> {
        self.studio.as_ref().ok_or(DesignError::NoStudio)
    }

    fn reembed(&self, made: &Made) -> Result<Reembedding, DesignError> {
        let recommender = self.recommender.as_ref().ok_or(DesignError::NoNeighbours)?;
        self.studio()?.reembed(made, recommender, &self.yardstick)
    }

    /// Other designs at the place of this one, the one that lands nearest first.
    fn dice(&self, request: &DesignRequest, seed: u64) -> Result<Vec<Face>, DesignError> {
        let studio = self.studio()?;
        let mut designs = Vec::with_capacity(DICE);
        let mut asked = Vec::new();
        for i in 0..DICE as u64 {
            // Other noise at a held design's code, too; but not what settling found, which is one design.
            let planned = studio.plan(&DesignRequest {
                noise: studio.generator().noise(seed, i),
                settled: None,
                ..request.clone()
            })?;
            designs.push(planned.0);
            asked = planned.2;
        }
        let pictures = decode_all(&designs, studio.generator())?;
        // Without an embedder they come in the order in which they fell.
        let landed = self.landed(&designs, &pictures, &asked);
        let landed = landed.unwrap_or_else(|_| vec![None; designs.len()]);
        let mut faces: Vec<Face> = (designs.into_iter().zip(pictures).zip(landed))
            .map(|((design, picture), landed)| Face {
                noise: design.noise,
                picture,
                landed,
            })
            .collect();
        let gap = |face: &Face| face.landed.as_ref().map_or(f32::INFINITY, |l| l.gap);
        faces.sort_by(|a, b| gap(a).total_cmp(&gap(b)));
        Ok(faces)
    }

    /// Where designs land that were all `asked` for at one place; unknown while the recommender is loading.
    fn landed(
        &self,
        designs: &[Design],
        pictures: &[RgbImage],
        asked: &[f32],
    ) -> Result<Vec<Option<Arc<Reembedding>>>, DesignError> {
        let Some(recommender) = &self.recommender else {
            return Ok(vec![None; designs.len()]);
        };
        let studio = self.studio()?;
        let codes = designs.iter().map(|design| design.code.as_slice());
        let all: Vec<(&RgbImage, &[f32])> = pictures.iter().zip(codes).collect();
        let landed = |features| studio.landed(asked, features, recommender, &self.yardstick);
        (studio.embed(&all)?.into_iter())
            .map(|features| Ok(Some(Arc::new(landed(features)?))))
            .collect()
    }

    fn learn(&mut self, column: &str, value: Option<&str>) -> Result<Direction, DesignError> {
        let studio = self.studio()?.clone();
        let codes = match self.codes.take() {
            Some(codes) => codes,
            None => studio.codes(&job::Job::new())?,
        };
        let codes = self.codes.insert(codes);
        let column = studio
            .catalog()
            .column(column)
            .ok_or_else(|| DesignError::NoColumn(column.to_owned()))?;
        codes.direction(column, value)
    }

    fn fetch(&self, path: &Path) -> Result<Fetched, DesignError> {
        let studio = self.studio()?;
        let ours = studio.generator();
        let mut has_our_code = false;
        let opened = file::open(path, |sha256| {
            let made_by = match ours.info().sha256 == sha256 {
                true => ours.clone(),
                false => generators::by_sha256(sha256, &self.roots)?.generator,
            };
            let dims = |generator: &Generator| generator.info().noise_dims;
            has_our_code = ours.has_codes_of(&made_by) && dims(ours) == dims(&made_by);
            Some(made_by)
        })?;
        let features = studio.embed_one(&opened.picture, &opened.design.code)?;
        let position = studio.position(&features)?;
        let place = studio.place(&studio.embedding(&features)?)?;
        let file::Opened {
            design,
            picture,
            exact,
        } = opened;
        Ok(Fetched {
            design,
            picture,
            exact,
            has_our_code,
            landed: Landed { features, position },
            place,
        })
    }
}

fn make_step(studio: &Studio, step: PathStep) -> Result<Made, DesignError> {
    let filled = (studio.cursor()).fill(step.at, Fill::Neighbourhood, None, &[])?;
    let mut design = studio.design(step.code, step.noise, 1.0, step.origin);
    design.at = Some(filled.coordinates);
    let picture = design.decode(studio.generator())?;
    Ok(Made {
        design,
        picture,
        asked: filled.embedding.clone(),
        outline: None,
        filled,
    })
}
