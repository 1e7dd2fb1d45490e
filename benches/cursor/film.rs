//! Pictures of a drag in the real window, for the README: `cargo bench --profile dev --bench cursor -- film`
//! writes them to the folder named by `SHOESPACE_FILM`.

use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, save_to_disk};
use bevy::winit::WinitSettings;
use shoespace::explorer::command::{Command as Ask, CursorCommand};
use shoespace::explorer::cursor::state::LatentCursor;
use shoespace::explorer::state::{FrameTimes, OpenCatalogue};
use std::path::PathBuf;

/// Pictures of the film.
const PICTURES: usize = 24;
/// Frames between a design and its picture being on the screen.
const SETTLE: usize = 3;

#[derive(Resource, Default)]
struct Film {
    folder: PathBuf,
    ends: Option<([f32; 3], [f32; 3])>,
    taken: usize,
    asked: Option<[f32; 3]>,
    settled: usize,
}

/// Films a drag and returns when it is over.
pub fn film(app: App) -> anyhow::Result<()> {
    let folder = PathBuf::from(std::env::var_os("SHOESPACE_FILM").unwrap_or("film".into()));
    std::fs::create_dir_all(&folder)?;
    let mut app = app;
    app.insert_resource(WinitSettings::continuous())
        .insert_resource(Film {
            folder,
            ..Film::default()
        })
        .add_systems(First, act)
        .run();
    Ok(())
}

fn act(
    mut film: ResMut<Film>,
    open: Res<OpenCatalogue>,
    times: Res<FrameTimes>,
    latent: Res<LatentCursor>,
    mut out: MessageWriter<Ask>,
    mut exit: MessageWriter<AppExit>,
    mut commands: Commands,
) {
    if times.first.is_none() || !latent.is_ready() || open.recommender.is_none() {
        return;
    }
    let Some((from, to)) = film.ends else {
        film.ends = super::ends(&open);
        return;
    };
    if let Some(asked) = film.asked {
        let there = latent
            .newest
            .made
            .as_ref()
            .is_some_and(|made| made.design.at == Some(asked));
        film.settled += usize::from(there);
        if film.settled == SETTLE {
            let path = film.folder.join(format!("{:03}.png", film.taken));
            commands
                .spawn(Screenshot::primary_window())
                .observe(save_to_disk(path));
        }
        if film.settled < 2 * SETTLE {
            return;
        }
        film.taken += 1;
        (film.asked, film.settled) = (None, 0);
    }
    if film.taken == PICTURES {
        exit.write(AppExit::Success);
        return;
    }
    let share = film.taken as f32 / (PICTURES - 1) as f32;
    let at: [f32; 3] = std::array::from_fn(|i| from[i] + share * (to[i] - from[i]));
    out.write(Ask::Cursor(match film.taken {
        0 => CursorCommand::Place { at, on: None },
        _ => CursorCommand::Move(at),
    }));
    film.asked = Some(at);
}
