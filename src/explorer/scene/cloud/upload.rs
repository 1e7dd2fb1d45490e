//! From what is on the screen to what the painter is handed: positions, sizes, cells, light.

use super::ahead::Ahead;
use super::bake::Cover;
use super::emphasis::{Emphasis, emphases};
use super::hidden::drop_hidden;
use super::placement::{Stage, readable};
use super::projection::{Drawn, WHOLE, opacity};
use super::{Cloud, FIRST};
use crate::explorer::scene::camera::SceneView;
use crate::explorer::scene::painter::{Billboard, Layer, Layers};
use crate::explorer::scene::palette::ScenePalette;
use crate::explorer::settings::ExplorerSettings;
use crate::explorer::state::{
    Ghosts, Hover, Lit, OpenCatalogue, Placed, Recommendations, Selection, Shown,
};
use crate::workspace::Item;
use bevy::prelude::*;
use bevy::window::RequestRedraw;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

/// How far what steps back fades into the background.
const STEPPED_BACK: f32 = 0.62;
/// Up to this part of the picture's height what stands out is enlarged (half of its side).
const LARGEST: f32 = 0.11;
/// How far those that another stands for fade into the background.
const QUIET: f32 = 0.35;
/// How much less the distance fades those that stand for others, which have come forward.
const CLEAR: f32 = 0.55;
/// Strength of the tint on what is near, on what stands for others, and on the smallest: the larger something is, the
/// more is to be seen of its own colours.
const TINT: [f32; 3] = [48.0, 92.0, 224.0];
/// The same where shoes have colours of their own, which a tint would hide: only the small ones take it on.
const TINT_IN_COLOUR: [f32; 3] = [0.0, 24.0, 224.0];
/// Where a frame of a moving view takes longer than this, in seconds, sharp pictures wait until it rests: they are made
/// on the same processors.
const SLOW: f32 = 0.02;
/// The longest step that sizes take at once, in seconds.
const LONGEST: f32 = 0.05;

/// How opaque that stays which stands out, however near it is.
const LEAST_OPAQUE: f32 = 0.25;

/// How opaque that is which stands between the eye and the selected shoe.
const IN_THE_WAY: f32 = 0.2;

/// Whether a shoe stands before the selected one and covers some of it.
fn hides(drawn: &Drawn, selected: &Drawn) -> bool {
    let apart = (drawn.at - selected.at).abs();
    drawn.depth < selected.depth && apart.max_element() < drawn.half + selected.half
}

/// The shoes that are lit: those nearest to the design, or the recommendations.
fn lit_rows(lit: &Lit, recommendations: &Recommendations) -> Vec<usize> {
    let recommended = || recommendations.list.iter().map(|r| r.row).collect();
    lit.0.clone().unwrap_or_else(recommended)
}

/// Lays the frame out when something changed, and hands it to the painter.
pub(super) fn show(
    cloud: Option<ResMut<Cloud>>,
    view: Res<SceneView>,
    settings: Res<ExplorerSettings>,
    selection: Res<Selection>,
    recommendations: Res<Recommendations>,
    lit: Res<Lit>,
    shown: Res<Shown>,
    placed: Res<Placed>,
    ghosts: Res<Ghosts>,
    hover: Res<Hover>,
    open: Res<OpenCatalogue>,
    palette: Res<ScenePalette>,
    time: Res<Time>,
    mut layers: ResMut<Layers>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let Some(mut cloud) = cloud else { return };
    let cloud = cloud.bypass_change_detection();
    let changed = cloud.sight != Some(view.sight)
        || settings.is_changed()
        || selection.is_changed()
        || recommendations.is_changed()
        || lit.is_changed()
        || shown.is_changed()
        || placed.is_changed()
        || ghosts.is_changed()
        || open.places.len() != cloud.places
        || hover.is_changed()
        || palette.is_changed();
    if !changed && !cloud.dirty && !cloud.changing {
        return;
    }
    let began = Instant::now();
    cloud.dirty = false;
    cloud.places = open.places.len();
    cloud.repainted = true;
    let moves = cloud.sight.replace(view.sight) != Some(view.sight);
    if moves {
        cloud.survey.moved();
    }
    let rows = cloud.len();
    let mut lit = lit_rows(&lit, &recommendations);
    lit.retain(|&row| shown.passes(row));
    // What a filter hides is not held in view by the pointer that was on it.
    let hover = Hover {
        row: hover.row.filter(|&row| shown.passes(row)),
        ..hover.clone()
    };
    let side = cloud.source.side * settings.billboard_size * shown.growth;
    let stand_out = emphases(rows, &selection, &lit, &placed, &ghosts, &hover, &palette);
    let stage = Stage {
        sight: &view.sight,
        focus: view.focus_depth(),
        // At first everything is simply there.
        elapsed: match cloud.drawn.is_empty() {
            true => f32::INFINITY,
            false => time.delta_secs().min(LONGEST),
        },
        // The rest of the sharp pictures is for what stands out and what is near.
        most: cloud.near.capacity() * 9 / 10,
    };
    lay_out_front(
        cloud,
        &stand_out,
        &placed,
        &open,
        side,
        stage,
        view.scale_factor,
    );
    lay_out_crowd(cloud, &stand_out, &shown, &hover, side, stage);
    if cloud.changing {
        redraw.write(RequestRedraw);
    }

    if shown.is_changed() || settings.is_changed() {
        cloud.ahead = Ahead::default();
    }
    let is_slow = moves && time.delta_secs() > SLOW;
    // What has a long way sets out whatever a frame takes: to fetch it is waiting and not work.
    let is_news = (!is_slow || cloud.source.pictures.is_far())
        && look_ahead(cloud, &view, &shown, side, time.elapsed_secs());
    if is_slow {
        if is_news {
            wish_sharp(cloud, &placed);
        }
        // In the frame after the last movement.
        cloud.dirty = true;
        redraw.write(RequestRedraw);
    } else {
        wish_sharp(cloud, &placed);
    }
    if !moves && cloud.was_moving {
        prefer_seen(cloud);
    }
    cloud.was_moving = moves;
    let fog = Fog::new(&view, &open);
    // Beside what answers everything else steps back; but not what a filter shows behind a shoe that it hides.
    let is_hidden = selection.row().is_some_and(|row| !shown.passes(row));
    let back = !lit.is_empty() && !is_hidden;
    let selected = (selection.current.as_ref())
        .and_then(|item| item.row().or_else(|| Some(rows + placed.index_of(item)?)))
        .and_then(|key| cloud.front.iter().find(|drawn| drawn.key as usize == key))
        .copied();
    let is_other = match (&cloud.group.0, &selection.group) {
        (Some(a), Some(b)) => !Arc::ptr_eq(a, b),
        (None, None) => false,
        _ => true,
    };
    if is_other {
        let mut flags = Vec::new();
        if let Some(group) = &selection.group {
            flags = vec![false; rows];
            for &row in group.iter() {
                if let Some(flag) = flags.get_mut(row as usize) {
                    *flag = true;
                }
            }
        }
        cloud.group = (selection.group.clone(), flags);
    }
    let laid_out = LaidOut {
        cloud,
        view: &view,
        placed: &placed,
        shown: &shown,
        tint: match open
            .catalog
            .as_ref()
            .is_none_or(|catalog| catalog.is_grey())
        {
            true => TINT,
            false => TINT_IN_COLOUR,
        },
        rows,
    };
    let crowd: Vec<Billboard> = (laid_out.cloud.drawn.iter())
        .map(|drawn| {
            // The fewer there are, the less they need to be told apart by it.
            let fog = fog.at(drawn.depth) * (1.0 - CLEAR * drawn.stands) / shown.growth;
            let (group, is_in) = &laid_out.cloud.group;
            let steps_back = match group {
                Some(_) => !is_in.get(drawn.key as usize).copied().unwrap_or(false),
                None => back,
            };
            let fade = if steps_back {
                STEPPED_BACK + (1.0 - STEPPED_BACK) * fog
            } else {
                fog
            };
            let fade = 1.0 - (1.0 - fade) * (1.0 - QUIET * drawn.quiet);
            match &selected {
                Some(selected) if hides(drawn, selected) => {
                    let shows = drawn.shows * IN_THE_WAY;
                    laid_out.billboard(&Drawn { shows, ..*drawn }, None, fade)
                }
                _ => laid_out.billboard(drawn, None, fade),
            }
        })
        .collect();
    let front: Vec<Billboard> = (laid_out.cloud.front.iter())
        .map(|drawn| laid_out.billboard(drawn, stand_out.get(&(drawn.key as usize)), 0.0))
        .collect();
    layers.set(Layer::Crowd, &crowd);
    layers.set(Layer::Front, &front);
    cloud.laid_out_in = began.elapsed();
}

/// Finds what the view resolves, gives it sizes, and drops what is hidden.
fn lay_out_crowd(
    cloud: &mut Cloud,
    stand_out: &HashMap<usize, Emphasis>,
    shown: &Shown,
    hover: &Hover,
    side: f32,
    stage: Stage,
) {
    let mut seen = std::mem::take(&mut cloud.seen);
    let passes = |row| shown.passes(row);
    let tree = &cloud.tree;
    let refining = (cloud.survey).walk(tree, side, stage.sight, passes, &mut seen);
    let covers = &cloud.covers;
    let cover = |key: u32| covers.get(key as usize).copied().unwrap_or(Cover::UNKNOWN);
    // What is hovered keeps its place in the crowd and takes none from others: pointing must not stir them.
    let kept: Vec<(Vec2, Vec2)> = (cloud.front.iter())
        .filter(|drawn| hover.row != Some(drawn.key as usize))
        .map(|drawn| (drawn.at, cover(drawn.key).reach_in(drawn.half)))
        .collect();
    let drawn = &mut cloud.drawn;
    let growing = (cloud.placement).place(stage, &seen, cover, &kept, drawn);
    drawn.retain(|drawn| !stand_out.contains_key(&(drawn.key as usize)));
    drop_hidden(drawn, stage.sight.size, cover);
    cloud.seen = seen;
    cloud.changing = refining || growing;
}

/// Projects what stands out, never smaller than it should be, in its own order.
fn lay_out_front(
    cloud: &mut Cloud,
    stand_out: &HashMap<usize, Emphasis>,
    placed: &Placed,
    open: &OpenCatalogue,
    side: f32,
    stage: Stage,
    scale_factor: f32,
) {
    let rows = cloud.len();
    let mut front: Vec<(u8, Drawn)> = Vec::new();
    for (&key, emphasis) in stand_out {
        let point = match cloud.source.positions.get(key) {
            Some(point) => Vec3::from_array(*point),
            None => match (placed.0.get(key - rows)).and_then(|item| open.position_of(item)) {
                Some(point) => point,
                None => continue,
            },
        };
        let Some((at, depth)) = stage.sight.project(point) else {
            continue;
        };
        let natural = 0.5 * side * stage.sight.focal / depth;
        // Near, it needs no help to be seen; far, it must not vanish.
        let half = (natural * emphasis.scale)
            .min(LARGEST * stage.sight.size.y)
            .max(0.5 * emphasis.least * scale_factor)
            // Larger than those in the crowd that stand for others.
            .max(1.15 * readable(stage, depth))
            .max(natural);
        front.push((
            emphasis.order,
            Drawn {
                key: key as u32,
                at,
                half,
                depth,
                quiet: 0.0,
                stands: 0.0,
                shows: 1.0,
                window: WHOLE,
            },
        ));
    }
    front.sort_by(|a, b| {
        a.0.cmp(&b.0)
            .then(b.1.depth.total_cmp(&a.1.depth))
            .then(a.1.key.cmp(&b.1.key))
    });
    cloud.front = front.into_iter().map(|f| f.1).collect();
}

/// Half the side from which on the small picture would be magnified, in pixels.
fn least_sharp(cloud: &Cloud) -> f32 {
    0.5 * cloud.atlas.small.cell as f32 * 0.85
}

/// Finds what will be large where the movement leads. Returns whether that is news.
fn look_ahead(cloud: &mut Cloud, view: &SceneView, shown: &Shown, side: f32, now: f32) -> bool {
    // Not so many that what was seen a moment ago has to go for them.
    let limits = (least_sharp(cloud), cloud.near.capacity() / 4);
    let passes = |row| shown.passes(row);
    (cloud.ahead).look(view.ahead, now, &cloud.tree, side, limits, passes)
}

/// Small pictures of what one looks at now come before those of the rest.
fn prefer_seen(cloud: &Cloud) {
    if cloud.loaded_count == cloud.len() || cloud.len() <= 4 * FIRST {
        return;
    }
    if let Some(feed) = &cloud.feed {
        let rows = cloud.seen.iter().map(|seen| seen.row as usize);
        feed.prefer(rows.filter(|&row| !cloud.loaded[row]).collect());
    }
}

/// Asks for sharp pictures of what is large on the screen, and then of what will be.
fn wish_sharp(cloud: &mut Cloud, placed: &Placed) {
    let rows = cloud.len();
    let least = least_sharp(cloud);
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
    let now: Vec<usize> = front.chain(large.iter().map(|l| l.1)).collect();
    let are_now: HashSet<usize> = now.iter().copied().collect();
    let wanted = (now.into_iter())
        .chain(cloud.ahead.rows().filter(|row| !are_now.contains(row)))
        .filter_map(|key| {
            let item = match key.checked_sub(rows) {
                None => Item::Row(key),
                Some(at) => placed.0.get(at)?.clone(),
            };
            Some((item.key(), item))
        })
        .collect::<Vec<_>>();
    if let Some(wishes) = cloud.near.want(wanted.into_iter())
        && let Some(feed) = &cloud.sharp_feed
    {
        feed.wish(wishes);
    }
}

/// What a key is called among the sharp cells: photos and designs by their address, since their numbers change.
fn sharp_key(key: usize, rows: usize, placed: &Placed) -> usize {
    match key.checked_sub(rows).and_then(|at| placed.0.get(at)) {
        Some(item) => item.key(),
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
        let radius = open.extent.radius.max(f32::MIN_POSITIVE);
        Self {
            near: (middle - 0.5 * radius).max(0.7 * middle),
            far: middle + 2.2 * radius,
        }
    }

    fn at(&self, depth: f32) -> f32 {
        0.72 * ((depth - self.near) / (self.far - self.near)).clamp(0.0, 1.0)
    }
}

/// Makes billboards of what was laid out.
struct LaidOut<'a> {
    cloud: &'a Cloud,
    view: &'a SceneView,
    placed: &'a Placed,
    shown: &'a Shown,
    tint: [f32; 3],
    rows: usize,
}

impl LaidOut<'_> {
    fn billboard(&self, drawn: &Drawn, emphasis: Option<&Emphasis>, fade: f32) -> Billboard {
        let key = drawn.key as usize;
        // Nobody asks for sharp specks.
        let may_be_sharp = drawn.half > 4.0 || key >= self.rows;
        let slot = may_be_sharp
            .then(|| sharp_key(key, self.rows, self.placed))
            .and_then(|key| self.cloud.near.ready(key));
        let atlas = &self.cloud.atlas;
        let sharp = |slot| 1 << 31 | atlas.sharp.pack(slot);
        let cell = match slot {
            Some(slot) => sharp(slot),
            None if key < self.rows && self.cloud.loaded[key] => atlas.small.pack(key),
            None => sharp(atlas.dot()),
        };
        let colour = (self.shown.colours.as_ref()).and_then(|colours| colours.get(key));
        let near = (drawn.half / (LARGEST * self.view.sight.size.y)).min(1.0);
        let [least, usual, most] = self.tint;
        let strength = usual + (most - usual) * drawn.quiet + (least - usual) * near;
        let strength = strength as u8;
        // What stands out has its photo's own colours.
        let colour = colour.filter(|_| emphasis.is_none());
        let tint = colour.map_or(0, |[r, g, b]| u32::from_le_bytes([*r, *g, *b, strength]));
        // What would fill the screen lets the eye through.
        let part = 2.0 * drawn.half / self.view.sight.size.y;
        let cover = self.cloud.covers.get(key).unwrap_or(&Cover::UNKNOWN);
        let through = opacity(part, cover);
        let opacity = match emphasis {
            Some(emphasis) => through.max(LEAST_OPAQUE) * emphasis.opacity,
            None => drawn.shows * through,
        };
        let byte = |v: f32| (v.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
        // The rim of light reaches beyond the picture.
        let [wide, high] = match emphasis {
            None => cover.reach,
            Some(_) => Cover::UNKNOWN.reach,
        };
        Billboard {
            at: drawn.at.to_array(),
            half: drawn.half,
            cell,
            tint,
            glow: u32::from_le_bytes(emphasis.map_or([0; 4], |e| e.glow)),
            look: u32::from_le_bytes([byte(fade), byte(opacity), wide, high]),
            window: u32::from_le_bytes(drawn.window),
        }
    }
}
