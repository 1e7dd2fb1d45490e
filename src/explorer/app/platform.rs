//! The two platforms the explorer runs on: a window, or a picture off screen.

use super::compositing;
use super::opening::Begun;
use super::window_place;
use crate::explorer::scene::camera::{Canvas, OffScreen, SceneCamera};
use crate::explorer::scene::resolution::Resolution;
use crate::explorer::settings::ExplorerSettings;
use crate::explorer::state::{Launch, WakeUp};
use crate::explorer::worker::Waker;
use crate::workspace::Generation;
use bevy::app::{PluginGroupBuilder, ScheduleRunnerPlugin};
use bevy::camera::{CompositingSpace, RenderTarget};
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_resource::TextureFormat;
use bevy::render::renderer::RenderDevice;
use bevy::render::{RenderApp, RenderPlugin};
use bevy::window::{ExitCondition, PrimaryWindow};
use bevy::winit::{EventLoopProxyWrapper, UpdateMode, WinitPlugin, WinitSettings};
use bevy_egui::EguiPlugin;
use std::time::Duration;

/// Why nothing can be drawn.
#[derive(Debug, thiserror::Error)]
#[error(
    "no graphics driver was found (Vulkan, Metal or DirectX 12); on Debian and Ubuntu install one with: sudo apt-get install mesa-vulkan-drivers"
)]
pub struct NoDriver;

/// Looks for something to draw with, before Bevy does (which would end the program with a backtrace).
///
/// # Errors
/// [`NoDriver`] names the package that helps.
pub fn require_driver() -> Result<(), NoDriver> {
    if adapters().is_empty() {
        return Err(NoDriver);
    }
    Ok(())
}

fn adapters() -> Vec<wgpu::Adapter> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: wgpu::Backends::PRIMARY,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    bevy::tasks::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY))
}

/// What would draw, for people: `llvmpipe (LLVM 15.0.6, 256 bits), Vulkan`.
pub fn driver_name() -> String {
    match adapters().first() {
        Some(adapter) => {
            let info = adapter.get_info();
            format!("{}, {:?}", info.name, info.backend)
        }
        None => "nothing".into(),
    }
}

/// Gives large blocks of memory back to the system as soon as they are free. While pictures are baked and
/// uploaded, glibc would otherwise keep some hundred megabytes of them for later.
pub fn keep_little_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        #[expect(
            unsafe_code,
            reason = "mallopt has no safe wrapper; it only sets limits of the allocator"
        )]
        // SAFETY: called with documented parameters; it may be called at any time, from any thread.
        unsafe {
            libc::mallopt(libc::M_ARENA_MAX, 2);
            libc::mallopt(libc::M_MMAP_THRESHOLD, 256 << 10);
            libc::mallopt(libc::M_TRIM_THRESHOLD, 1 << 20);
        }
    }
}

/// Whether a window can be opened here: a display is named, and somebody answers there.
pub fn has_display() -> bool {
    #[cfg(target_os = "linux")]
    {
        let named = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        named("WAYLAND_DISPLAY").is_some_and(|name| answers_on_wayland(&name))
            || named("DISPLAY").is_some_and(|name| answers_on_x(&name))
    }
    #[cfg(not(target_os = "linux"))]
    {
        true
    }
}

/// Whether somebody answers on the socket of a Wayland display, as `wayland-0`.
#[cfg(target_os = "linux")]
fn answers_on_wayland(name: &str) -> bool {
    let folder = std::env::var_os("XDG_RUNTIME_DIR").unwrap_or_default();
    std::os::unix::net::UnixStream::connect(std::path::Path::new(&folder).join(name)).is_ok()
}

/// Whether somebody answers at an X display, as `:0`, `host:10.0` or the path of a socket.
#[cfg(target_os = "linux")]
fn answers_on_x(display: &str) -> bool {
    use std::net::ToSocketAddrs as _;
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::SocketAddr;
    let path = display.strip_prefix("unix:").unwrap_or(display);
    if path.starts_with('/') {
        return std::os::unix::net::UnixStream::connect(path).is_ok();
    }
    let Some((host, rest)) = display.rsplit_once(':') else {
        return false;
    };
    let Ok(number) = rest.split('.').next().unwrap_or_default().parse::<u16>() else {
        return false;
    };
    if matches!(host, "" | "unix") {
        let path = format!("/tmp/.X11-unix/X{number}");
        let hidden = SocketAddr::from_abstract_name(&path);
        return std::os::unix::net::UnixStream::connect(&path).is_ok()
            || hidden.is_ok_and(|address| {
                std::os::unix::net::UnixStream::connect_addr(&address).is_ok()
            });
    }
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = 6000_u16.saturating_add(number);
    let wait = std::time::Duration::from_secs(3);
    (host, port)
        .to_socket_addrs()
        .is_ok_and(|mut all| all.any(|at| std::net::TcpStream::connect_timeout(&at, wait).is_ok()))
}

/// Bevy's plugins as both platforms want them.
fn plugins() -> PluginGroupBuilder {
    DefaultPlugins
        .set(LogPlugin {
            filter: "warn,shoespace=info,wgpu=error,naga=error,bevy_render=error,bevy_winit=error"
                .into(),
            ..default()
        })
        .set(RenderPlugin {
            // There are few pipelines; a frame that lacks its shoes is worse than a late one.
            synchronous_pipeline_compilation: true,
            ..default()
        })
}

/// Whoever wants a frame at a certain time asks for it; without that, and without news from the window, a frame a
/// minute is enough. (Bevy's own settings for applications draw one every five seconds, and one whenever the mouse
/// moves anywhere on the screen.)
fn idle() -> UpdateMode {
    UpdateMode::reactive_low_power(Duration::from_secs(60))
}

/// The explorer in a window.
pub fn windowed(launch: Launch, begun: Begun) -> App {
    let mut app = App::new();
    let settings = ExplorerSettings::path()
        .map(|path| ExplorerSettings::load(&path))
        .unwrap_or_default();
    app.add_plugins(plugins().set(WindowPlugin {
        primary_window: Some(window_place::as_before(&settings)),
        ..default()
    }))
    .insert_resource(WinitSettings {
        focused_mode: idle(),
        unfocused_mode: idle(),
    })
    .insert_resource(settings);
    if let Some(proxy) = app.world().get_resource::<EventLoopProxyWrapper>() {
        let waker = Waker::new((**proxy).clone());
        app.insert_resource(WakeUp(waker));
    }
    common(&mut app, launch, begun);
    app.insert_resource(Resolution {
        follows: true,
        ..default()
    });
    app.add_systems(Startup, spawn_camera)
        .add_systems(Update, (name_window, super::icon::show))
        .add_systems(Update, (window_place::fit, window_place::remember).chain());
    app
}

/// The explorer without a window: what it draws is in [`Canvas`].
pub fn off_screen(launch: Launch, begun: Begun, screen: OffScreen) -> App {
    let run = ScheduleRunnerPlugin::run_loop(Duration::from_millis(4));
    windowless(launch, begun, screen, plugins().add(run))
}

/// The explorer without a window, to be updated frame by frame by the caller (after `finish` and
/// `cleanup`): each update draws its own frame, none is drawn beside the next one's making.
pub fn off_screen_stepped(launch: Launch, begun: Begun, screen: OffScreen) -> App {
    let plugins = plugins().disable::<PipelinedRenderingPlugin>();
    windowless(launch, begun, screen, plugins)
}

fn windowless(launch: Launch, begun: Begun, screen: OffScreen, plugins: PluginGroupBuilder) -> App {
    let mut app = App::new();
    let no_window = WindowPlugin {
        primary_window: None,
        exit_condition: ExitCondition::DontExit,
        ..default()
    };
    app.add_plugins(plugins.set(no_window).disable::<WinitPlugin>())
        .insert_resource(ExplorerSettings::default())
        .insert_resource(screen);
    common(&mut app, launch, begun);
    app.add_systems(Startup, spawn_canvas_camera);
    app
}

/// Waits until everything that was handed to the graphics card is drawn.
pub fn wait_for_gpu(app: &mut App) {
    let Some(render) = app.get_sub_app(RenderApp) else {
        return;
    };
    if let Some(device) = render.world().get_resource::<RenderDevice>()
        && let Err(error) = device.poll(wgpu::PollType::wait_indefinitely())
    {
        warn!("{error}");
    }
}

fn common(app: &mut App, launch: Launch, begun: Begun) {
    app.set_error_handler(bevy::ecs::error::error)
        .insert_resource(launch)
        .insert_resource(begun)
        .insert_resource(ClearColor(Color::WHITE))
        .add_plugins(EguiPlugin {
            // Of a few dozen pictures nothing is gained by binding them at once.
            bindless_mode_array_size: None,
        })
        .add_plugins(super::plugin);
    compositing::mix_in_srgb(app);
}

fn scene_camera() -> impl Bundle {
    (
        SceneCamera,
        // What is painted follows `SceneView`; the camera only says on what. In 2D photos keep their own colours.
        Camera2d,
        CompositingSpace::Srgb,
        Msaa::Off,
    )
}

fn spawn_camera(mut commands: Commands) {
    commands.spawn(scene_camera());
}

fn spawn_canvas_camera(
    mut commands: Commands,
    screen: Res<OffScreen>,
    mut images: ResMut<Assets<Image>>,
) {
    let image = images.add(Image::new_target_texture(
        screen.size.x,
        screen.size.y,
        TextureFormat::Rgba8UnormSrgb,
        None,
    ));
    let target = bevy::camera::ImageRenderTarget {
        handle: image.clone(),
        scale_factor: screen.scale_factor,
    };
    commands.spawn((scene_camera(), RenderTarget::Image(target)));
    commands.insert_resource(Canvas(image));
}

/// The window says what is open.
fn name_window(
    open: Res<crate::explorer::state::OpenCatalogue>,
    mut windows: Query<&mut Window, With<PrimaryWindow>>,
    mut seen: Local<Generation>,
) {
    if !open.generation.is_news_to(&mut seen) {
        return;
    }
    let title = match &open.catalog {
        Some(catalog) => format!("{} · shoespace", catalog.name()),
        None => "shoespace".into(),
    };
    for mut window in &mut windows {
        if window.title != title {
            window.title.clone_from(&title);
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_display_at_which_nobody_answers_is_none() {
        for name in [
            "",
            ":",
            ":x",
            ":65000",
            "unix:64999.0",
            "/tmp/no-such-socket",
            "localhost:59000",
        ] {
            assert!(!answers_on_x(name), "{name}");
        }
        assert!(!answers_on_wayland("no-such-display"));
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("x");
        let _heard = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(answers_on_x(socket.to_str().unwrap()));
    }
}
