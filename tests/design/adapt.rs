//! A generator becomes the catalogue's own.

use crate::fixture::*;
use shoespace::design::adapt::{self, Adaptation};
use shoespace::design::generators;
use shoespace::design::landing;
use shoespace::design::request::DesignRequest;
use shoespace::design::studio::Studio;
use shoespace::embed;
use shoespace::gan::{Ended, Told};
use shoespace::job::Job;
use shoespace::paths::Roots;
use shoespace::recommend::Recommender;

fn looking_studio() -> Studio {
    let weights = "models/efficientnet-lite0.safetensors";
    let embedder = embed::EFFICIENTNET_LITE0.load(weights.as_ref()).unwrap();
    let fixture = fixture();
    Studio::new(fixture.catalog(), fixture.named(), Some(embedder)).unwrap()
}

#[test]
fn it_is_trained_stopped_gone_on_with_used_and_discarded() {
    let (studio, folder) = (looking_studio(), tempfile::tempdir().unwrap());
    let (catalog, roots) = (studio.catalog().clone(), Roots::of_process(None));
    let own = || adapt::own(folder.path(), &catalog).unwrap();
    assert!(own().is_none());
    let mut run = Adaptation::begin(&studio, folder.path(), &roots, &Job::new()).unwrap();
    let mut saved = 0;
    let mut count = |told: Told<'_>| saved += usize::from(matches!(told, Told::Saved));
    let ended = run.run(0.01, &Job::new(), &mut count).unwrap();
    assert_eq!(
        (ended, run.output()),
        (Ended::Done, &*adapt::place(folder.path(), &catalog))
    );
    let minutes = run.minutes();
    assert!(minutes >= 0.01);
    let first = own().unwrap();

    // Paused before it began: nothing is lost, and it is saved.
    let paused = Job::new();
    paused.cancel();
    assert_eq!(run.run(1.0, &paused, &mut count).unwrap(), Ended::Stopped);
    assert_eq!(saved, 2);
    drop(run);

    // In another run of the program it goes on with what was begun.
    let mut run = Adaptation::begin(&studio, folder.path(), &roots, &Job::new()).unwrap();
    assert_eq!(run.minutes(), minutes);
    run.run(minutes + 0.01, &Job::new(), &mut |_| {}).unwrap();
    let second = own().unwrap();
    assert!(second.generator.info().minutes > minutes);

    // Its codes mean the same from one improvement to the next, and something else than those of one that ships.
    assert!(second.generator.has_codes_of(&first.generator));
    let ships = generators::load("models/shoegan-grey-32.safetensors".as_ref()).unwrap();
    assert!(!second.generator.has_codes_of(&ships.generator));
    let at = DesignRequest::at(catalog.positions()[4]);
    let adapted = studio.with_generator(second.clone()).unwrap();
    assert_eq!(adapted.generator_name(), second.name);
    assert_ne!(
        made(&studio, &at).design.generator,
        made(&adapted, &at).design.generator
    );

    // A design of the first is opened by what was kept of it, though its file holds the second now.
    let sha256 = &first.generator.info().sha256;
    generators::keep(&first, folder.path(), &Roots::new(vec![])).unwrap();
    let kept = folder
        .path()
        .join("kept")
        .join(format!("{sha256}.safetensors"));
    assert_eq!(
        generators::load(&kept).unwrap().generator.info().sha256,
        *sha256
    );

    adapt::discard(folder.path(), &catalog).unwrap();
    assert!(own().is_none());
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "what was kept for designs stays: {left:?}");
    adapt::discard(folder.path(), &catalog).unwrap();
}

#[test]
fn a_damaged_generator_of_its_own_is_told() {
    let (fixture, folder) = (fixture(), tempfile::tempdir().unwrap());
    let path = adapt::place(folder.path(), &fixture.catalog());
    std::fs::write(&path, "no generator").unwrap();
    let told = adapt::own(folder.path(), &fixture.catalog())
        .unwrap_err()
        .to_string();
    assert!(told.contains(&path.display().to_string()), "{told}");
}

#[test]
fn how_well_it_knows_the_shoes_is_counted_among_held_out_ones() {
    let studio = looking_studio();
    let recommender = Recommender::new(studio.catalog().clone()).unwrap();
    let fit = landing::fit(&studio, &recommender, 10, &Job::new()).unwrap();
    assert!(fit.of == 10 && fit.found <= 10, "{fit:?}");
    let all = landing::fit(&studio, &recommender, 1000, &Job::new()).unwrap();
    assert_eq!(all.of, SHOES / 5);
    let cancelled = Job::new();
    cancelled.cancel();
    assert!(landing::fit(&studio, &recommender, 10, &cancelled).is_err());
}
