//! The cloud: every shoe a billboard at its position.
//!
//! | module | owns |
//! | --- | --- |
//! | [`bake`] | from a photo to a cut-out with mips |
//! | [`atlas`] | the array texture and the way into it |
//! | [`loader`], [`sprite_cache`] | the threads that bake, and who gets a sharp cell |
//! | [`tree`] | the catalogue from coarse to fine |
//! | [`survey`] | what of it a view resolves |
//! | [`placement`] | who stands for its surroundings, and everybody's size |
//! | [`projection`] | what is on the screen |
//! | `hidden`, `tiles` | what is hidden there |
//! | `ahead` | what will be large there in a moment |
//! | [`emphasis`] | what stands out |
//! | `upload` | what the painter is handed for it |

mod ahead;
pub mod atlas;
pub mod bake;
pub mod emphasis;
mod hidden;
pub mod loader;
pub mod placement;
pub mod projection;
pub mod sprite_cache;
pub mod survey;
mod tiles;
pub mod tree;
mod upload;

use super::painter::Layers;
use super::palette::ScenePalette;
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::settings::ExplorerSettings;
use crate::explorer::state::{Shown, WakeUp};
use crate::explorer::worker::{Outcome, Task};
use crate::workspace::Generation;
use ahead::Ahead;
use atlas::{Atlas, Patches};
use bake::{Cover, dot};
use bevy::prelude::*;
use loader::{Pictures, SharpFeed, SmallFeed};
use placement::Placement;
use projection::{Drawn, Sight};
use sprite_cache::Near;
use std::sync::Arc;
use std::time::Duration;
use survey::{Seen, Survey};
use tree::Tree;

/// What the cloud shows: where the shoes stand and where their photos come from.
#[derive(Resource, Clone)]
pub struct CloudSource {
    /// A point for each shoe.
    pub positions: Arc<Vec<[f32; 3]>>,
    /// Their photos.
    pub pictures: Arc<dyn Pictures>,
    /// Side of a billboard at setting 1.0, in scene units.
    pub side: f32,
    /// Which opening this is.
    pub generation: Generation,
}

/// So many photos and designs can stand beside the catalogue's shoes.
pub const PLACED: usize = 64;

/// The cloud that is shown.
#[derive(Resource)]
pub struct Cloud {
    source: CloudSource,
    atlas: Atlas,
    feed: Option<SmallFeed>,
    sharp_feed: Option<SharpFeed>,
    near: Near,
    ahead: Ahead,
    /// Where each shoe is in its square.
    covers: Vec<Cover>,
    loaded: Vec<bool>,
    loaded_count: usize,
    /// Those that pass the filter `of`, from coarse to fine.
    tree: Tree,
    /// Whether the shoes stand elsewhere than where the tree was grown.
    is_moved: bool,
    /// How many photos and designs have a place of their own.
    places: usize,
    of: Option<Arc<Vec<bool>>>,
    /// The next tree, with its filter.
    growing: Option<Growing>,
    survey: Survey,
    /// What the view resolves, coarse before fine.
    seen: Vec<Seen>,
    placement: Placement,
    /// Whether the next frame is different although nothing happens.
    changing: bool,
    /// The shoes that were picked, and a flag for each row whether it is one of them.
    group: (Option<Arc<Vec<u32>>>, Vec<bool>),
    /// Small to large, which is far to near.
    drawn: Vec<Drawn>,
    /// Painted after all others, in this order.
    front: Vec<Drawn>,
    dirty: bool,
    repainted: bool,
    sight: Option<Sight>,
    was_moving: bool,
    laid_out_in: Duration,
}

/// Shoes whose small pictures come first where there are many: about as many as a view tells apart.
const FIRST: usize = 16_384;

/// A tree that a thread is making, and its filter.
type Growing = (Task<Tree>, Option<Arc<Vec<bool>>>);

impl Cloud {
    /// How many shoes there are.
    pub fn len(&self) -> usize {
        self.source.positions.len()
    }

    /// Whether there is no shoe.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Of which opening its shoes are.
    pub fn generation(&self) -> Generation {
        self.source.generation
    }

    /// How many have their small picture.
    pub fn loaded(&self) -> usize {
        self.loaded_count
    }

    /// How many are on the screen.
    pub fn on_screen(&self) -> usize {
        self.drawn.len() + self.front.len()
    }

    /// Whether every picture that this view wants is there.
    pub fn is_complete(&self, patches: &Patches) -> bool {
        self.loaded_count == self.len()
            && !self.near.is_waiting()
            && patches.waiting() == 0
            && self.growing.is_none()
            && !self.changing
            && !self.dirty
    }

    /// How many stand for their surroundings.
    pub fn standing(&self) -> usize {
        self.placement.standing()
    }

    /// How long it took to lay out the last frame that was laid out.
    pub fn laid_out_in(&self) -> Duration {
        self.laid_out_in
    }

    /// Whether it was laid out anew since the last call.
    pub fn take_repainted(&mut self) -> bool {
        std::mem::take(&mut self.repainted)
    }

    /// Where a billboard is on the screen, if it is there.
    pub fn drawn_at(&self, key: usize) -> Option<&Drawn> {
        let all = self.front.iter().chain(&self.drawn);
        all.into_iter().find(|drawn| drawn.key as usize == key)
    }

    /// The nearest billboard under a point (physical pixels): a row, or past the rows one of [`Placed`](crate::explorer::state::Placed).
    pub fn pick(&self, point: Vec2) -> Option<usize> {
        let topmost_first = self.front.iter().rev().chain(self.drawn.iter().rev());
        projection::pick(topmost_first, point, |key| {
            self.covers.get(key).unwrap_or(&Cover::UNKNOWN).solid
        })
    }
}

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(atlas::plugin).add_systems(
        Update,
        (
            (build, grow, arrive).chain().in_set(ExplorerSet::Arrive),
            upload::show.in_set(ExplorerSet::Show),
        ),
    );
}

/// Makes the cloud anew when there is another source, or another palette.
fn build(
    mut commands: Commands,
    source: Option<Res<CloudSource>>,
    mut seen: Local<Generation>,
    palette: Res<ScenePalette>,
    settings: Res<ExplorerSettings>,
    waker: Res<WakeUp>,
    patches: Res<Patches>,
    mut images: ResMut<Assets<Image>>,
    mut layers: ResMut<Layers>,
) {
    let Some(source) = source else { return };
    let is_other = source.generation.is_news_to(&mut seen);
    if !is_other && !palette.is_changed() {
        return;
    }
    let count = source.positions.len();
    let atlas = Atlas::new(count, settings.memory_bytes());
    let image = images.add(atlas.texture());
    layers.set_atlas(
        image.clone(),
        [
            atlas.small.cell,
            atlas.small.per_row(),
            atlas.sharp.cell,
            atlas.sharp.per_row(),
        ],
    );
    let pale = palette.background_linear().lerp(Vec4::splat(0.5), 0.5);
    let feed = SmallFeed::start(
        source.pictures.clone(),
        count,
        image.id(),
        atlas,
        palette.halo,
        &dot(atlas.sharp.cell, pale.truncate().to_array()),
        patches.clone(),
        waker.0.clone(),
    );
    let sharp_feed = SharpFeed::start(
        source.pictures.clone(),
        image.id(),
        atlas.sharp,
        palette.halo,
        patches.clone(),
        waker.0.clone(),
    );
    let told = |error: &std::io::Error| error!("no thread for pictures: {error}");
    commands.insert_resource(Cloud {
        source: source.clone(),
        atlas,
        feed: feed.inspect_err(told).ok(),
        sharp_feed: sharp_feed.inspect_err(told).ok(),
        near: Near::new(atlas.dot()),
        ahead: Ahead::default(),
        covers: vec![Cover::UNKNOWN; count],
        loaded: vec![false; count],
        loaded_count: 0,
        tree: Tree::default(),
        is_moved: false,
        places: 0,
        of: None,
        growing: Some((grow_tree(&source, None, &waker), None)),
        survey: Survey::default(),
        seen: Vec::new(),
        placement: Placement::default(),
        changing: false,
        group: (None, Vec::new()),
        drawn: Vec::new(),
        front: Vec::new(),
        dirty: true,
        repainted: false,
        sight: None,
        was_moving: false,
        laid_out_in: Duration::ZERO,
    });
}

/// Starts to order those that pass from coarse to fine.
fn grow_tree(source: &CloudSource, mask: Option<Arc<Vec<bool>>>, waker: &WakeUp) -> Task<Tree> {
    let positions = source.positions.clone();
    Task::spawn("coarse to fine", &waker.0, move || {
        let passes = |row: &usize| {
            (mask.as_ref()).is_none_or(|mask| mask.get(*row).copied().unwrap_or(false))
        };
        Tree::new(&positions, (0..positions.len()).filter(passes))
    })
}

fn same_mask(a: Option<&Arc<Vec<bool>>>, b: Option<&Arc<Vec<bool>>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    }
}

/// Keeps the order that of the filter. Until the new one is there the old one serves: it only stands for fewer.
fn grow(
    cloud: Option<ResMut<Cloud>>,
    source: Option<Res<CloudSource>>,
    shown: Res<Shown>,
    waker: Res<WakeUp>,
) {
    let (Some(mut cloud), Some(source)) = (cloud, source) else {
        return;
    };
    let cloud = cloud.bypass_change_detection();
    // While the shoes glide the old order serves, with its shoes where they are now.
    let glides = !Arc::ptr_eq(&cloud.source.positions, &source.positions);
    if glides {
        cloud.source.positions = source.positions.clone();
        cloud.tree.move_to(&source.positions);
        cloud.survey.moved();
        (cloud.is_moved, cloud.dirty) = (true, true);
    }
    match cloud.growing.as_ref().map(|(task, _)| task.poll()) {
        Some(Outcome::Working) => return,
        Some(outcome) => {
            let of = cloud.growing.take().and_then(|(_, of)| of);
            cloud.of = of;
            match outcome {
                Outcome::Done(mut tree) => {
                    if cloud.is_moved {
                        tree.move_to(&cloud.source.positions);
                    }
                    cloud.tree = tree;
                    // In the order of the file a million pictures take a minute: what the first view shows comes first.
                    if cloud.loaded_count < cloud.len()
                        && cloud.len() > 4 * FIRST
                        && let Some(feed) = &cloud.feed
                    {
                        let nodes = (0..FIRST as u32).map_while(|at| cloud.tree.node(at));
                        let rows = nodes.map(|node| node.row as usize);
                        feed.prefer(rows.filter(|&row| !cloud.loaded[row]).collect());
                    }
                }
                _ => error!("the shoes could not be ordered (a bug); some may not be shown"),
            }
            cloud.dirty = true;
        }
        None => {}
    }
    let wanted = shown.mask.as_ref();
    let is_settled = cloud.is_moved && !glides;
    if is_settled || !same_mask(cloud.of.as_ref(), wanted) {
        cloud.is_moved &= glides;
        let task = grow_tree(&cloud.source, wanted.cloned(), &waker);
        cloud.growing = Some((task, wanted.cloned()));
    }
}

/// Takes in what the threads have baked.
fn arrive(cloud: Option<ResMut<Cloud>>) {
    let Some(mut cloud) = cloud else { return };
    let cloud = cloud.bypass_change_detection();
    let batches: Vec<_> = cloud.feed.iter().flat_map(SmallFeed::take).collect();
    for batch in batches {
        for (row, cover) in batch {
            cloud.covers[row] = cover;
            cloud.loaded_count += usize::from(!std::mem::replace(&mut cloud.loaded[row], true));
        }
        cloud.dirty = true;
    }
    let ready: Vec<_> = (cloud.sharp_feed.iter())
        .flat_map(SharpFeed::take)
        .collect();
    for (slot, ticket) in ready {
        cloud.dirty |= cloud.near.arrived(slot, ticket);
    }
}
