//! The threads that turn photos into cells: one goes through the whole catalogue once, the other keeps
//! what is near sharp.

use super::atlas::{Atlas, Layout, Patch, Patches};
use super::bake::{Baked, Cover, Halo, bake};
use crate::catalog::Catalog;
use crate::explorer::worker::{Queue, Stream, Waker};
use crate::workspace::Item;
use bevy::prelude::*;
use image::RgbImage;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Where the cloud takes its photos from.
pub trait Pictures: Send + Sync + 'static {
    /// Hands the photos of `rows` to `each`, on any threads and in any order; those that cannot be read
    /// are left out. Where they are on another machine that does not answer, it waits as long as they are `wanted`.
    fn for_each(
        &self,
        rows: &[usize],
        wanted: &AtomicBool,
        each: &(dyn Fn(usize, RgbImage) + Send + Sync),
    );

    /// Whether they are on another machine, so that getting them is waiting and not work.
    fn is_far(&self) -> bool {
        false
    }
}

/// How long it waits before it asks again for photos that are on another machine.
const AGAIN: Duration = Duration::from_secs(1);

impl Pictures for Catalog {
    fn for_each(
        &self,
        rows: &[usize],
        wanted: &AtomicBool,
        each: &(dyn Fn(usize, RgbImage) + Send + Sync),
    ) {
        let mut left = rows.to_vec();
        loop {
            let come = Mutex::new(HashSet::new());
            let outcome = self.for_each_picture(Some(&left), |row, picture| {
                each(row, picture);
                let mut come = come.lock().unwrap_or_else(PoisonError::into_inner);
                come.insert(row);
            });
            let Err(error) = outcome else { return };
            warn!("{error}");
            if !error.may_pass() || !wanted.load(Ordering::Relaxed) {
                return;
            }
            let come = come.into_inner().unwrap_or_else(PoisonError::into_inner);
            left.retain(|row| !come.contains(row));
            std::thread::sleep(AGAIN);
        }
    }

    fn is_far(&self) -> bool {
        Catalog::is_far(self)
    }
}

/// What a thread reports when cells were handed in: rows, and where each shoe is in its square.
pub type Loaded = Vec<(usize, Cover)>;

/// The thread that bakes every shoe. It stops when this is dropped.
pub struct SmallFeed {
    loaded: Stream<Loaded>,
    preferred: Arc<Mutex<Vec<usize>>>,
    wanted: Arc<AtomicBool>,
}

impl Drop for SmallFeed {
    fn drop(&mut self) {
        self.wanted.store(false, Ordering::Relaxed);
    }
}

/// Rows baked between two reports.
const BATCH: usize = 2048;
/// Of what was baked before, less than one in so many is baked again.
const AGAIN_OF: usize = 8;

impl SmallFeed {
    /// Puts `dot` into its cell and starts baking all `count` shoes into `image`: those that are
    /// [preferred](Self::prefer), then the others in the order of the catalogue.
    pub fn start(
        pictures: Arc<dyn Pictures>,
        count: usize,
        image: AssetId<Image>,
        atlas: Atlas,
        halo: Halo,
        dot: &Baked,
        patches: Patches,
        waker: Waker,
    ) -> std::io::Result<Self> {
        let wanted = Arc::new(AtomicBool::new(true));
        let preferred = Arc::new(Mutex::new(Vec::new()));
        patches.send(Patch::one(image, atlas.sharp, atlas.dot(), dot, &wanted));
        let mut starts = (0..count).step_by(BATCH);
        let mut is_baked = vec![false; count];
        let layout = atlas.small;
        let batches = std::iter::from_fn({
            let (wanted, preferred) = (wanted.clone(), preferred.clone());
            move || {
                let some = |mut rows: Vec<usize>, is_baked: &mut [bool]| {
                    rows.retain(|&row| !std::mem::replace(&mut is_baked[row], true));
                    bake_some(&*pictures, rows, image, layout, halo, &patches, &wanted)
                };
                if !wanted.load(Ordering::Relaxed) {
                    return None;
                }
                let first: Vec<usize> = {
                    let mut preferred = preferred.lock().unwrap_or_else(PoisonError::into_inner);
                    let batch = BATCH.min(preferred.len());
                    preferred.drain(..batch).collect()
                };
                if !first.is_empty() {
                    return Some(some(first, &mut is_baked));
                }
                let first = starts.next()?;
                let rows: Vec<usize> = (first..(first + BATCH).min(count)).collect();
                // Whole strips are handed in faster than cells, so a few that are there already are baked again.
                let there = rows.iter().filter(|&&row| is_baked[row]).count();
                if there * AGAIN_OF >= rows.len() {
                    return Some(some(rows, &mut is_baked));
                }
                is_baked[first..first + rows.len()].fill(true);
                let covers = bake_rows(&*pictures, &rows, image, layout, halo, &patches, &wanted);
                Some((first..).zip(covers).collect())
            }
        });
        Ok(Self {
            loaded: Stream::spawn("small pictures", &waker, batches)?,
            preferred,
            wanted,
        })
    }

    /// Bakes these before the rest, some thousand at a time in this order; then what was preferred before.
    pub fn prefer(&self, mut rows: Vec<usize>) {
        let mut preferred = (self.preferred.lock()).unwrap_or_else(PoisonError::into_inner);
        let are_new: HashSet<usize> = rows.iter().copied().collect();
        rows.extend(preferred.drain(..).filter(|row| !are_new.contains(row)));
        *preferred = rows;
    }

    /// What has become ready since the last call.
    pub fn take(&self) -> Vec<Loaded> {
        self.loaded.take()
    }
}

/// Bakes any rows, and hands them in cell by cell.
fn bake_some(
    pictures: &dyn Pictures,
    mut rows: Vec<usize>,
    image: AssetId<Image>,
    layout: Layout,
    halo: Halo,
    patches: &Patches,
    wanted: &Arc<AtomicBool>,
) -> Loaded {
    // In the order of the file.
    rows.sort_unstable();
    let covers = Mutex::new(HashMap::with_capacity(rows.len()));
    pictures.for_each(&rows, wanted, &|row, picture| {
        let baked = bake(&picture, layout.cell, halo);
        patches.send(Patch::one(image, layout, row, &baked, wanted));
        let mut covers = covers.lock().unwrap_or_else(PoisonError::into_inner);
        covers.insert(row, baked.cover);
    });
    let covers = covers.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Those that cannot be read are done with, too.
    let cover = |row: &usize| covers.get(row).copied().unwrap_or(Cover::UNKNOWN);
    rows.iter().map(|row| (*row, cover(row))).collect()
}

/// Bakes consecutive rows that begin at the start of a row of cells, and hands them in.
fn bake_rows(
    pictures: &dyn Pictures,
    rows: &[usize],
    image: AssetId<Image>,
    layout: Layout,
    halo: Halo,
    patches: &Patches,
    wanted: &Arc<AtomicBool>,
) -> Vec<Cover> {
    let Some(&first) = rows.first() else {
        return Vec::new();
    };
    let per_row = layout.per_row() as usize;
    let strips: Vec<Mutex<(Patch, Vec<Cover>)>> = (0..rows.len())
        .step_by(per_row)
        .map(|start| {
            let cells = per_row.min(rows.len() - start);
            Mutex::new((
                Patch::new(image, layout, first + start, cells as u32, wanted.clone()),
                vec![Cover::UNKNOWN; cells],
            ))
        })
        .collect();
    pictures.for_each(rows, wanted, &|row, picture| {
        let Some(at) = row.checked_sub(first) else {
            return;
        };
        let Some(strip) = strips.get(at / per_row) else {
            return;
        };
        let baked = bake(&picture, layout.cell, halo);
        let mut strip = strip.lock().unwrap_or_else(PoisonError::into_inner);
        strip.0.put((at % per_row) as u32, &baked);
        strip.1[at % per_row] = baked.cover;
    });
    let mut covers = Vec::with_capacity(rows.len());
    for strip in strips {
        let (patch, part) = strip.into_inner().unwrap_or_else(PoisonError::into_inner);
        patches.send(patch);
        covers.extend(part);
    }
    covers
}

/// A wish for the thread of sharp pictures.
#[derive(Clone)]
pub struct SharpWish {
    /// What to show.
    pub item: Item,
    /// The cell it shall lie in.
    pub slot: usize,
    /// Told back with the slot when it is there, so that an outdated cell is noticed.
    pub ticket: u64,
}

/// The thread that keeps what is near sharp. It ends when this is dropped.
pub struct SharpFeed {
    queue: Queue<SharpWish, (usize, u64)>,
    wanted: Arc<AtomicBool>,
}

impl Drop for SharpFeed {
    fn drop(&mut self) {
        self.wanted.store(false, Ordering::Relaxed);
    }
}

/// Sharp pictures baked between two looks at the newest wishes.
const SHARP_BATCH: usize = 16;

impl SharpFeed {
    /// Starts the thread.
    pub fn start(
        pictures: Arc<dyn Pictures>,
        image: AssetId<Image>,
        layout: Layout,
        halo: Halo,
        patches: Patches,
        waker: Waker,
    ) -> std::io::Result<Self> {
        let wanted = Arc::new(AtomicBool::new(true));
        let flag = wanted.clone();
        let seen = flag.clone();
        let bake_one = move |wish: &SharpWish, picture: &RgbImage| {
            let baked = bake(picture, layout.cell, halo);
            patches.send(Patch::one(image, layout, wish.slot, &baked, &seen));
        };
        let bake_all = move |batch: Vec<SharpWish>| -> Vec<(usize, u64)> {
            let mut rows: Vec<usize> = Vec::new();
            for wish in &batch {
                match wish.item.picture() {
                    Some(picture) => bake_one(wish, picture),
                    None => rows.extend(wish.item.row()),
                }
            }
            rows.sort_unstable();
            pictures.for_each(&rows, &flag, &|row, picture| {
                for wish in &batch {
                    if wish.item.row() == Some(row) {
                        bake_one(wish, &picture);
                    }
                }
            });
            let handed_in = |wish: &SharpWish| (wish.slot, wish.ticket);
            batch.iter().map(handed_in).collect()
        };
        Ok(Self {
            queue: Queue::spawn("sharp pictures", &waker, SHARP_BATCH, bake_all)?,
            wanted,
        })
    }

    /// Slot and ticket of each cell that was handed in since the last call.
    pub fn take(&self) -> Vec<(usize, u64)> {
        self.queue.take()
    }

    /// Replaces what is still to be baked.
    pub fn wish(&self, wishes: Vec<SharpWish>) {
        // Fails only when the thread panicked; billboards then stay small.
        let _ = self.queue.replace(wishes);
    }
}
