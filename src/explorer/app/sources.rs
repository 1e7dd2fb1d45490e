//! What is dropped on the window or chosen in a dialog: catalogues open, designs go to the latent cursor,
//! single photos become questions, everything else is imported.

use crate::catalog::import::is_table_name;
use crate::catalog::{Catalog, picture};
use crate::embed::{self, Embedder};
use crate::explorer::command::{Command, CursorCommand, Flight, Use};
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::state::{Launch, NoticeLevel, Notices, OpenCatalogue, Running, WakeUp};
use crate::explorer::worker::{Outcome, Task};
use crate::job::Job;
use crate::paths::Roots;
use crate::recommend::photo::as_in;
use crate::space::Space;
use crate::workspace::layouts::SceneLayout;
use crate::workspace::titles::file_name;
use crate::workspace::{Generation, Item, Photo};
use bevy::prelude::*;
use bevy::window::FileDragAndDrop;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Photos>().add_systems(
        Update,
        (dropped, route, ask_photo, photo_ready)
            .chain()
            .in_set(ExplorerSet::Arrive),
    );
}

/// Several files dropped together come one by one, in one frame or a few: they are gathered.
fn dropped(
    mut events: MessageReader<FileDragAndDrop>,
    mut waiting: Local<Vec<PathBuf>>,
    mut out: MessageWriter<Command>,
) {
    let before = waiting.len();
    for event in events.read() {
        if let FileDragAndDrop::DroppedFile { path_buf, .. } = event {
            waiting.push(path_buf.clone());
        }
    }
    if !waiting.is_empty() && waiting.len() == before {
        out.write(Command::Open(std::mem::take(&mut waiting)));
    }
}

/// What a path is to the explorer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A catalogue: a Parquet file, or a folder that holds some.
    Catalogue,
    /// A design that was saved.
    Design,
    /// One photo.
    Photo,
    /// Photos to be indexed: a folder, a zip, IDX files.
    Source,
}

/// Tells what a path is, by its name and, where that says nothing, by what is in it.
pub fn kind_of(path: &Path) -> Kind {
    let extension = |path: &Path| {
        path.extension()
            .map(|e| e.to_string_lossy().to_lowercase())
            .unwrap_or_default()
    };
    if path.is_dir() {
        let holds_shards = std::fs::read_dir(path).is_ok_and(|entries| {
            entries
                .flatten()
                .any(|entry| extension(&entry.path()) == "parquet")
        });
        return if holds_shards {
            Kind::Catalogue
        } else {
            Kind::Source
        };
    }
    match extension(path).as_str() {
        "parquet" => Kind::Catalogue,
        "json" => Kind::Design,
        "png" if crate::design::file::read(path).is_ok() => Kind::Design,
        _ if picture::is_named(path) => Kind::Photo,
        _ => Kind::Source,
    }
}

fn route(
    mut commands: MessageReader<Command>,
    open: Res<OpenCatalogue>,
    mut notices: ResMut<Notices>,
    mut out: Commands,
) {
    for command in commands.read() {
        let Command::Open(paths) = command else {
            continue;
        };
        // What went wrong before is no longer what this is about.
        notices
            .0
            .retain(|notice| notice.level != NoticeLevel::Error);
        // Of what was chosen together all is taken or nothing: a table is of no use without its photos.
        if let Some(missing) = paths.iter().find(|path| !path.exists()) {
            let name = missing.display();
            let why = format!("{name}: there is no such file or folder; check the path");
            out.write_message(Command::Refused(why));
            continue;
        }
        let mut sources = Vec::new();
        for path in paths {
            let kind = match kind_of(path) {
                // Beside photos it is a table.
                Kind::Design if paths.len() > 1 && crate::design::file::read(path).is_err() => {
                    Kind::Source
                }
                kind => kind,
            };
            match kind {
                Kind::Catalogue => {
                    out.write_message(Command::OpenCatalogue(path.clone()));
                }
                Kind::Design => {
                    let take_up = CursorCommand::Shelf(path.clone(), Use::Place);
                    out.write_message(Command::Cursor(take_up));
                }
                Kind::Photo if open.catalog.is_some() => {
                    out.write_message(Command::AskWithPhoto(path.clone()));
                }
                // Without a catalogue there is nothing to ask: the photos become one.
                Kind::Photo | Kind::Source => sources.push(path.clone()),
            }
        }
        let is_table = |path: &PathBuf| is_table_name(&path.to_string_lossy());
        if sources.is_empty() {
            continue;
        }
        if sources.len() < paths.len() && sources.iter().all(is_table) {
            let names = sources.iter().map(|path| file_name(path));
            let names = names.collect::<Vec<_>>().join(", ");
            notices.info(format!(
                "{names} was left aside: a table goes along with photos"
            ));
            continue;
        }
        out.write_message(Command::Import(sources));
    }
}

type Asked = Task<Result<(Photo, Arc<dyn Embedder>), String>>;

#[derive(Resource, Default)]
struct Photos {
    at_work: Vec<(Generation, Asked, Job)>,
    /// Kept once it is loaded.
    embedder: Option<Arc<dyn Embedder>>,
}

fn ask_photo(
    mut commands: MessageReader<Command>,
    mut photos: ResMut<Photos>,
    mut running: ResMut<Running>,
    mut notices: ResMut<Notices>,
    open: Res<OpenCatalogue>,
    launch: Option<Res<Launch>>,
    waker: Res<WakeUp>,
) {
    for command in commands.read() {
        let Command::AskWithPhoto(path) = command else {
            continue;
        };
        let (Some(catalog), Some(launch)) = (&open.catalog, &launch) else {
            notices.error(format!(
                "{}: open a catalogue first, then drop the photo to find what is like it",
                path.display()
            ));
            continue;
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let job = running.begin(format!("Looking at {name}"));
        job.stage("Embedding the photo", None);
        let (path, catalog, roots) = (path.clone(), catalog.clone(), launch.roots.clone());
        let embedder = photos.embedder.clone();
        let task = Task::spawn("photo", &waker.0, move || {
            place_photo(&path, &catalog, &roots, embedder)
        });
        photos.at_work.push((open.generation, task, job));
    }
}

/// Embeds a photo and finds its place in the space: nothing else moves.
fn place_photo(
    path: &Path,
    catalog: &Catalog,
    roots: &Roots,
    embedder: Option<Arc<dyn Embedder>>,
) -> Result<(Photo, Arc<dyn Embedder>), String> {
    let tell = |reason: &dyn std::fmt::Display| format!("{}: {reason}", path.display());
    let photo = picture::read(path).map_err(|e| e.to_string())?;
    let embedder = match embedder {
        Some(embedder) if *embedder.id() == catalog.info().embedder => embedder,
        _ => embed::embedder_of(&catalog.info().embedder)
            .open(roots)
            .map_err(|e| e.to_string())?,
    };
    catalog
        .expect_embedder(embedder.id())
        .map_err(|e| e.to_string())?;
    // What is kept for the screen is small, whatever the camera made.
    let shown = image::imageops::thumbnail(
        &photo,
        photo
            .width()
            .min(512 * photo.width() / photo.width().max(photo.height()))
            .max(1),
        photo
            .height()
            .min(512 * photo.height() / photo.width().max(photo.height()))
            .max(1),
    );
    let photo = as_in(catalog, photo);
    let features = embedder
        .embed(std::slice::from_ref(&photo))
        .map_err(|e| tell(&e))?
        .pop()
        .ok_or_else(|| tell(&"the embedder gave nothing for it; this is a bug"))?;
    let space = Space::of(catalog).map_err(|e| tell(&e))?.ok_or_else(|| {
        format!(
            "{}: holds no space to place a photo in; index the photos again with this shoespace",
            catalog.path().display()
        )
    })?;
    let embedding = space.embedding(&features.blocks()).map_err(|e| tell(&e))?;
    let position = crate::space::position(&space.coordinates(&embedding));
    let placed = Photo {
        name: path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        picture: shown,
        features,
        position,
    };
    Ok((placed, embedder))
}

fn photo_ready(
    mut photos: ResMut<Photos>,
    mut running: ResMut<Running>,
    mut notices: ResMut<Notices>,
    open: Res<OpenCatalogue>,
    mut out: MessageWriter<Command>,
) {
    let mut found = None;
    photos.at_work.retain(|(generation, task, job)| {
        let outcome = task.poll();
        if matches!(outcome, Outcome::Working) && !job.is_cancelled() {
            return true;
        }
        running.end(job);
        match outcome {
            Outcome::Done(Ok((photo, embedder))) => {
                found = Some(embedder);
                if *generation == open.generation && !job.is_cancelled() {
                    if open.layout == SceneLayout::FIRST {
                        out.write(Command::Fly(Flight::Point(photo.position.into())));
                    }
                    let item = Item::Photo(Arc::new(photo));
                    out.write(Command::Place(item.clone(), true));
                    out.write(Command::Select(Some(item)));
                }
            }
            Outcome::Done(Err(error)) => notices.error(error),
            Outcome::Lost => {
                notices.error("the photo could not be embedded (a bug); please report it");
            }
            Outcome::Working => {}
        }
        false
    });
    if found.is_some() {
        photos.embedder = found;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_what_they_look_like() {
        let folder = tempfile::tempdir().unwrap();
        let photos = folder.path().join("photos");
        let shards = folder.path().join("shards");
        std::fs::create_dir_all(&photos).unwrap();
        std::fs::create_dir_all(&shards).unwrap();
        std::fs::write(shards.join("a.parquet"), "").unwrap();
        let photo = folder.path().join("shoe.PNG");
        image::RgbImage::new(3, 3).save(&photo).unwrap();
        assert_eq!(kind_of(&photos), Kind::Source);
        assert_eq!(kind_of(&shards), Kind::Catalogue);
        assert_eq!(kind_of(Path::new("x.parquet")), Kind::Catalogue);
        assert_eq!(kind_of(&photo), Kind::Photo);
        assert_eq!(kind_of(Path::new("x.zip")), Kind::Source);
    }

    #[test]
    fn what_is_dropped_together_is_imported_together() {
        #[derive(Resource, Default)]
        struct Imported(Vec<Vec<PathBuf>>, Vec<String>);
        let folder = tempfile::tempdir().unwrap();
        let shop = folder.path().join("shop");
        std::fs::create_dir_all(shop.join("images")).unwrap();
        let table = folder.path().join("products_export.csv");
        std::fs::write(&table, "Handle,Image Src\n").unwrap();
        let mut app = App::new();
        app.add_plugins(MinimalPlugins)
            .add_message::<FileDragAndDrop>()
            .add_message::<Command>()
            .init_resource::<OpenCatalogue>()
            .init_resource::<Notices>()
            .init_resource::<Running>()
            .init_resource::<WakeUp>()
            .init_resource::<Imported>()
            .add_systems(
                Last,
                |mut commands: MessageReader<Command>, mut imported: ResMut<Imported>| {
                    for command in commands.read() {
                        match command {
                            Command::Import(sources) => imported.0.push(sources.clone()),
                            Command::Refused(why) => imported.1.push(why.clone()),
                            _ => {}
                        }
                    }
                },
            );
        plugin(&mut app);
        let mut drop = |paths: &[&Path]| {
            for path in paths {
                app.world_mut().write_message(FileDragAndDrop::DroppedFile {
                    window: Entity::PLACEHOLDER,
                    path_buf: path.to_path_buf(),
                });
                // The system hands several files over in several frames.
                app.update();
            }
            for _ in 0..4 {
                app.update();
            }
            let Imported(imported, told) =
                std::mem::take(&mut *app.world_mut().resource_mut::<Imported>());
            (told, imported)
        };
        let (told, imported) = drop(&[&shop, &table]);
        assert_eq!((told.len(), imported), (0, vec![vec![shop, table]]));
        let (told, imported) = drop(&[Path::new("/no/such/folder")]);
        assert!(imported.is_empty());
        assert!(
            told[0].contains("/no/such/folder: there is no such"),
            "{told:?}"
        );
    }
}
