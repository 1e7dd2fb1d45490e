//! The camera: orbit, look, fly, dolly, fly-to and home; and [`SceneView`], which turns points of the
//! scene into points of the screen and back for everybody else.

mod scene_view;

pub use scene_view::SceneView;

use crate::explorer::command::{Command, Flight, View};
use crate::explorer::keyboard::{COMMAND, Keyboard, SHIFT};
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::settings::ExplorerSettings;
use crate::explorer::state::{
    Covered, Hover, Lasso, OpenCatalogue, PointerClaim, Selection, Shown,
};
use crate::workspace::Generation;
use bevy::input::mouse::{MouseScrollUnit, MouseWheel};
use bevy::prelude::*;
use bevy::window::{PrimaryWindow, RequestRedraw};
use bevy_egui::input::EguiWantsInput;
use scene_view::{facing, see};
use std::f32::consts::{FRAC_PI_2, PI, TAU};

/// The scene's camera.
#[derive(Component)]
pub struct SceneCamera;

/// The size of the picture where there is no window.
#[derive(Resource, Debug, Clone, Copy)]
pub struct OffScreen {
    /// Physical pixels.
    pub size: UVec2,
    /// Physical pixels of a logical one.
    pub scale_factor: f32,
}

/// What the off-screen explorer draws on.
#[derive(Resource, Clone)]
pub struct Canvas(pub Handle<Image>);

/// Seconds that a flight takes.
const FLIGHT: f32 = 0.7;
/// How far up and down one can look.
const STEEPEST: f32 = FRAC_PI_2 - 0.02;

/// The camera's own state.
#[derive(Resource)]
struct Pilot {
    view: View,
    flight: Option<UnderWay>,
    drag: Option<Drag>,
    pointer: Vec2,
    generation: Generation,
    /// The view of home that was flown to last, or that the catalogue was opened with.
    home: Option<View>,
    /// The side that home was seen from last.
    best_yaw: Option<f32>,
    /// What was framed last, the view that frames it, and what the panels covered then.
    framed: Option<(Framed, View, Covered)>,
    /// What the panels covered in the frame before.
    covered: Covered,
    /// Wheel steps not yet travelled.
    dolly: f32,
    /// The view of the frame before.
    before: View,
}

/// What fills what the panels leave free.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Framed {
    /// The whole cloud.
    Home,
    /// All shoes that pass the filter.
    Shown,
    /// One shoe.
    Shoe(Vec3),
}

struct UnderWay {
    from: View,
    to: View,
    seconds: f32,
}

#[derive(PartialEq, Clone, Copy)]
enum Drag {
    Orbit,
    Look,
}

/// Whether the scene's own pointer actions apply: the pointer is in the scene and nobody claims it.
pub fn pointer_is_free(wants: Option<&EguiWantsInput>, claim: &PointerClaim) -> bool {
    !claim.by_cursor && !wants.is_some_and(|w| w.wants_any_pointer_input())
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<SceneView>()
        .insert_resource(Pilot {
            view: SceneView::default().view,
            flight: None,
            drag: None,
            pointer: Vec2::ZERO,
            generation: Generation::default(),
            home: None,
            best_yaw: None,
            framed: None,
            covered: Covered::default(),
            dolly: 0.0,
            before: SceneView::default().view,
        })
        .add_systems(
            Update,
            (requests, drag, wheel, keys, advance)
                .chain()
                .in_set(ExplorerSet::Camera),
        );
}

/// The whole cloud, as [`Command::Home`] shows it where no panel covers anything.
pub(super) fn whole(open: &OpenCatalogue, view: &SceneView) -> View {
    home(open, view, &Covered::default())
}

/// From where the whole cloud is seen: a little above.
const HOME: View = View {
    focus: Vec3::ZERO,
    yaw: 0.55,
    pitch: 0.32,
    distance: 1.0,
};

/// Yaw and pitch of home, where no other side shows more.
pub fn usual() -> [f32; 2] {
    [HOME.yaw, HOME.pitch]
}

/// From the middle of the cloud to the eye that sees it from home.
pub fn home_direction() -> Vec3 {
    facing(&HOME) * Vec3::Z
}

/// The whole cloud from a little above.
fn home(open: &OpenCatalogue, view: &SceneView, covered: &Covered) -> View {
    View {
        yaw: open.best_yaw.unwrap_or(HOME.yaw),
        ..around(open.centre(), open.extent.radius, view, covered)
    }
}

/// So many points are looked at to frame them, at most.
const LOOKED_AT: usize = 50_000;
/// What is framed fills so much of what the panels leave free.
const FILLED: f32 = 0.85;

/// All shoes that pass the filter, but for the outermost, as seen from the side of `here`; none where none passes.
fn framed_view(
    open: &OpenCatalogue,
    shown: &Shown,
    here: &View,
    view: &SceneView,
    covered: &Covered,
    side: f32,
) -> Option<View> {
    let passing = open.targets.iter().enumerate();
    let passing = passing.filter(|(row, _)| shown.passes(*row));
    let step = passing.clone().count().div_ceil(LOOKED_AT).max(1);
    let turn = facing(here).inverse();
    let seen: Vec<Vec3> = passing
        .step_by(step)
        .map(|(_, point)| turn * Vec3::from_array(*point))
        .collect();
    let last = seen.len().checked_sub(1)?;
    let rank = |share: f32| (last as f32 * share).round() as usize;
    let middle = Vec3::from_array([0, 1, 2].map(|axis| {
        let mut along: Vec<f32> = seen.iter().map(|p| p[axis]).collect();
        along.sort_by(f32::total_cmp);
        0.5 * (along[rank(0.02)] + along[rank(0.98)])
    }));
    // How far from the middle of the view something at distance 1 may be.
    let free = free_of_panels(view, covered);
    let reach = FILLED * 0.5 * free * view.scale_factor / view.sight.focal;
    let mut needed: Vec<f32> = (seen.iter())
        .map(|p| {
            let apart = *p - middle;
            let across = (apart.truncate().abs() + 0.5 * side) / reach;
            apart.z + across.max_element()
        })
        .collect();
    needed.sort_by(f32::total_cmp);
    // A single one is looked at from a little further than when it is flown to.
    let least = 1.5 * near(side, view, covered);
    Some(View {
        focus: facing(here) * middle,
        distance: needed[rank(0.97)].max(least),
        ..*here
    })
}

/// So far away from it a shoe, whose billboard has this side, fills a third of what the panels leave free.
fn near(side: f32, view: &SceneView, covered: &Covered) -> f32 {
    let free = free_of_panels(view, covered).min_element() * view.scale_factor;
    (3.0 * side * view.sight.focal / free).max(1e-6)
}

/// What the panels leave free, in logical pixels.
fn free_of_panels(view: &SceneView, covered: &Covered) -> Vec2 {
    let size = view.sight.size / view.scale_factor;
    Vec2::new(
        (size.x - covered.left - covered.right).max(80.0),
        (size.y - covered.top - covered.bottom).max(80.0),
    )
}

/// What is within `radius` of a point fills what the panels leave free, seen as from home.
fn around(focus: Vec3, radius: f32, view: &SceneView, covered: &Covered) -> View {
    let size = view.sight.size / view.scale_factor;
    let free = free_of_panels(view, covered);
    // The field of view spans the whole height; the cloud shall fit what is free.
    let fit = (size.y / free.y).max(size.y / free.x);
    View {
        focus,
        distance: 3.0 * fit * radius.max(f32::MIN_POSITIVE),
        ..HOME
    }
}

fn requests(
    mut pilot: ResMut<Pilot>,
    view: Res<SceneView>,
    open: Res<OpenCatalogue>,
    covered: Res<Covered>,
    selection: Res<Selection>,
    settings: Res<ExplorerSettings>,
    shown: Res<Shown>,
    mut commands: MessageReader<Command>,
) {
    if open.generation.is_news_to(&mut pilot.generation) {
        // Another catalogue: no flight, one is simply there.
        pilot.flight = None;
        pilot.view = home(&open, &view, &covered);
        pilot.before = pilot.view;
        pilot.home = Some(pilot.view);
        pilot.framed = Some((Framed::Home, pilot.view, *covered));
        pilot.best_yaw = open.best_yaw;
    }
    let here = pilot.view;
    let side = open.extent.billboard * settings.billboard_size * shown.growth;
    let frame = |framed: Framed| match framed {
        Framed::Home => Some(home(&open, &view, &covered)),
        Framed::Shown => framed_view(&open, &shown, &here, &view, &covered, side),
        Framed::Shoe(focus) => Some(View {
            focus,
            distance: near(side, &view, &covered),
            ..here
        }),
    };
    let bound_for = pilot.flight.as_ref().map_or(here, |flight| flight.to);
    let mut wanted = None;
    let mut framing = None;
    // The side from which most is seen is known a little later; who has moved since is left alone.
    if pilot.best_yaw != open.best_yaw {
        pilot.best_yaw = open.best_yaw;
        if pilot.home == Some(bound_for) {
            framing = Some(Framed::Home);
        }
    }
    // A panel that opens or closes does not crop what was framed, as long as nobody moved since.
    // Once they rest: while a window is drawn larger they change in every frame.
    let rests = std::mem::replace(&mut pilot.covered, *covered) == *covered;
    if let Some((what, to, before)) = pilot.framed
        && before != *covered
        && rests
    {
        match bound_for == to {
            true => framing = Some(what),
            false => pilot.framed = None,
        }
    }
    for command in commands.read() {
        (wanted, framing) = match command {
            Command::Visit(row) | Command::Fly(Flight::Row(row)) => {
                (None, open.position(*row).map(Framed::Shoe))
            }
            Command::Fly(Flight::Point(focus)) => {
                let focus = *focus;
                (Some(View { focus, ..here }), None)
            }
            Command::Fly(Flight::Around(focus, reach)) => {
                let (focus, distance) = (*focus, 6.0 * reach);
                let around = View {
                    focus,
                    distance,
                    ..here
                };
                (Some(around), None)
            }
            Command::Fly(Flight::View(view)) => (Some(*view), None),
            Command::Fly(Flight::Jump(view)) => {
                if view.focus.is_finite() && view.distance > 0.0 {
                    pilot.flight = None;
                    (pilot.view, pilot.before) = (*view, *view);
                }
                (None, None)
            }
            Command::Home => (None, Some(Framed::Home)),
            Command::FrameShown => (None, Some(Framed::Shown)),
            Command::Focus => {
                let at = (selection.current.as_ref()).and_then(|item| open.position_of(item));
                (None, at.map(Framed::Shoe))
            }
            _ => continue,
        };
    }
    if let Some(what) = framing {
        wanted = frame(what);
        pilot.framed = wanted.map(|to| (what, to, *covered));
        if what == Framed::Home {
            pilot.home = wanted;
        }
    }
    if let Some(to) = wanted.filter(|v| v.focus.is_finite() && v.distance > 0.0) {
        pilot.flight = Some(UnderWay {
            from: here,
            to,
            seconds: 0.0,
        });
    }
}

fn drag(
    mut pilot: ResMut<Pilot>,
    view: Res<SceneView>,
    settings: Res<ExplorerSettings>,
    buttons: Res<ButtonInput<MouseButton>>,
    hover: Res<Hover>,
    wants: Option<Res<EguiWantsInput>>,
    claim: Res<PointerClaim>,
    lasso: Res<Lasso>,
) {
    let moved = hover.pointer - pilot.pointer;
    if moved != Vec2::ZERO {
        pilot.pointer = hover.pointer;
    }
    let free = pointer_is_free(wants.as_deref(), &claim) && !lasso.is_drawn();
    for (button, kind) in [
        (MouseButton::Left, Drag::Orbit),
        (MouseButton::Right, Drag::Look),
    ] {
        if free && buttons.just_pressed(button) && pilot.drag.is_none() {
            pilot.drag = Some(kind);
        }
        if !buttons.pressed(button) && pilot.drag == Some(kind) {
            pilot.drag = None;
        }
    }
    let Some(kind) = pilot.drag.filter(|_| moved != Vec2::ZERO) else {
        return;
    };
    if claim.by_cursor {
        pilot.drag = None;
        return;
    }
    pilot.flight = None;
    let height = view.sight.size.y / view.scale_factor;
    let turn = moved * (settings.mouse_speed * PI / height.max(1.0));
    let view = &mut pilot.view;
    match kind {
        Drag::Orbit => {
            view.yaw -= turn.x;
            view.pitch = (view.pitch + turn.y).clamp(-STEEPEST, STEEPEST);
        }
        Drag::Look => {
            let eye = view.focus + facing(view) * Vec3::Z * view.distance;
            view.yaw -= 0.5 * turn.x;
            view.pitch = (view.pitch + 0.5 * turn.y).clamp(-STEEPEST, STEEPEST);
            view.focus = eye - facing(view) * Vec3::Z * view.distance;
        }
    }
}

fn wheel(
    mut pilot: ResMut<Pilot>,
    mut wheel: MessageReader<MouseWheel>,
    time: Res<Time>,
    scene: Res<SceneView>,
    open: Res<OpenCatalogue>,
    wants: Option<Res<EguiWantsInput>>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let free = !wants.is_some_and(|w| w.wants_any_pointer_input());
    for turn in wheel.read() {
        if free {
            pilot.flight = None;
            pilot.dolly += match turn.unit {
                MouseScrollUnit::Line => turn.y,
                MouseScrollUnit::Pixel => turn.y / 40.0,
            };
        }
    }
    if pilot.dolly == 0.0 {
        return;
    }
    // The rest is travelled over the next frames.
    let mut step = pilot.dolly * (1.0 - (-14.0 * time.delta_secs().min(0.1)).exp());
    if (pilot.dolly - step).abs() < 0.01 {
        step = pilot.dolly;
    }
    pilot.dolly -= step;
    redraw.write(RequestRedraw);
    let ratio = (-0.16 * step).exp();
    let under = scene.unproject(pilot.pointer, pilot.view.distance);
    let radius = open.extent.radius.max(f32::MIN_POSITIVE);
    let view = &mut pilot.view;
    let shortest = 0.02 * radius;
    let wanted = view.distance * ratio;
    // What is under the pointer stays under it.
    view.focus += (under - view.focus) * (1.0 - ratio);
    view.distance = wanted.clamp(shortest, 40.0 * radius);
    if wanted < shortest {
        // Closer is not possible: on through the cloud.
        view.focus -= facing(view) * Vec3::Z * (shortest - wanted) * 3.0;
    }
}

fn keys(
    mut pilot: ResMut<Pilot>,
    keys: Res<ButtonInput<KeyCode>>,
    time: Res<Time>,
    settings: Res<ExplorerSettings>,
    open: Res<OpenCatalogue>,
    keyboard: Res<Keyboard>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let chord = keys.any_pressed(COMMAND) || keys.pressed(KeyCode::AltLeft);
    if chord || !keyboard.is_free() {
        return;
    }
    let axis = |plus, minus| f32::from(keys.pressed(plus)) - f32::from(keys.pressed(minus));
    let push = Vec3::new(
        axis(KeyCode::KeyD, KeyCode::KeyA),
        axis(KeyCode::KeyE, KeyCode::KeyQ),
        axis(KeyCode::KeyS, KeyCode::KeyW),
    );
    if push == Vec3::ZERO {
        return;
    }
    pilot.flight = None;
    let radius = open.extent.radius.max(f32::MIN_POSITIVE);
    let fast = if keys.any_pressed(SHIFT) { 3.0 } else { 1.0 };
    let view = &mut pilot.view;
    let pace = view.distance.clamp(0.1 * radius, radius) * 0.7;
    let step = settings.fly_speed * fast * pace * time.delta_secs().min(0.1);
    view.focus += facing(view) * push.normalize() * step;
    redraw.write(RequestRedraw);
}

/// Flies, then says how the scene is seen now.
fn advance(
    mut pilot: ResMut<Pilot>,
    mut scene: ResMut<SceneView>,
    time: Res<Time>,
    covered: Res<Covered>,
    windows: Query<&Window, With<PrimaryWindow>>,
    off_screen: Option<Res<OffScreen>>,
    settings: Res<ExplorerSettings>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    if let Some(mut flight) = pilot.flight.take() {
        flight.seconds += time.delta_secs().min(0.1);
        let t = match settings.calm {
            true => 1.0,
            false => (flight.seconds / FLIGHT).min(1.0),
        };
        if t < 1.0 {
            pilot.view = between(&flight.from, &flight.to, t);
            pilot.flight = Some(flight);
        } else {
            // It is there, and leads nowhere further.
            (pilot.view, pilot.before) = (flight.to, flight.to);
        }
        redraw.write(RequestRedraw);
    }
    let (size, scale) = match (windows.single(), off_screen) {
        (_, Some(off_screen)) => (off_screen.size, off_screen.scale_factor),
        (Ok(window), None) => (window.physical_size(), window.scale_factor()),
        (Err(_), None) => return,
    };
    if size.x == 0 || size.y == 0 {
        return;
    }
    let mut seen = see(&pilot.view, size, scale, &covered);
    seen.is_home = pilot.home == Some(pilot.view);
    let now = pilot.view;
    let before = std::mem::replace(&mut pilot.before, now);
    let ahead = match &pilot.flight {
        Some(flight) => Some(flight.to),
        None => led_on(&before, &now, time.delta_secs()),
    };
    seen.ahead = ahead.map(|view| see(&view, size, scale, &covered).sight);
    if scene.sight != seen.sight || scene.is_home != seen.is_home || scene.ahead != seen.ahead {
        *scene = seen;
    }
}

/// Where a movement leads in the time that a flight takes; none where nothing moves.
fn led_on(before: &View, now: &View, elapsed: f32) -> Option<View> {
    if before == now || elapsed <= 0.0 {
        return None;
    }
    let frames = FLIGHT / elapsed;
    let turn = shorter_turn(before, now);
    let view = View {
        focus: now.focus + (now.focus - before.focus) * frames,
        yaw: now.yaw + turn * frames,
        pitch: (now.pitch + (now.pitch - before.pitch) * frames).clamp(-STEEPEST, STEEPEST),
        distance: now.distance
            * (now.distance / before.distance)
                .powf(frames)
                .clamp(0.1, 10.0),
    };
    Some(view).filter(|v| v.focus.is_finite() && v.distance.is_finite() && v.distance > 0.0)
}

/// By how much one turns from a view to another, the shorter way, radians.
fn shorter_turn(from: &View, to: &View) -> f32 {
    (to.yaw - from.yaw + PI).rem_euclid(TAU) - PI
}

/// From one view to another, slow at both ends; turns the shorter way.
fn between(from: &View, to: &View, t: f32) -> View {
    let t = t * t * (3.0 - 2.0 * t);
    let turn = shorter_turn(from, to);
    View {
        focus: from.focus.lerp(to.focus, t),
        yaw: from.yaw + turn * t,
        pitch: from.pitch + (to.pitch - from.pitch) * t,
        distance: from.distance * (to.distance / from.distance).powf(t),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Any view, off the middle.
    pub(super) fn view() -> View {
        View {
            focus: Vec3::new(1.0, 2.0, 3.0),
            yaw: 0.7,
            pitch: 0.3,
            distance: 5.0,
        }
    }

    #[test]
    fn a_flight_turns_the_shorter_way_and_arrives() {
        let to = View {
            yaw: 0.7 + TAU - 0.1,
            distance: 1.0,
            ..view()
        };
        let half = between(&view(), &to, 0.5);
        assert!((half.yaw - 0.65).abs() < 1e-4);
        let end = between(&view(), &to, 1.0);
        assert!((end.distance - 1.0).abs() < 1e-5);
    }

    #[test]
    fn a_movement_leads_on() {
        assert!(led_on(&view(), &view(), 0.02).is_none());
        let now = View {
            focus: view().focus + Vec3::X * 0.1,
            ..view()
        };
        let ahead = led_on(&view(), &now, 0.02).unwrap();
        assert!((ahead.focus.x - now.focus.x - 0.1 * FLIGHT / 0.02).abs() < 1e-3);
        assert_eq!(ahead.distance, now.distance);
        let to_be_jumped = View {
            distance: 1e-30,
            ..view()
        };
        assert!(led_on(&to_be_jumped, &view(), 1e-6).is_none_or(|v| v.distance <= 50.0));
    }

    #[test]
    fn what_is_framed_fills_what_the_panels_leave_free() {
        let mut open = OpenCatalogue::default();
        // A flat strip, seen from the side: it is wide and not high.
        let points = (0..60).map(|i| [i as f32 * 0.1, 0.0, 0.3 * (i % 2) as f32]);
        open.targets = std::sync::Arc::new(points.collect());
        let covered = Covered {
            left: 250.0,
            right: 340.0,
            ..default()
        };
        let here = View {
            yaw: 0.3,
            pitch: 0.2,
            ..view()
        };
        let seen = scene_view::see(&here, UVec2::new(1280, 720), 1.0, &covered);
        let shown = Shown::default();
        let to = framed_view(&open, &shown, &here, &seen, &covered, 0.05).unwrap();
        let then = scene_view::see(&to, UVec2::new(1280, 720), 1.0, &covered);
        let at = |p: &[f32; 3]| then.project(Vec3::from_array(*p)).unwrap().0.x;
        let all = || open.targets.iter().map(at);
        let (low, high) = (all().fold(f32::MAX, f32::min), all().fold(0.0, f32::max));
        assert!(low > 250.0 && high < 940.0, "{low} {high}");
        assert!(high - low > 0.7 * 690.0, "{low} {high}");
        let nothing = Shown {
            mask: Some(std::sync::Arc::new(vec![false; 60])),
            ..Shown::default()
        };
        assert!(framed_view(&open, &nothing, &here, &seen, &covered, 0.05).is_none());
    }
}
