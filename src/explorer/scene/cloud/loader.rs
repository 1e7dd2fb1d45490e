//! The threads that turn photos into cells: one goes through the whole catalogue once, the other keeps
//! what is near sharp.

use super::atlas::{Atlas, Layout, Patch, Patches};
use super::bake::{Baked, Cover, Halo, bake};
use crate::catalog::Catalog;
use crate::explorer::worker::Waker;
use crate::workspace::Item;
use bevy::prelude::*;
use image::RgbImage;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

/// Where the cloud takes its photos from.
pub trait Pictures: Send + Sync + 'static {
    /// Hands the photos of `rows` to `each`, on any threads and in any order; those that cannot be read
    /// are left out.
    fn for_each(&self, rows: &[usize], each: &(dyn Fn(usize, RgbImage) + Send + Sync));
}

impl Pictures for Catalog {
    fn for_each(&self, rows: &[usize], each: &(dyn Fn(usize, RgbImage) + Send + Sync)) {
        if let Err(error) = self.for_each_picture(Some(rows), each) {
            warn!("{error}");
        }
    }
}

/// What a thread reports when cells were handed in.
pub struct Loaded {
    /// The first row.
    pub first: usize,
    /// Where each shoe is in its square.
    pub covers: Vec<Cover>,
}

/// The thread that bakes every shoe once. It stops when this is dropped.
pub struct SmallFeed {
    loaded: Mutex<Receiver<Loaded>>,
    wanted: Arc<AtomicBool>,
}

impl Drop for SmallFeed {
    fn drop(&mut self) {
        self.wanted.store(false, Ordering::Relaxed);
    }
}

/// Rows baked between two reports.
const BATCH: usize = 2048;

impl SmallFeed {
    /// Puts `dot` into its cell and starts baking all `count` shoes into `image`, in the order of the
    /// catalogue.
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
        let (sender, loaded) = channel();
        let wanted = Arc::new(AtomicBool::new(true));
        let flag = wanted.clone();
        patches.send(Patch::one(image, atlas.sharp, atlas.dot(), dot, &wanted));
        let layout = atlas.small;
        std::thread::Builder::new()
            .name("small pictures".into())
            .spawn(move || {
                for first in (0..count).step_by(BATCH) {
                    if !flag.load(Ordering::Relaxed) {
                        return;
                    }
                    let rows: Vec<usize> = (first..(first + BATCH).min(count)).collect();
                    let covers = bake_rows(&*pictures, &rows, image, layout, halo, &patches, &flag);
                    if sender.send(Loaded { first, covers }).is_err() {
                        return;
                    }
                    waker.wake();
                }
            })?;
        Ok(Self {
            loaded: Mutex::new(loaded),
            wanted,
        })
    }

    /// What has become ready since the last call.
    pub fn take(&self) -> Vec<Loaded> {
        drain(&self.loaded)
    }
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
    pictures.for_each(rows, &|row, picture| {
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

fn drain<T>(receiver: &Mutex<Receiver<T>>) -> Vec<T> {
    let receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner);
    receiver.try_iter().collect()
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
    wishes: Sender<Vec<SharpWish>>,
    ready: Mutex<Receiver<(usize, u64)>>,
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
        let (wishes, inbox) = channel::<Vec<SharpWish>>();
        let (outbox, ready) = channel();
        let wanted = Arc::new(AtomicBool::new(true));
        let flag = wanted.clone();
        let bake_one = move |wish: &SharpWish, picture: &RgbImage| {
            let baked = bake(picture, layout.cell, halo);
            patches.send(Patch::one(image, layout, wish.slot, &baked, &flag));
        };
        std::thread::Builder::new()
            .name("sharp pictures".into())
            .spawn(move || {
                while let Ok(mut list) = inbox.recv() {
                    loop {
                        if let Some(newer) = inbox.try_iter().last() {
                            list = newer;
                        }
                        if list.is_empty() {
                            break;
                        }
                        let batch: Vec<SharpWish> =
                            list.drain(..SHARP_BATCH.min(list.len())).collect();
                        let mut rows: Vec<usize> = Vec::new();
                        for wish in &batch {
                            match wish.item.picture() {
                                Some(picture) => bake_one(wish, picture),
                                None => rows.extend(wish.item.row()),
                            }
                        }
                        rows.sort_unstable();
                        pictures.for_each(&rows, &|row, picture| {
                            for wish in &batch {
                                if wish.item.row() == Some(row) {
                                    bake_one(wish, &picture);
                                }
                            }
                        });
                        for wish in &batch {
                            if outbox.send((wish.slot, wish.ticket)).is_err() {
                                return;
                            }
                        }
                        waker.wake();
                    }
                }
            })?;
        Ok(Self {
            wishes,
            ready: Mutex::new(ready),
            wanted,
        })
    }

    /// Slot and ticket of each cell that was handed in since the last call.
    pub fn take(&self) -> Vec<(usize, u64)> {
        drain(&self.ready)
    }

    /// Replaces what is still to be baked.
    pub fn wish(&self, wishes: Vec<SharpWish>) {
        // Fails only when the thread panicked; billboards then stay small.
        let _ = self.wishes.send(wishes);
    }
}
