//! The picture by which the desktop knows the window, where it shows one (Wayland takes it from a desktop file).

use bevy::ecs::system::NonSendMarker;
use bevy::prelude::*;
use bevy::window::WindowCreated;
use bevy::winit::WINIT_WINDOWS;
use winit::window::Icon;

const PICTURE: &[u8] = include_bytes!("../../../assets/icon.png");

/// Gives each new window its icon. On the main thread, which alone may talk to the window system.
pub(super) fn show(mut created: MessageReader<WindowCreated>, _main_thread: NonSendMarker) {
    for window in created.read() {
        let icon = match icon() {
            Ok(icon) => icon,
            Err(error) => {
                warn!("the window has no icon: {error}");
                continue;
            }
        };
        WINIT_WINDOWS.with_borrow(|windows| {
            if let Some(window) = windows.get_window(window.window) {
                window.set_window_icon(Some(icon));
            }
        });
    }
}

fn icon() -> Result<Icon, Box<dyn std::error::Error>> {
    let picture = image::load_from_memory(PICTURE)?.into_rgba8();
    let (width, height) = picture.dimensions();
    Ok(Icon::from_rgba(picture.into_raw(), width, height)?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn there_is_an_icon() {
        assert!(super::icon().is_ok());
    }
}
