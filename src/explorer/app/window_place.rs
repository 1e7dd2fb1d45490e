//! The window where and as large as it was last, and never larger than the screen.

use crate::explorer::settings::{ExplorerSettings, WindowPlace};
use bevy::ecs::system::NonSendMarker;
use bevy::prelude::*;
use bevy::window::{
    Monitor, MonitorSelection, PrimaryMonitor, PrimaryWindow, WindowMode, WindowMoved,
    WindowResized, WindowResolution,
};
use bevy::winit::WINIT_WINDOWS;

/// How large the window is at first, in logical pixels, as all sizes here but those of screens.
const FIRST: UVec2 = UVec2::new(1280, 720);
/// The smallest that is remembered.
const LEAST: UVec2 = UVec2::new(480, 360);
/// What a window's frame takes of the screen's height, about, in pixels of the screen.
const FRAME: u32 = 40;

/// The window as it was last.
pub(super) fn as_before(settings: &ExplorerSettings) -> Window {
    let before = settings.window.as_ref();
    let size = before.map_or(FIRST, |place| UVec2::from(place.size).max(LEAST));
    Window {
        title: "shoespace".into(),
        name: Some("shoespace".into()),
        // Before a window is made its size is taken as logical.
        resolution: WindowResolution::new(size.x, size.y),
        position: match before.and_then(|place| place.at) {
            Some(at) => WindowPosition::At(at.into()),
            None => WindowPosition::Automatic,
        },
        ..default()
    }
}

/// Once the screens are known: a window that does not fit one is made to, and one that is on none is brought back.
pub(super) fn fit(
    monitors: Query<(&Monitor, Has<PrimaryMonitor>)>,
    mut windows: Query<&mut Window, With<PrimaryWindow>>,
    settings: Res<ExplorerSettings>,
    mut is_done: Local<bool>,
) {
    let Ok(mut window) = windows.single_mut() else {
        return;
    };
    if *is_done || monitors.is_empty() {
        return;
    }
    *is_done = true;
    if settings.window.is_some_and(|place| place.maximized) {
        window.set_maximized(true);
        return;
    }
    let rect = |monitor: &Monitor| {
        let size = UVec2::new(monitor.physical_width, monitor.physical_height);
        IRect::from_corners(
            monitor.physical_position,
            monitor.physical_position + size.as_ivec2(),
        )
    };
    let at = match window.position {
        WindowPosition::At(at) => Some(at),
        _ => None,
    };
    let size = window.physical_size().as_ivec2();
    let holds = |monitor: &Monitor| {
        let own = at.map(|at| IRect::from_corners(at, at + size));
        own.is_some_and(|own| !rect(monitor).intersect(own).is_empty())
    };
    let on = monitors.iter().find(|(monitor, _)| holds(monitor));
    if at.is_some() && on.is_none() {
        window.position = WindowPosition::Centered(MonitorSelection::Primary);
    }
    let primary = || monitors.iter().find(|(_, is_primary)| *is_primary);
    let Some((monitor, _)) = on.or_else(primary).or_else(|| monitors.iter().next()) else {
        return;
    };
    let screen = UVec2::new(monitor.physical_width, monitor.physical_height);
    let fitting = fitted(window.physical_size(), screen);
    if fitting != window.physical_size() {
        window
            .resolution
            .set_physical_resolution(fitting.x, fitting.y);
    }
}

/// The largest size up to `wanted` that fits a screen.
fn fitted(wanted: UVec2, screen: UVec2) -> UVec2 {
    match wanted.cmple(screen).all() {
        true => wanted,
        // Some screens tell no size.
        false if screen.min_element() == 0 => wanted,
        false => wanted.min(UVec2::new(screen.x, screen.y.saturating_sub(FRAME).max(1))),
    }
}

/// Remembers where the window is. On the main thread, which alone may ask the window system.
pub(super) fn remember(
    mut resized: MessageReader<WindowResized>,
    mut moved: MessageReader<WindowMoved>,
    windows: Query<(Entity, &Window), With<PrimaryWindow>>,
    mut settings: ResMut<ExplorerSettings>,
    _main_thread: NonSendMarker,
) {
    let at = moved.read().last().map(|moved| moved.position);
    if resized.read().count() == 0 && at.is_none() {
        return;
    }
    let Ok((entity, window)) = windows.single() else {
        return;
    };
    let maximized = WINIT_WINDOWS.with_borrow(|windows| {
        let window = windows.get_window(entity);
        window.is_some_and(|window| window.is_maximized())
    });
    let size = Vec2::new(window.width(), window.height())
        .round()
        .as_uvec2();
    // One that was made to fill the screen, or is put away, says nothing of the place to come back to.
    if window.mode != WindowMode::Windowed || size.cmplt(LEAST).any() {
        return;
    }
    let before = settings.window;
    let place = match before {
        // What is come back to stays.
        Some(before) if maximized => WindowPlace {
            maximized,
            ..before
        },
        _ => WindowPlace {
            size: size.to_array(),
            at: at
                .map(|at| at.to_array())
                .or(before.and_then(|place| place.at)),
            maximized,
        },
    };
    if settings.window.as_ref() != Some(&place) {
        settings.window = Some(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_fits_the_screen() {
        let screen = UVec2::new(900, 600);
        assert_eq!(fitted(FIRST, screen), UVec2::new(900, 560));
        assert_eq!(fitted(UVec2::new(800, 500), screen), UVec2::new(800, 500));
        assert_eq!(fitted(FIRST, UVec2::new(2560, 1440)), FIRST);
        assert_eq!(fitted(FIRST, UVec2::ZERO), FIRST);
    }

    #[test]
    fn it_comes_back_as_it_was_and_nonsense_is_bounded() {
        let mut settings = ExplorerSettings::default();
        assert_eq!(as_before(&settings).physical_size(), FIRST);
        settings.window = Some(WindowPlace {
            size: [1600, 900],
            at: Some([40, 50]),
            maximized: false,
        });
        let window = as_before(&settings);
        assert_eq!(window.physical_size(), UVec2::new(1600, 900));
        assert_eq!(window.position, WindowPosition::At(IVec2::new(40, 50)));
        settings.window = Some(WindowPlace {
            size: [0, 3],
            at: None,
            maximized: false,
        });
        assert_eq!(as_before(&settings).physical_size(), LEAST);
    }
}
