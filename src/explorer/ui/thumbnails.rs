//! Pictures of shoes as egui textures: read and decoded on a thread, kept while they are looked at.
//!
//! A panel asks for the picture of a row each frame it shows it. What is not there yet is asked of the
//! thread, the newest wish first, so that after a fast scroll the pictures in view come before those that
//! were passed. What has not been shown for longest goes first when there are too many.

use crate::catalog::{Catalog, CatalogError};
use crate::explorer::worker::{Queue, Waker};
use crate::workspace::Item;
use bevy_egui::egui;
use image::RgbImage;
use image::imageops::FilterType;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Textures that are kept at most. At 128 pixels a side they take 64 KiB each.
const MOST: usize = 600;
/// Smaller pictures are enlarged smoothly to about this side, in pixels, before the graphics card does the rest.
const FINE: u32 = 128;

enum State {
    Asked,
    /// Since which frame.
    Ready(egui::TextureHandle, u64),
    Failed(String),
}

struct Entry {
    state: State,
    seen: u64,
}

/// The pictures of one catalogue.
#[derive(Default)]
pub struct Thumbs {
    entries: HashMap<usize, Entry>,
    /// Those of photos and designs.
    own: Vec<(Item, egui::TextureHandle)>,
    worker: Option<Worker>,
    now: u64,
}

/// Reads the picture of a row.
type Worker = Queue<usize, (usize, Result<egui::ColorImage, CatalogError>)>;

/// What a panel can show of a row.
#[derive(Debug, Clone)]
pub enum Thumb {
    /// The picture, and its sides in pixels.
    Ready(egui::TextureId, egui::Vec2),
    /// It will come.
    Coming,
    /// It cannot be read, and why.
    Failed(String),
}

impl Thumbs {
    /// Pictures of `catalog`; those of a catalogue that was open before are dropped.
    pub fn open(catalog: Arc<Catalog>, waker: &Waker) -> Self {
        let worker = Worker::spawn("shoespace pictures", waker, 1, move |rows| {
            let read = |row| (row, catalog.picture(row).map(|it| to_egui(fine(it))));
            rows.into_iter().map(read).collect()
        });
        if let Err(error) = &worker {
            bevy::log::error!("no thread for pictures: {error}");
        }
        Self {
            worker: worker.ok(),
            ..Self::default()
        }
    }

    /// Takes in what the thread has made and lets go of what was not seen for long. Once a frame.
    pub fn tend(&mut self, ctx: &egui::Context) {
        self.now += 1;
        let pictures = self.worker.iter().flat_map(Worker::take);
        for (row, picture) in pictures {
            // Of a server that does not answer now it is asked for again, where it is still seen.
            if picture.as_ref().is_err_and(CatalogError::may_pass) {
                self.entries.remove(&row);
                continue;
            }
            let Some(entry) = self.entries.get_mut(&row) else {
                continue;
            };
            entry.state = match picture {
                Ok(image) => {
                    let options = egui::TextureOptions::LINEAR;
                    let texture = ctx.load_texture(format!("shoe {row}"), image, options);
                    State::Ready(texture, self.now)
                }
                Err(error) => State::Failed(error.to_string()),
            };
        }
        if self.entries.len() > MOST {
            let mut seen: Vec<(u64, usize)> =
                self.entries.iter().map(|(&row, e)| (e.seen, row)).collect();
            seen.sort_unstable();
            let gone: HashSet<usize> = seen[..self.entries.len() - MOST * 3 / 4]
                .iter()
                .map(|&(_, row)| row)
                .collect();
            self.entries
                .retain(|row, entry| !gone.contains(row) || matches!(entry.state, State::Asked));
        }
    }

    /// The picture of a row, as far as it is there.
    pub fn get(&mut self, row: usize) -> Thumb {
        let now = self.now;
        let entry = self.entries.entry(row).or_insert_with(|| {
            let asked = self
                .worker
                .as_ref()
                .is_some_and(|worker| worker.request_first(row));
            let state = if asked {
                State::Asked
            } else {
                State::Failed("there is no picture".to_owned())
            };
            Entry { state, seen: now }
        });
        entry.seen = now;
        match &entry.state {
            State::Asked => Thumb::Coming,
            // It reaches the graphics card a frame late, and would be a white square until then.
            State::Ready(_, since) if *since == now => Thumb::Coming,
            State::Ready(texture, _) => Thumb::Ready(texture.id(), texture.size_vec2()),
            State::Failed(why) => Thumb::Failed(why.clone()),
        }
    }
}

impl Thumbs {
    /// The picture of anything. That of a photo or a design is in memory already.
    pub fn item(&mut self, ctx: &egui::Context, item: &Item) -> Thumb {
        let (Some(picture), Some(name)) = (item.picture(), item.name()) else {
            return match item.row() {
                Some(row) => self.get(row),
                None => Thumb::Coming,
            };
        };
        if let Some((_, texture)) = self.own.iter().find(|(known, _)| known == item) {
            return Thumb::Ready(texture.id(), texture.size_vec2());
        }
        let image = to_egui(fine(small(picture)));
        let texture = ctx.load_texture(name, image, egui::TextureOptions::LINEAR);
        let thumb = Thumb::Ready(texture.id(), texture.size_vec2());
        self.own.retain(|(known, _)| known.is_shared());
        self.own.push((item.clone(), texture));
        thumb
    }
}

/// At most 512 pixels a side: enough for any panel, and within every graphics card's limits.
fn small(picture: &RgbImage) -> RgbImage {
    const MOST_SIDE: u32 = 512;
    let side = picture.width().max(picture.height());
    if side <= MOST_SIDE {
        return picture.clone();
    }
    let part =
        |length: u32| (u64::from(length) * u64::from(MOST_SIDE) / u64::from(side)).max(1) as u32;
    image::imageops::resize(
        picture,
        part(picture.width()),
        part(picture.height()),
        FilterType::Triangle,
    )
}

/// A small picture enlarged without steps, a large one as it is.
pub fn fine(picture: RgbImage) -> RgbImage {
    let side = picture.width().max(picture.height());
    if side == 0 || side >= FINE {
        return picture;
    }
    let times = FINE.div_ceil(side);
    image::imageops::resize(
        &picture,
        picture.width() * times,
        picture.height() * times,
        FilterType::CatmullRom,
    )
}

/// The picture as egui wants it.
pub fn to_egui(picture: RgbImage) -> egui::ColorImage {
    let size = [picture.width() as usize, picture.height() as usize];
    egui::ColorImage::from_rgb(size, picture.as_raw())
}

#[cfg(test)]
impl Thumbs {
    /// With these pictures, of the first rows, as if a thread had read them.
    pub fn with(ctx: &egui::Context, pictures: Vec<RgbImage>) -> Self {
        let entry = |(row, picture)| {
            let options = egui::TextureOptions::LINEAR;
            let texture = ctx.load_texture(format!("shoe {row}"), to_egui(fine(picture)), options);
            let state = State::Ready(texture, 0);
            (row, Entry { state, seen: 1 })
        };
        Self {
            entries: pictures.into_iter().enumerate().map(entry).collect(),
            now: 1,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pictures_grow_and_large_ones_stay() {
        assert_eq!(fine(RgbImage::new(28, 28)).dimensions(), (140, 140));
        assert_eq!(fine(RgbImage::new(60, 80)).dimensions(), (120, 160));
        assert_eq!(fine(RgbImage::new(128, 90)).dimensions(), (128, 90));
        assert_eq!(fine(RgbImage::new(0, 0)).dimensions(), (0, 0));
    }

    #[test]
    fn without_a_catalogue_there_is_no_picture() {
        let mut thumbs = Thumbs::default();
        assert!(matches!(thumbs.get(3), Thumb::Failed(_)));
    }
}
