//! The cloud: every shoe a billboard at its position.
//!
//! | module | owns |
//! | --- | --- |
//! | [`bake`] | from a photo to a cut-out with mips |
//! | [`atlas`] | the array textures and the way into them |
//! | [`feed`], [`near`] | the threads that bake, and who gets a sharp cell |
//! | [`frame`] | what is on the screen, in painting order |
//! | [`emphasis`] | what stands out |
//! | [`material`] | mesh, material, shader |

pub mod atlas;
pub mod bake;
pub mod emphasis;
pub mod feed;
pub mod frame;
pub mod material;
pub mod near;

use super::ExplorerSet;
use super::camera::SceneView;
use super::look::Look;
use super::settings::ExplorerSettings;
use super::state::{Guests, Hover, OpenCatalogue, Recommendations, Selection, Shown, WakeUp};
use atlas::{Layout, Patches};
use bake::Cover;
use bevy::asset::{RenderAssetUsages, load_internal_asset};
use bevy::camera::visibility::NoFrustumCulling;
use bevy::mesh::MeshTag;
use bevy::prelude::*;
use bevy::render::storage::ShaderBuffer;
use emphasis::{Emphasis, emphases, steps_back};
use feed::{Pictures, SharpFeed, SharpSource, SmallFeed};
use frame::{Drawn, Sight, drop_hidden, lay_out};
use material::{CHUNK, CLOUD_SHADER, CloudMaterial, CloudUniform, Entry};
use near::Near;
use std::sync::Arc;

/// What the cloud shows: where the shoes stand and where their photos come from.
#[derive(Resource, Clone)]
pub struct CloudSource {
    /// A point for each shoe.
    pub positions: Arc<Vec<[f32; 3]>>,
    /// Their photos.
    pub pictures: Arc<dyn Pictures>,
    /// Side of a billboard at setting 1.0, in scene units.
    pub side: f32,
}

/// How far what steps back fades into the background.
const STEPPED_BACK: f32 = 0.62;
/// Up to this part of the picture's height what stands out is enlarged (half of its side).
const LARGEST: f32 = 0.11;
/// So many billboards can stand out at once.
const FRONT: usize = 4096;
/// So many photos and designs can stand beside the catalogue's shoes.
pub const GUESTS: usize = 64;

/// The cloud that is shown.
#[derive(Resource)]
pub struct Cloud {
    source: CloudSource,
    small: Layout,
    sharp: Layout,
    feed: Option<SmallFeed>,
    sharp_feed: Option<SharpFeed>,
    near: Near,
    /// Where each shoe is in its square.
    covers: Vec<Cover>,
    loaded: Vec<bool>,
    loaded_count: usize,
    /// Far to near.
    drawn: Vec<Drawn>,
    /// Painted after all others, in this order.
    front: Vec<Drawn>,
    crowd_buffer: Handle<ShaderBuffer>,
    front_buffer: Handle<ShaderBuffer>,
    dirty: bool,
    repainted: bool,
    sight: Option<Sight>,
}

impl Cloud {
    /// How many shoes there are.
    pub fn len(&self) -> usize {
        self.source.positions.len()
    }

    /// Whether there is no shoe.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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
        self.loaded_count == self.len() && !self.near.is_waiting() && patches.waiting() == 0
    }

    /// Whether it was laid out anew since the last call.
    pub(super) fn take_repainted(&mut self) -> bool {
        std::mem::take(&mut self.repainted)
    }

    /// Where a billboard is on the screen, if it is there.
    pub fn drawn_at(&self, key: usize) -> Option<&Drawn> {
        let all = self.front.iter().chain(&self.drawn);
        all.into_iter().find(|drawn| drawn.key as usize == key)
    }

    /// The nearest billboard under a point (physical pixels): a row, or past the rows a guest.
    pub fn pick(&self, point: Vec2) -> Option<usize> {
        let all = self.front.iter().rev().chain(self.drawn.iter().rev());
        for drawn in all {
            let key = drawn.key as usize;
            let cover = self.covers.get(key).unwrap_or(&Cover::UNKNOWN);
            if drawn.covers(point, cover.solid) {
                return Some(key);
            }
        }
        None
    }
}

/// Layers of the scene, painted in this order. The distance stands for the depth that Bevy sorts
/// transparent things by; what has a depth of its own, a few units, comes after all of them.
#[derive(Component, Debug, Clone, Copy, PartialEq)]
pub struct Layer(pub f32);

impl Layer {
    /// Floor and axes.
    pub const FLOOR: Self = Self(4.0e6);
    /// All shoes.
    pub const CROWD: Self = Self(3.0e6);
    /// Lines between shoes.
    pub const LINES: Self = Self(2.0e6);
    /// The shoes that stand out.
    pub const FRONT: Self = Self(1.0e6);
    /// Above the shoes: the latent cursor's things.
    pub const ABOVE: Self = Self(5.0e5);
}

#[derive(Component)]
struct CrowdChunk(usize);

#[derive(Component, Clone)]
struct OfCloud;

pub(super) fn plugin(app: &mut App) {
    load_internal_asset!(
        app,
        CLOUD_SHADER,
        "../../../assets/shaders/cloud.wgsl",
        Shader::from_wgsl
    );
    app.add_plugins((MaterialPlugin::<CloudMaterial>::default(), atlas::plugin))
        .add_systems(
            Update,
            (
                (build, arrive).chain().in_set(ExplorerSet::Arrive),
                (show, place_layers).in_set(ExplorerSet::Show),
            ),
        );
}

/// Makes the cloud anew when there is another source, or another look.
fn build(
    mut commands: Commands,
    source: Option<Res<CloudSource>>,
    look: Res<Look>,
    waker: Res<WakeUp>,
    patches: Res<Patches>,
    old: Query<Entity, With<OfCloud>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut images: ResMut<Assets<Image>>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
    mut materials: ResMut<Assets<CloudMaterial>>,
) {
    let Some(source) = source else { return };
    if !source.is_changed() && !look.is_changed() {
        return;
    }
    for entity in &old {
        commands.entity(entity).despawn();
    }
    let count = source.positions.len();
    let (small, sharp) = (Layout::small(count), Layout::sharp());
    let (small_image, sharp_image) = (images.add(small.texture()), images.add(sharp.texture()));
    let chunks = count.div_ceil(CHUNK).max(1);
    let buffer = |entries: usize| {
        ShaderBuffer::with_size(
            entries * size_of::<Entry>(),
            RenderAssetUsages::RENDER_WORLD,
        )
    };
    let crowd_buffer = buffers.add(buffer(chunks * CHUNK));
    let front_buffer = buffers.add(buffer(FRONT));
    let uniform = CloudUniform {
        background: look.background_linear(),
        cells: Vec4::new(
            small.cell as f32,
            small.per_row as f32,
            sharp.cell as f32,
            sharp.per_row as f32,
        ),
    };
    let mut material = |entries: &Handle<ShaderBuffer>, glows| {
        materials.add(CloudMaterial {
            entries: entries.clone(),
            small: small_image.clone(),
            sharp: sharp_image.clone(),
            uniform,
            glows,
        })
    };
    let layers = [
        material(&crowd_buffer, false),
        material(&front_buffer, true),
    ];
    let mesh = meshes.add(material::quads(CHUNK));
    let billboards = (OfCloud, NoFrustumCulling, Visibility::Hidden);
    for chunk in 0..chunks {
        commands.spawn((
            billboards.clone(),
            CrowdChunk(chunk),
            // Later chunks are nearer.
            Layer(Layer::CROWD.0 - 8.0 * chunk as f32),
            Mesh3d(mesh.clone()),
            MeshMaterial3d(layers[0].clone()),
            MeshTag((chunk * CHUNK) as u32),
        ));
    }
    commands.spawn((
        OfCloud,
        NoFrustumCulling,
        Layer::FRONT,
        Mesh3d(mesh),
        MeshMaterial3d(layers[1].clone()),
        MeshTag(0),
    ));
    let feed = SmallFeed::start(
        source.pictures.clone(),
        count,
        small_image.id(),
        small,
        look.halo,
        patches.clone(),
        waker.0.clone(),
    );
    let sharp_feed = SharpFeed::start(
        source.pictures.clone(),
        sharp_image.id(),
        sharp,
        look.halo,
        patches.clone(),
        waker.0.clone(),
    );
    let told = |error: &std::io::Error| error!("no thread for pictures: {error}");
    commands.insert_resource(Cloud {
        source: source.clone(),
        small,
        sharp,
        feed: feed.inspect_err(told).ok(),
        sharp_feed: sharp_feed.inspect_err(told).ok(),
        near: Near::new(sharp.capacity()),
        covers: vec![Cover::UNKNOWN; count],
        loaded: vec![false; count],
        loaded_count: 0,
        drawn: Vec::new(),
        front: Vec::new(),
        crowd_buffer,
        front_buffer,
        dirty: true,
        repainted: false,
        sight: None,
    });
}

/// Takes in what the threads have baked.
fn arrive(cloud: Option<ResMut<Cloud>>) {
    let Some(mut cloud) = cloud else { return };
    let cloud = cloud.bypass_change_detection();
    let batches: Vec<_> = cloud.feed.iter().flat_map(SmallFeed::take).collect();
    for batch in batches {
        for (row, cover) in (batch.first..).zip(batch.covers) {
            cloud.covers[row] = cover;
            cloud.loaded[row] = true;
            cloud.loaded_count += 1;
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

/// Lays the frame out when something changed, and hands it to the material.
fn show(
    cloud: Option<ResMut<Cloud>>,
    view: Res<SceneView>,
    settings: Res<ExplorerSettings>,
    selection: Res<Selection>,
    recommendations: Res<Recommendations>,
    shown: Res<Shown>,
    guests: Res<Guests>,
    hover: Res<Hover>,
    open: Res<OpenCatalogue>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
    mut chunks: Query<(&CrowdChunk, &mut Visibility)>,
) {
    let Some(mut cloud) = cloud else { return };
    let cloud = cloud.bypass_change_detection();
    let changed = cloud.sight != Some(view.sight)
        || settings.is_changed()
        || selection.is_changed()
        || recommendations.is_changed()
        || shown.is_changed()
        || guests.is_changed()
        || hover.is_changed();
    if !changed && !std::mem::take(&mut cloud.dirty) {
        return;
    }
    cloud.dirty = false;
    cloud.repainted = true;
    cloud.sight = Some(view.sight);
    let rows = cloud.len();
    let side = cloud.source.side * settings.billboard_size;
    let stand_out = emphases(rows, &selection, &recommendations, &shown, &guests, &hover);
    let positions = cloud.source.positions.clone();
    let mut drawn = std::mem::take(&mut cloud.drawn);
    lay_out(
        &positions,
        side,
        &view.sight,
        |row| shown.passes(row) && !stand_out.contains_key(&row),
        &mut drawn,
    );
    let covers = &cloud.covers;
    drop_hidden(&mut drawn, view.sight.size, |key| {
        covers.get(key as usize).map_or(0, |cover| cover.opaque)
    });
    cloud.drawn = drawn;
    lay_out_front(cloud, &stand_out, &guests, side, &view);

    wish_sharp(cloud, &guests, view.scale_factor);
    let fog = Fog::new(&view, &open);
    let back = steps_back(&recommendations, &shown);
    let hits: Option<std::collections::HashSet<usize>> =
        (shown.hits.as_ref()).map(|hits| hits.iter().copied().collect());
    let painter = Painter {
        cloud,
        view: &view,
        guests: &guests,
        shown: &shown,
        rows,
    };
    let crowd: Vec<Entry> = (painter.cloud.drawn.iter())
        .map(|drawn| {
            let found = hits
                .as_ref()
                .is_some_and(|h| h.contains(&(drawn.key as usize)));
            let fog = fog.at(drawn.depth);
            let fade = if back && !found {
                STEPPED_BACK + (1.0 - STEPPED_BACK) * fog
            } else {
                fog
            };
            painter.entry(drawn, None, fade)
        })
        .collect();
    let front: Vec<Entry> = (painter.cloud.front.iter())
        .map(|drawn| painter.entry(drawn, stand_out.get(&(drawn.key as usize)), 0.0))
        .collect();
    for (chunk, mut visibility) in &mut chunks {
        let wanted = if chunk.0 * CHUNK < crowd.len() {
            Visibility::Inherited
        } else {
            Visibility::Hidden
        };
        visibility.set_if_neq(wanted);
    }
    fill(&mut buffers, &cloud.crowd_buffer, crowd);
    fill(&mut buffers, &cloud.front_buffer, front);
}

/// Projects what stands out, never smaller than it should be, in its own order.
fn lay_out_front(
    cloud: &mut Cloud,
    stand_out: &std::collections::HashMap<usize, Emphasis>,
    guests: &Guests,
    side: f32,
    view: &SceneView,
) {
    let rows = cloud.len();
    let mut front: Vec<(u8, Drawn)> = Vec::new();
    for (&key, emphasis) in stand_out {
        let point = match cloud.source.positions.get(key) {
            Some(point) => Vec3::from_array(*point),
            None => match guests.0.get(key - rows) {
                Some(guest) => guest.position,
                None => continue,
            },
        };
        let Some((at, depth)) = view.sight.project(point) else {
            continue;
        };
        let natural = 0.5 * side * view.sight.focal / depth;
        // Near, it needs no help to be seen; far, it must not vanish.
        let half = (natural * emphasis.scale)
            .min(LARGEST * view.sight.size.y)
            .max(0.5 * emphasis.least * view.scale_factor)
            .max(natural);
        front.push((
            emphasis.order,
            Drawn {
                key: key as u32,
                at,
                half,
                depth,
            },
        ));
    }
    front.sort_by(|a, b| {
        a.0.cmp(&b.0)
            .then(b.1.depth.total_cmp(&a.1.depth))
            .then(a.1.key.cmp(&b.1.key))
    });
    // Those that matter most are last, and stay.
    let surplus = front.len().saturating_sub(FRONT);
    cloud.front = front.into_iter().skip(surplus).map(|f| f.1).collect();
}

/// Asks for sharp pictures of what is large on the screen.
fn wish_sharp(cloud: &mut Cloud, guests: &Guests, _scale: f32) {
    let rows = cloud.len();
    // From here on the small picture would be magnified.
    let least = 0.5 * cloud.small.cell as f32 * 0.85;
    let capacity = cloud.near.capacity();
    let mut large: Vec<(f32, usize)> = (cloud.drawn.iter())
        .filter(|d| d.half > least)
        .map(|d| (d.half, d.key as usize))
        .collect();
    if large.len() > capacity {
        large.select_nth_unstable_by(capacity, |a, b| b.0.total_cmp(&a.0));
        large.truncate(capacity);
    }
    large.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let front = (cloud.front.iter().rev())
        .filter(|d| d.half > least || d.key as usize >= rows)
        .map(|d| d.key as usize);
    let wanted = front
        .chain(large.iter().map(|l| l.1))
        .filter_map(|key| {
            let source = if key < rows {
                SharpSource::Row(key)
            } else {
                let guest = guests.0.get(key - rows)?;
                SharpSource::Picture(Arc::new(guest.picture.clone()))
            };
            Some((guest_key(key, rows, guests), source))
        })
        .collect::<Vec<_>>();
    if let Some(wishes) = cloud.near.want(wanted.into_iter())
        && let Some(feed) = &cloud.sharp_feed
    {
        feed.wish(wishes);
    }
}

/// What a key is called among the sharp cells: guests by their address, since their numbers change.
fn guest_key(key: usize, rows: usize, guests: &Guests) -> usize {
    match key.checked_sub(rows).and_then(|at| guests.0.get(at)) {
        Some(guest) => usize::MAX - (Arc::as_ptr(guest) as usize >> 3),
        None => key,
    }
}

/// How the distance fades the cloud into the background: depth made readable.
struct Fog {
    near: f32,
    far: f32,
}

impl Fog {
    fn new(view: &SceneView, open: &OpenCatalogue) -> Self {
        let middle = view.focus_depth();
        let radius = open.radius.max(f32::MIN_POSITIVE);
        Self {
            near: (middle - 0.5 * radius).max(0.7 * middle),
            far: middle + 2.2 * radius,
        }
    }

    fn at(&self, depth: f32) -> f32 {
        0.72 * ((depth - self.near) / (self.far - self.near)).clamp(0.0, 1.0)
    }
}

/// Makes entries of what was laid out.
struct Painter<'a> {
    cloud: &'a Cloud,
    view: &'a SceneView,
    guests: &'a Guests,
    shown: &'a Shown,
    rows: usize,
}

impl Painter<'_> {
    fn entry(&self, drawn: &Drawn, emphasis: Option<&Emphasis>, fade: f32) -> Entry {
        let key = drawn.key as usize;
        let centre = match self.cloud.source.positions.get(key) {
            Some(point) => *point,
            None => self.guests.0[key - self.rows].position.to_array(),
        };
        let slot = self
            .cloud
            .near
            .ready(guest_key(key, self.rows, self.guests));
        let (cell, there) = match slot {
            Some(slot) => (1 << 31 | self.cloud.sharp.pack(slot), true),
            None if key < self.rows => (self.cloud.small.pack(key), self.cloud.loaded[key]),
            None => (0, false),
        };
        let colour = (self.shown.colours.as_ref()).and_then(|colours| colours.get(key));
        let tint = colour.map_or(0, |[r, g, b]| u32::from_le_bytes([*r, *g, *b, 190]));
        // What would fill the screen lets the eye through.
        let part = 2.0 * drawn.half / self.view.sight.size.y;
        let opacity = if emphasis.is_some() {
            1.0
        } else {
            1.0 - ((part - frame::TOO_CLOSE) / 0.8).clamp(0.0, 1.0)
        };
        let byte = |v: f32| (v.clamp(0.0, 1.0) * 255.0 + 0.5) as u32;
        Entry {
            centre,
            side: 2.0 * drawn.half * drawn.depth / self.view.sight.focal,
            cell,
            tint,
            glow: u32::from_le_bytes(emphasis.map_or([0; 4], |e| e.glow)),
            look: byte(fade) | byte(opacity) << 8 | u32::from(there) << 16,
        }
    }
}

/// Puts entries at the start of a buffer; the rest is cleared.
fn fill(buffers: &mut Assets<ShaderBuffer>, handle: &Handle<ShaderBuffer>, entries: Vec<Entry>) {
    if let Some(mut buffer) = buffers.get_mut(handle) {
        let mut bytes: Vec<u8> = bytemuck::cast_slice(&entries).to_vec();
        bytes.resize(buffer.buffer_description.size as usize, 0);
        buffer.data = Some(bytes);
    }
}

/// Keeps the layers where Bevy's sorting wants them: along the camera's axis.
fn place_layers(view: Res<SceneView>, mut layers: Query<(&Layer, &mut Transform)>) {
    for (layer, mut transform) in &mut layers {
        let at = view.camera.translation + view.camera.forward() * layer.0;
        if transform.translation != at {
            transform.translation = at;
        }
    }
}
