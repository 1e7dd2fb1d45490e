//! Designs: made, settled, saved, imagined, steered.

use crate::fixture::*;
use shoespace::catalog::Catalog;
use shoespace::design::generators;
use shoespace::design::imagine::{Imagination, ImagineOptions};
use shoespace::design::item::Item;
use shoespace::design::request::DesignRequest;
use shoespace::design::route::{Line, Route};
use shoespace::design::settle::Settling;
use shoespace::design::studio::Studio;
use shoespace::design::{DesignError, MadeBy, file};
use shoespace::embed;
use shoespace::job::Job;
use shoespace::paths::Roots;
use shoespace::recommend::Recommender;
use shoespace::space::cursor::Fill;
use std::path::PathBuf;
use std::sync::Arc;

#[test]
fn on_a_shoe_the_design_has_that_shoes_code() {
    let studio = fixture().studio();
    let noise = studio.generator().noise(3, 0);
    for row in [0, 17, 88] {
        let at = studio.catalog().positions()[row];
        let design = made(
            &studio,
            &DesignRequest {
                noise: noise.clone(),
                ..DesignRequest::at(at)
            },
        )
        .design;
        let shoe = studio.features(row).unwrap();
        assert_eq!(design.code, studio.code_of(&shoe).unwrap());
    }
}

#[test]
fn a_saved_design_opens_to_the_same_picture_from_png_and_json() {
    let studio = fixture().studio();
    let folder = tempfile::tempdir().unwrap();
    let request = DesignRequest {
        noise: studio.generator().noise(1, 2),
        truncation: 0.7,
        fill: Fill::Pinned(4),
        ..DesignRequest::at([0.05, -0.1, 0.2])
    };
    let made = made(&studio, &request);
    let png = file::save(
        &made.design,
        &made.picture,
        &folder.path().join("design.png"),
    )
    .unwrap();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    for path in [png.clone(), png.with_extension("json")] {
        let opened = file::open(&path, |sha| {
            generators::by_sha256(sha, &fixture().roots()).map(|n| n.generator)
        })
        .unwrap();
        assert!(opened.exact);
        assert_eq!(opened.picture, made.picture);
        assert_eq!(opened.design.code, made.design.code);
        assert_eq!(opened.design.noise, made.design.noise);
    }
    // The PNG's own pixels are the picture, too.
    assert_eq!(image::open(&png).unwrap().to_rgb8(), made.picture);
    // Taken up again it is made to the bit, and moves on from there.
    let mut again = DesignRequest::default();
    again.take_up(&made.design, request.at, "design");
    assert_eq!(studio.make(&again).unwrap().picture, made.picture);
    again.at[0] += 0.3;
    assert_ne!(studio.make(&again).unwrap().design.code, made.design.code);
}

#[test]
fn settling_comes_nearer_and_the_same_seed_finds_the_same() {
    let fixture = fixture();
    let embedder = embed::EFFICIENTNET_LITE0
        .load("models/efficientnet-lite0.safetensors".as_ref())
        .unwrap();
    let studio = Studio::new(fixture.catalog(), fixture.named(), Some(embedder)).unwrap();
    let asked = studio.embedding(&studio.features(3).unwrap()).unwrap();
    let made = made(&studio, &DesignRequest::at(studio.catalog().positions()[3]));
    let settled = |seed: u64| {
        let begun_at = (&made.design, &made.picture);
        let mut settling = Settling::begin(&studio, begun_at, &asked, seed).unwrap();
        let first = settling.best().gap;
        let mut last = first;
        while settling.count() < 49 {
            let better = settling.advance(&studio).unwrap();
            assert_eq!(better, settling.best().gap < last);
            last = settling.best().gap;
        }
        assert!(last < first, "{last} {first}");
        settling.best().clone()
    };
    let (a, b, other) = (settled(1), settled(1), settled(2));
    assert_eq!((&a.design, &a.picture), (&b.design, &b.picture));
    assert_ne!(a.design.code, other.design.code);
    assert!(a.design.code.iter().all(|c| c.abs() <= 3.0));
    // What was found is a design like any other: it decodes to the picture that was judged.
    assert_eq!(a.design.decode(studio.generator()).unwrap(), a.picture);
}

#[test]
fn imagined_shoes_are_a_catalogue_with_words_and_what_is_missing_is_told() {
    let fixture = fixture();
    let weights = "models/efficientnet-lite0.safetensors";
    let embedder = embed::EFFICIENTNET_LITE0.load(weights.as_ref()).unwrap();
    let named = fixture.named();
    let generator = named.generator.clone();
    let folder = tempfile::tempdir().unwrap();
    let options = ImagineOptions {
        count: 12,
        seed: 4,
        gaps: false,
    };
    let alone = Imagination {
        generator: &generator,
        embedder: &*embedder,
        beside: None,
    };
    let written = |imagination: &Imagination<'_>, name: &str, options: &ImagineOptions| {
        let path = folder.path().join(name);
        imagination.write(&path, options, &Job::new()).unwrap();
        Catalog::open(&path).unwrap()
    };
    let catalog = written(&alone, "alone.parquet", &options);
    assert_eq!((catalog.len(), catalog.is_grey()), (12, true));
    assert_eq!(catalog.id(0), "imagined-00001");
    // What the fixture's shoes are called is known to the generator that learned from them.
    let label = catalog.column("label").expect("a column of kinds");
    assert!((0..12).all(|row| {
        label
            .text(row)
            .is_some_and(|word| word == "Ankle boot" || word == "Sneaker")
    }));
    assert!(catalog.column("label certainty").unwrap().is_numeric());
    assert!(catalog.column("nearest shoe").is_none());
    let again = written(&alone, "again.parquet", &options);
    assert_eq!(again.picture(7).unwrap(), catalog.picture(7).unwrap());
    let gaps = ImagineOptions {
        gaps: true,
        count: 5,
        ..options
    };
    let path = folder.path().join("none.parquet");
    let refused = alone.write(&path, &gaps, &Job::new()).unwrap_err();
    assert!(refused.to_string().contains("name one"), "{refused}");
    assert!(!path.exists());

    let studio = Studio::new(fixture.catalog(), named, Some(embedder.clone())).unwrap();
    let recommender = Recommender::new(fixture.catalog()).unwrap();
    let beside = Imagination {
        beside: Some((&studio, &recommender)),
        ..alone
    };
    let missing = written(&beside, "missing.parquet", &gaps);
    let gap = missing.column("gap").expect("how large each gap is");
    let sizes: Vec<f64> = (0..missing.len())
        .filter_map(|row| gap.number(row))
        .collect();
    assert!(
        !sizes.is_empty() && sizes.is_sorted_by(|a, b| a >= b),
        "{sizes:?}"
    );
    let ghosts = beside.missing(&gaps, &Job::new()).unwrap();
    assert_eq!(ghosts.len(), missing.len());
    for (row, ghost) in ghosts.iter().enumerate() {
        assert_eq!(ghost.design.picture, missing.picture(row).unwrap());
        assert_eq!(label.text(row).is_some(), !ghost.reads_as.is_empty());
        assert!(ghost.design.landed.is_some() && (0.0..=100.0).contains(&ghost.newness));
        // Its code and noise make it again.
        let again = ghost.design.design.decode(studio.generator()).unwrap();
        assert_eq!(again, ghost.design.picture);
    }
    assert!(alone.missing(&gaps, &Job::new()).is_err(), "of what?");
    let near = missing
        .column("nearest shoe")
        .expect("the nearest real shoe");
    assert!(near.text(0).is_some_and(|id| id.starts_with("shoe-")));
}

#[test]
fn broken_files_are_refused_with_what_to_do() {
    let studio = fixture().studio();
    let folder = tempfile::tempdir().unwrap();
    let made = made(&studio, &DesignRequest::at([0.0; 3]));
    let png = file::save(
        &made.design,
        &made.picture,
        &folder.path().join("design.png"),
    )
    .unwrap();
    let none = |_: &str| None;
    let other = file::open(&png, none).unwrap_err();
    assert!(matches!(other, DesignError::OtherGenerator { .. }));
    assert!(other.to_string().contains("models/"), "{other}");
    // One byte of the text chunk's letters is wrong, so that its checksum is.
    let mut bytes = std::fs::read(&png).unwrap();
    let at = bytes.windows(6).position(|w| w == b"\"code\"").unwrap();
    bytes[at + 1] ^= 1;
    std::fs::write(&png, &bytes).unwrap();
    let broken = file::read(&png).unwrap_err().to_string();
    assert!(
        broken.contains("design.json") && broken.contains("design.png"),
        "{broken}"
    );
    // Cut short, empty, no design, a NaN, a newer version.
    for cut in [bytes.len() / 2, 20, 0] {
        std::fs::write(&png, &bytes[..cut]).unwrap();
        assert!(file::read(&png).is_err());
    }
    let plain = folder.path().join("plain.png");
    made.picture.save(&plain).unwrap();
    assert!(
        file::read(&plain)
            .unwrap_err()
            .to_string()
            .contains("without a design")
    );
    let json = folder.path().join("bad.json");
    for (text, says) in [
        ("{}".to_owned(), "no design"),
        (
            serde_json::to_string(&made.design)
                .unwrap()
                .replace("\"version\":1", "\"version\":9"),
            "newer",
        ),
    ] {
        std::fs::write(&json, text).unwrap();
        let error = file::read(&json).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    let mut nan = made.design.clone();
    nan.code[0] = f32::NAN;
    let before = std::fs::read_dir(folder.path()).unwrap().count();
    assert!(file::save(&nan, &made.picture, &folder.path().join("nan.png")).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), before);
    let nowhere = file::save(
        &made.design,
        &made.picture,
        &folder.path().join("no/such/design.png"),
    );
    assert!(matches!(nowhere, Err(DesignError::Write { .. })));
}

#[test]
fn what_does_not_fit_is_said() {
    let fixture = fixture();
    let other = Arc::new(Catalog::open(&fixture.path("data/other.parquet")).unwrap());
    let misfit = generators::expect_fit(&fixture.named(), &other).unwrap_err();
    // The command that mends it is the face's to say: the error has what it takes.
    let (path, _) = misfit.wants_training().expect("training would help");
    assert_eq!(path, other.path());
    assert!(misfit.to_string().contains("embedder"), "{misfit}");
    assert!(generators::for_catalogue(&other, &fixture.roots()).is_err());
    let empty = Roots::new(vec![PathBuf::from("/nowhere")]);
    let none = generators::for_catalogue(&fixture.catalog(), &empty).unwrap_err();
    let (_, model) = none.wants_training().expect("training would help");
    assert_eq!(model, "shoegan-grey-32.safetensors");
    assert_eq!(
        generators::for_catalogue(&fixture.catalog(), &fixture.roots())
            .unwrap()
            .name,
        "shoegan-grey-32"
    );
    let studio = fixture.studio();
    assert!(
        studio
            .make(&DesignRequest::at([f32::NAN, 0.0, 0.0]))
            .is_err()
    );
    let pinned = DesignRequest {
        fill: Fill::Pinned(SHOES),
        ..DesignRequest::default()
    };
    assert!(studio.make(&pinned).is_err());
    let mut stranger = made(&studio, &DesignRequest::default()).design;
    stranger.generator = MadeBy {
        name: "other".to_owned(),
        sha256: "00".to_owned(),
    };
    assert!(stranger.decode(studio.generator()).is_err());
}

#[test]
fn sliders_directions_and_mixing_change_the_code() {
    let studio = fixture().studio();
    let plain = made(&studio, &DesignRequest::at([0.1, 0.1, 0.0]))
        .design
        .code;
    let codes = studio.codes(&Job::new()).unwrap();
    let label = studio.catalog().column("label").unwrap();
    let boot = Arc::new(codes.direction(label, Some("Ankle boot")).unwrap());
    let steered = DesignRequest {
        directions: vec![(boot.clone(), 1.0)],
        ..DesignRequest::at([0.1, 0.1, 0.0])
    };
    let steered = made(&studio, &steered).design.code;
    let along: f32 = steered
        .iter()
        .zip(&plain)
        .zip(&boot.along)
        .map(|((s, p), a)| (s - p) * a)
        .sum();
    assert!(along > 0.5, "{along}");
    let moved = DesignRequest {
        components: vec![2.0],
        ..DesignRequest::at([0.1, 0.1, 0.0])
    };
    assert_ne!(made(&studio, &moved).design.code, plain);
    // In a grey catalogue colour tells nothing, so borrowing it changes nothing; it must not fail either.
    let mixed = DesignRequest {
        colour_of: Some(Item::Row(3)),
        ..DesignRequest::at([0.1, 0.1, 0.0])
    };
    assert_eq!(made(&studio, &mixed).design.code.len(), plain.len());
}

#[test]
fn a_path_of_a_shoe_to_itself_is_refused() {
    let studio = fixture().studio();
    let noise = studio.generator().noise(0, 0);
    let station = |row| studio.station(row, noise.clone()).unwrap();
    assert!(Route::new(vec![station(3), station(3)], Line::Spherical).is_err());
    let way = Route::new(vec![station(3), station(4)], Line::Spherical).unwrap();
    assert_eq!(way.at(0.0).0, station(3).code);
    assert_eq!(way.at(1.0).0, station(4).code);
}

/// `shoespace generate` on the catalogue of these tests.
#[test]
fn what_is_asked_for_by_hand_goes_along_when_the_cursor_moves() {
    use shoespace::design::handles::Handles;
    use shoespace::design::outline::Outline;
    let studio = fixture().studio();
    let outline = Outline::of(&drawn(40)).unwrap();
    let handles = Handles {
        outline: Some(Arc::new(outline.clone())),
        palette: Some("black".parse().unwrap()),
    };
    let at = studio.catalog().positions()[4];
    let shaped = DesignRequest {
        handles,
        ..DesignRequest::at(at)
    };
    let (plain, held) = (
        made(&studio, &DesignRequest::at(at)),
        made(&studio, &shaped),
    );
    assert_ne!(plain.design.code, held.design.code);
    let cosines = studio.cosines(&plain.asked, &held.asked);
    let changed = |name: &str| cosines.iter().any(|(own, by)| *own == name && *by < 0.99);
    assert!(
        changed("silhouette") && changed("colour") && !changed("style"),
        "{cosines:?}"
    );
    assert!(plain.outline_reached().is_none());
    assert!(
        held.outline_reached()
            .is_some_and(|it| (0.0..=1.0).contains(&it))
    );
    let mut moved = shaped.clone();
    moved.at[0] += 0.05;
    let moved = made(&studio, &moved);
    assert_ne!(moved.design.code, held.design.code);
    assert_eq!(moved.outline.as_deref(), Some(&outline));
    // A design that was taken up is changed by what is drawn on it, and is itself again without.
    let mut kept = DesignRequest::default();
    kept.take_up(&plain.design, at, "kept");
    assert_eq!(made(&studio, &kept).picture, plain.picture);
    kept.handles = shaped.handles.clone();
    assert_ne!(made(&studio, &kept).design.code, plain.design.code);
}
