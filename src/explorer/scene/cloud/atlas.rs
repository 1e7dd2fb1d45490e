//! The array texture with everybody's picture, and how pictures reach the graphics card without a copy in
//! between.
//!
//! Small and sharp pictures lie on different pages of one texture: a software renderer would pay for a
//! second one at every pixel, whichever of the two the pixel needs.
//!
//! The texture is made empty. Threads bake cells and send them as [`Patch`]es; the render world writes
//! each straight into the texture, every mip level of it. (Changing the `Image` asset would send the whole
//! texture again.)

use bevy::asset::RenderAssetUsages;
use bevy::image::{ImageFilterMode, ImageSampler, ImageSamplerDescriptor};
use bevy::prelude::*;
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_resource::{
    Extent3d, Origin3d, TexelCopyBufferLayout, TexelCopyTextureInfo, TextureAspect,
    TextureDimension, TextureFormat, TextureViewDescriptor, TextureViewDimension,
};
use bevy::render::renderer::RenderQueue;
use bevy::render::texture::GpuImage;
use bevy::render::{Render, RenderApp, RenderSystems};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

/// Pixels of a page's side.
const SIDE: u32 = 2048;

/// Sides of small pictures, in pixels, and which part of the memory they may take; the smallest there is beyond all that.
/// The largest are only a little better, so that they get little.
const CELLS: [(u32, u64); 4] = [(64, 11), (32, 3), (16, 3), (8, 3)];

/// Some pages of the texture, cut into equal cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Pixels of a cell's side, a power of two.
    pub cell: u32,
    /// The first page.
    pub page: u32,
    /// How many pages there are.
    pub pages: u32,
}

impl Layout {
    /// Cells in a row of a page, and rows of cells in it.
    pub fn per_row(&self) -> u32 {
        SIDE / self.cell
    }

    fn per_page(&self) -> usize {
        (self.per_row() * self.per_row()) as usize
    }

    /// How many cells there are.
    pub fn capacity(&self) -> usize {
        self.per_page() * self.pages as usize
    }

    /// Page of the `index`th cell, and which of its cells it is.
    fn place(&self, index: usize) -> (u32, u32) {
        let page = self.page + (index / self.per_page()) as u32;
        (page, (index % self.per_page()) as u32)
    }

    /// The same, packed as [`Billboard::cell`](crate::explorer::scene::painter::Billboard::cell) wants it.
    pub fn pack(&self, index: usize) -> u32 {
        let (page, cell) = self.place(index);
        page << 20 | cell
    }

    /// Levels of a mip chain that ends at one pixel a cell.
    pub fn levels(&self) -> u32 {
        self.cell.ilog2() + 1
    }
}

/// The whole texture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Atlas {
    /// A small picture of every shoe.
    pub small: Layout,
    /// Sharp pictures of the shoes nearby; the last is [`Atlas::dot`].
    pub sharp: Layout,
}

impl Atlas {
    /// For `count` shoes, where the program may take about `memory` bytes. Small pictures are smaller the more shoes there
    /// are: of 1.5 GB they take 115 MB for 21,000 and 340 MB for 1,000,000, mips included, and 45 MB for the sharp ones.
    pub fn new(count: usize, memory: u64) -> Self {
        let cell: u32 = CELLS
            .into_iter()
            .find(|&(cell, share)| {
                // A third more for the levels beneath.
                let bytes = count as u64 * u64::from(cell * cell) * 16 / 3;
                bytes.saturating_mul(share) <= memory
            })
            // A few pixels on the screen, too, until they come near and have a sharp one.
            .map_or(4, |(cell, _)| cell);
        let mut small = Layout {
            cell,
            page: 0,
            pages: 1,
        };
        small.pages = (count.div_ceil(small.per_page()) as u32).max(1);
        let sharp = Layout {
            cell: 128,
            page: small.pages,
            pages: 2,
        };
        Self { small, sharp }
    }

    /// The sharp cell that stands for all shoes whose picture is on the way.
    pub fn dot(&self) -> usize {
        self.sharp.capacity() - 1
    }

    /// The empty texture.
    pub fn texture(&self) -> Image {
        let mut image = Image::new_uninit(
            Extent3d {
                width: SIDE,
                height: SIDE,
                depth_or_array_layers: self.small.pages + self.sharp.pages,
            },
            TextureDimension::D2,
            TextureFormat::Rgba8Unorm,
            RenderAssetUsages::RENDER_WORLD,
        );
        image.texture_descriptor.mip_level_count = self.small.levels().max(self.sharp.levels());
        image.texture_view_descriptor = Some(TextureViewDescriptor {
            dimension: Some(TextureViewDimension::D2Array),
            ..default()
        });
        image.sampler = ImageSampler::Descriptor(ImageSamplerDescriptor {
            mipmap_filter: ImageFilterMode::Nearest,
            ..ImageSamplerDescriptor::linear()
        });
        image
    }
}

/// Cells side by side, to be written into a texture.
pub struct Patch {
    /// The texture.
    pub image: AssetId<Image>,
    /// The first cell.
    pub first: usize,
    /// How many cells; all in one row of one page.
    pub cells: u32,
    /// Where the cells are.
    pub layout: Layout,
    /// RGBA rows of each level, largest first, across all cells.
    pub levels: Vec<Vec<u8>>,
    /// Cleared when the texture is no longer wanted.
    pub wanted: Arc<AtomicBool>,
}

impl Patch {
    /// An empty patch.
    pub fn new(
        image: AssetId<Image>,
        layout: Layout,
        first: usize,
        cells: u32,
        wanted: Arc<AtomicBool>,
    ) -> Self {
        let levels = (0..layout.levels())
            .map(|level| {
                let side = layout.cell >> level;
                vec![0; (side * side * cells * 4) as usize]
            })
            .collect();
        Self {
            image,
            first,
            cells,
            layout,
            levels,
            wanted,
        }
    }

    /// A patch of one cell with its picture.
    pub fn one(
        image: AssetId<Image>,
        layout: Layout,
        cell: usize,
        baked: &super::bake::Baked,
        wanted: &Arc<AtomicBool>,
    ) -> Self {
        let mut patch = Self::new(image, layout, cell, 1, wanted.clone());
        patch.put(0, baked);
        patch
    }

    /// Puts a baked picture into the `index`th cell of the patch.
    pub fn put(&mut self, index: u32, baked: &super::bake::Baked) {
        for (level, (to, from)) in self.levels.iter_mut().zip(&baked.levels).enumerate() {
            let bytes = ((self.layout.cell >> level) * 4) as usize;
            let row = bytes * self.cells as usize;
            for (to, from) in to.chunks_exact_mut(row).zip(from.chunks_exact(bytes)) {
                let start = index as usize * bytes;
                to[start..start + bytes].copy_from_slice(from);
            }
        }
    }
}

/// Where threads hand in their patches.
#[derive(Resource, Clone)]
pub struct Patches {
    sender: Sender<Patch>,
    waiting: Arc<AtomicUsize>,
}

impl Patches {
    /// Hands in a patch.
    pub fn send(&self, patch: Patch) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        // Fails only when the program is ending.
        let _ = self.sender.send(patch);
    }

    /// How many patches are not written yet.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

#[derive(Resource)]
struct Inbox {
    receiver: Mutex<Receiver<Patch>>,
    queue: VecDeque<Patch>,
    waiting: Arc<AtomicUsize>,
}

/// Bytes written in one frame at most, so that a large catalogue does not stop the frames.
const BUDGET: usize = 32 << 20;

pub(super) fn plugin(app: &mut App) {
    let (sender, receiver) = channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    app.insert_resource(Patches {
        sender,
        waiting: waiting.clone(),
    });
    // Absent in tests without a renderer.
    if let Some(render) = app.get_sub_app_mut(RenderApp) {
        render
            .insert_resource(Inbox {
                receiver: Mutex::new(receiver),
                queue: VecDeque::new(),
                waiting,
            })
            .add_systems(Render, write.in_set(RenderSystems::PrepareResources));
    }
}

fn write(mut inbox: ResMut<Inbox>, images: Res<RenderAssets<GpuImage>>, queue: Res<RenderQueue>) {
    let inbox = &mut *inbox;
    {
        let receiver = inbox
            .receiver
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        inbox.queue.extend(receiver.try_iter());
    }
    let mut written = 0;
    for _ in 0..inbox.queue.len() {
        let Some(patch) = inbox.queue.pop_front() else {
            break;
        };
        if patch.wanted.load(Ordering::Relaxed) {
            let Some(image) = images.get(patch.image) else {
                // Not made yet: the next frame will have it.
                inbox.queue.push_back(patch);
                continue;
            };
            written += patch.levels.iter().map(Vec::len).sum::<usize>();
            write_patch(&patch, image, &queue);
        }
        inbox.waiting.fetch_sub(1, Ordering::Relaxed);
        if written > BUDGET {
            break;
        }
    }
}

fn write_patch(patch: &Patch, image: &GpuImage, queue: &RenderQueue) {
    let layout = patch.layout;
    let (page, cell) = layout.place(patch.first);
    let (x, y) = (cell % layout.per_row(), cell / layout.per_row());
    for (level, pixels) in patch.levels.iter().enumerate() {
        let side = layout.cell >> level;
        let width = side * patch.cells;
        queue.write_texture(
            TexelCopyTextureInfo {
                texture: &image.texture,
                mip_level: level as u32,
                origin: Origin3d {
                    x: x * side,
                    y: y * side,
                    z: page,
                },
                aspect: TextureAspect::All,
            },
            pixels,
            TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(width * 4),
                rows_per_image: Some(side),
            },
            Extent3d {
                width,
                height: side,
                depth_or_array_layers: 1,
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shoe_has_a_cell_within_the_limits() {
        for memory in [400 << 20, 1500 << 20, 6 << 30] {
            for count in [
                0, 1, 2, 6_001, 21_000, 100_000, 300_000, 1_000_000, 5_000_000,
            ] {
                let atlas = Atlas::new(count, memory);
                let pages = atlas.texture().texture_descriptor.size;
                assert!(atlas.small.capacity() >= count, "{count}");
                assert!((2..=256).contains(&pages.depth_or_array_layers), "{count}");
                assert!(atlas.small.per_page() <= 1 << 20);
            }
        }
        let cell = |count| Atlas::new(count, 1500 << 20).small.cell;
        assert_eq!(
            [1_000, 21_000, 300_000, 1_000_000, 5_000_000].map(cell),
            [64, 32, 16, 8, 4]
        );
        let atlas = Atlas::new(21_000, 1500 << 20);
        assert_eq!(atlas.small.pack(0), 0);
        assert_eq!(atlas.small.pack(4096 + 7), (1 << 20) | 7);
        assert_eq!(atlas.sharp.pack(3), (6 << 20) | 3);
        assert_eq!(atlas.sharp.pack(atlas.dot()), (7 << 20) | 255);
    }
}
