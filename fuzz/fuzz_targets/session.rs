//! The session of a catalogue, read and used as the window does.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shoespace::job::Job;
use shoespace::recommend::Example;
use shoespace::workspace::facets::FacetModel;
use shoespace::workspace::filter::Finder;
use shoespace::workspace::layouts::{SceneLayout, by_components};
use shoespace::workspace::own_axes::by_own_axes;
use shoespace::workspace::session_file::SessionFile;
use shoespace_fuzz::{folder, png, run, small, told};
use std::sync::Arc;

fuzz_target!(|data: &[u8]| run(|| {
    let (catalog, recommender) = small();
    let home = folder().join("sessions");
    let _ = std::fs::remove_dir_all(&home);
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join("photo-1.png"), png()).unwrap();
    let path = home.join("a.json");
    std::fs::write(&path, data).unwrap();
    let (file, items, wrong) = SessionFile::read(path.clone());
    if let Some(wrong) = wrong {
        told(&wrong);
    }
    let session = file.saved();
    let model = Arc::new(FacetModel::new(&*catalog));
    let found = Finder::new(catalog.clone(), model).find(&session.wishes, None);
    let blocks: Vec<String> = recommender
        .block_names()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let mut query = session
        .tuning
        .query(found.mask.as_ref(), &blocks, &*catalog);
    query.target = Some(Example::Row(3));
    for item in items {
        match item {
            Ok((item, _)) => query.likes.extend(item.example()),
            Err(error) => told(&error),
        }
    }
    query.dislikes = session
        .dislikes
        .iter()
        .filter_map(|id| catalog.row_of(id))
        .map(Example::Row)
        .collect();
    if let Err(error) = recommender.recommend(&query) {
        told(&error);
    }
    match &session.layout {
        layout if !layout.is_sound() => {}
        SceneLayout::Components(axes) => drop(by_components(&recommender, *axes)),
        SceneLayout::Own(axes) => match by_own_axes(&recommender, axes, &Job::new()) {
            Ok((_, scales)) => scales.iter().for_each(|scale| drop(scale.ticks())),
            Err(error) => told(&error),
        },
        SceneLayout::Neighbourhoods => {}
    }
    // What was read can be written, and is the same then.
    session.save(&path).expect("it can be saved");
    let (again, _, wrong) = SessionFile::read(path);
    assert!(wrong.is_none(), "what was saved cannot be read: {wrong:?}");
    assert_eq!(format!("{:?}", again.saved()), format!("{session:?}"));
    for left in std::fs::read_dir(&home).unwrap() {
        let name = left.unwrap().file_name();
        assert!(
            ["a.json", "a.json.broken", "photo-1.png"]
                .iter()
                .any(|known| name == *known),
            "{name:?} was written"
        );
    }
}));
