//! Designs from end to end on a small catalogue made here, with a generator that was trained for a moment: its
//! shoes are no shoes, but codes, files, paths and messages are the real thing.

use half::f16;
use image::{Rgb, RgbImage};
use shoespace::catalog::writer::{CatalogWriter, NewShoe};
use shoespace::catalog::{Block, BlockInfo, Catalog, CatalogInfo, Column, EmbedderId, Values};
use shoespace::design::generators::{self, Named};
use shoespace::design::imagine::{Imagination, ImagineOptions};
use shoespace::design::item::Item;
use shoespace::design::request::DesignRequest;
use shoespace::design::route::{Line, Route};
use shoespace::design::settle::Settling;
use shoespace::design::studio::Studio;
use shoespace::design::{DesignError, MadeBy, file};
use shoespace::embed;
use shoespace::gan::{FrozenNetworks, TrainOptions, Training};
use shoespace::job::Job;
use shoespace::paths::Roots;
use shoespace::recommend::Recommender;
use shoespace::space::cursor::Fill;
use shoespace::space::{BlockRows, Space};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

const SHOES: usize = 90;
const DIMS: [(&str, usize); 3] = [("style", 320), ("colour", 64), ("silhouette", 152)];

/// Numbers between −1 and 1 from a fixed sequence.
fn numbers(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed.wrapping_mul(2) + 1;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}

/// A catalogue of two kinds of grey boxes whose blocks follow a few hidden numbers.
fn write_catalogue(path: &Path, embedder: &str) {
    let mut random = numbers(5);
    let maps: Vec<Vec<f32>> = DIMS
        .iter()
        .map(|(_, dims)| (0..dims * 8).map(|_| random()).collect())
        .collect();
    let mut shoes = Vec::new();
    for i in 0..SHOES {
        let boot = i % 2 == 0;
        let hidden: Vec<f32> = (0..8)
            .map(|h| random() + if h == 0 && boot { 2.0 } else { 0.0 })
            .collect();
        let blocks: Vec<Vec<f32>> = (maps.iter().zip(DIMS))
            .map(|(map, (_, dims))| {
                let at = |d: usize| (0..8).map(|h| hidden[h] * map[d * 8 + h]).sum::<f32>() + 1.0;
                (0..dims).map(|d| f16::from_f32(at(d)).to_f32()).collect()
            })
            .collect();
        let half = if boot { 10 } else { 5 };
        let picture = RgbImage::from_fn(28, 28, |x, y| {
            let inside = x.abs_diff(14) < 9 && y.abs_diff(14) < half;
            Rgb([if inside {
                (100.0 + 40.0 * hidden[1]) as u8
            } else {
                255
            }; 3])
        });
        let mut png = Cursor::new(Vec::new());
        picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
        shoes.push(NewShoe {
            id: format!("shoe-{i}"),
            picture: png.into_inner(),
            blocks,
            ..NewShoe::default()
        });
    }
    let blocks: Vec<Block> = (DIMS.iter().enumerate())
        .map(|(b, (name, dims))| Block {
            name: (*name).to_owned(),
            dims: *dims,
            values: shoes
                .iter()
                .flat_map(|s| s.blocks[b].iter().map(|&x| f16::from_f32(x)))
                .collect::<Vec<_>>()
                .into(),
        })
        .collect();
    let rows: Vec<BlockRows<'_>> = blocks.iter().map(BlockRows::from).collect();
    let space = Space::fit(&rows, 1, &Job::new()).unwrap();
    let positions = space.positions(&rows, &Job::new()).unwrap();
    for (shoe, position) in shoes.iter_mut().zip(positions) {
        shoe.position = position;
    }
    let info = |(name, dims): &(&str, usize)| BlockInfo {
        name: (*name).to_owned(),
        dims: *dims,
    };
    let id = EmbedderId {
        name: "made up".to_owned(),
        sha256: embedder.to_owned(),
    };
    let mut info = CatalogInfo::new(id, DIMS.iter().map(info).collect());
    info.is_grey = true;
    info.space = Some(space.to_stored());
    let kind = (0..SHOES).map(|i| Some(if i % 2 == 0 { "Ankle boot" } else { "Sneaker" }));
    let split = (0..SHOES).map(|i| Some(if i % 5 == 0 { "test" } else { "train" }));
    let columns = [
        Column::new("label", Values::text(kind)),
        Column::new("split", Values::text(split)),
    ];
    let mut writer = CatalogWriter::create(path, info, &columns).unwrap();
    writer.push(&shoes, &columns).unwrap();
    writer.finish().unwrap();
}

struct Fixture {
    folder: tempfile::TempDir,
}

impl Fixture {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn named(&self) -> Named {
        generators::load(&self.path("models/shoegan-grey-32.safetensors")).unwrap()
    }

    fn catalog(&self) -> Arc<Catalog> {
        Arc::new(Catalog::open(&self.path("data/boxes.parquet")).unwrap())
    }

    fn studio(&self) -> Studio {
        Studio::new(self.catalog(), self.named(), None).unwrap()
    }

    fn roots(&self) -> Roots {
        Roots::new(vec![self.folder.path().to_owned()])
    }
}

/// One catalogue and one generator for all tests of this file.
fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        for part in ["data", "models"] {
            std::fs::create_dir(folder.path().join(part)).unwrap();
        }
        let fixture = Fixture { folder };
        write_catalogue(&fixture.path("data/boxes.parquet"), "e0");
        write_catalogue(&fixture.path("data/other.parquet"), "e1");
        let options = TrainOptions {
            images: Some(64),
            ..TrainOptions::default()
        };
        let output = fixture.path("models/shoegan-grey-32.safetensors");
        let weights = "models/efficientnet-lite0.safetensors";
        let frozen = FrozenNetworks::load(weights.as_ref()).unwrap();
        let mut training = Training::begin(
            &fixture.catalog(),
            &options,
            None,
            &frozen,
            &output,
            &Job::new(),
        )
        .unwrap();
        training.run(&options, &Job::new(), &mut |_| {}).unwrap();
        fixture
    })
}

fn made(studio: &Studio, request: &DesignRequest) -> shoespace::design::studio::Made {
    studio.make(request).unwrap()
}

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
fn generate(arguments: &[&str]) -> assert_cmd::Command {
    let fixture = fixture();
    let mut command = assert_cmd::Command::cargo_bin("shoespace").unwrap();
    command
        .env("SHOESPACE_DATA", fixture.folder.path())
        .arg("generate")
        .arg("--catalogue")
        .arg(fixture.path("data/boxes.parquet"))
        .args(arguments);
    command
}

#[test]
fn generate_makes_a_sheet_of_a_kind_and_the_same_again() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one.png"), folder.path().join("two.png"));
    for out in [&one, &two] {
        let out = out.to_str().unwrap();
        generate(&[
            "--where",
            "label=Ankle boot",
            "--count",
            "10",
            "--seed",
            "7",
            "-o",
            out,
        ])
        .assert()
        .success();
    }
    let (a, b) = (
        image::open(&one).unwrap().to_rgb8(),
        image::open(&two).unwrap().to_rgb8(),
    );
    assert_eq!(a, b);
    // 4 columns, 3 rows, 2 white pixels between.
    assert_eq!(a.dimensions(), (4 * 34 - 2, 3 * 34 - 2));
    let other = folder.path().join("other.png");
    let out = other.to_str().unwrap();
    generate(&[
        "--where",
        "label=Ankle boot",
        "--count",
        "10",
        "--seed",
        "8",
        "-o",
        out,
    ])
    .assert()
    .success();
    assert_ne!(image::open(&other).unwrap().to_rgb8(), a);
}

#[test]
fn generate_one_design_saves_png_and_json_and_prints_it() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("design.png");
    let run = generate(&[
        "--id",
        "shoe-12",
        "--seed",
        "3",
        "--json",
        "-o",
        out.to_str().unwrap(),
    ])
    .assert()
    .success();
    let printed: serde_json::Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
    let design = file::read(&out).unwrap();
    assert_eq!(
        printed["designs"][0]["code"].as_array().unwrap().len(),
        design.code.len()
    );
    assert_eq!(file::read(&out.with_extension("json")).unwrap(), design);
    let opened = file::open(&out, |_| Some(fixture().named().generator)).unwrap();
    assert_eq!(image::open(&out).unwrap().to_rgb8(), opened.picture);
    // Negative coordinates are no flags.
    let at = [
        "--at",
        "-0.1,0.2,-0.05",
        "--fill",
        "pinned:shoe-3",
        "-o",
        out.to_str().unwrap(),
    ];
    generate(&at).assert().success();
}

#[test]
fn generate_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("x.png");
    let out = out.to_str().unwrap();
    let cases: [(&[&str], &str); 8] = [
        (&["--id", "shoe-999", "-o", out], "did you mean"),
        (
            &["--at", "0,0,0", "--fill", "sideways", "-o", out],
            "neighbourhood",
        ),
        (&["--where", "label=Boat", "-o", out], "loosen"),
        (&["--where", "lable=Sneaker", "-o", out], "label"),
        (&["--id", "shoe-1", "--count", "0", "-o", out], "--count"),
        (
            &["--id", "shoe-1", "--truncation", "-1", "-o", out],
            "truncation",
        ),
        (
            &["--id", "shoe-1", "-o", "/no/such/folder/x.png"],
            "/no/such/folder",
        ),
        (&["--id", "shoe-1", "-o", "x.tiff"], ".png"),
    ];
    for (arguments, says) in cases {
        let run = generate(arguments).assert().failure().code(1);
        let error = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(error.contains(says), "{arguments:?}: {error}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    generate(&["-o", out]).assert().failure().code(2);
    for more in [["--fill", "mean"], ["--steps", "3"], ["--line", "linear"]] {
        let mut run = generate(&["--id", "shoe-1", "-o", out, more[0], more[1]]);
        run.assert()
            .failure()
            .code(2)
            .stderr(predicates::str::contains("goes with"));
    }
    generate(&["--between", "shoe-1", "shoe-2", "--count", "5", "-o", out])
        .assert()
        .failure()
        .code(2);
    for point in ["1,2", "nan,0,0"] {
        let run = generate(&["--at", point, "-o", out])
            .assert()
            .failure()
            .code(2);
        let error = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(error.contains("three finite numbers"), "{point}: {error}");
    }
}

/// A drawing of a shoe: a foot, and a shaft so high.
fn drawn(shaft: u32) -> RgbImage {
    RgbImage::from_fn(80, 80, |x, y| {
        let foot = (10..70).contains(&x) && (46 + x / 8..64).contains(&y);
        let shaft = (10..30).contains(&x) && (60 - shaft..60).contains(&y);
        Rgb([if foot || shaft { 0 } else { 255 }; 3])
    })
}

#[test]
fn generate_follows_outlines_pulls_and_palettes() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for (name, shaft) in [("low.png", 10), ("high.png", 50)] {
        drawn(shaft).save(path(name)).unwrap();
    }
    // Grey with 16 bits and transparency, as drawing programs save.
    let see_through = image::ImageBuffer::from_fn(80, 80, |x, y| {
        let is_shoe = drawn(10).get_pixel(x, y).0[0] == 0;
        image::LumaA([0u16, if is_shoe { u16::MAX } else { 0 }])
    });
    see_through.save(path("alpha.png")).unwrap();
    let code = |more: &[&str]| {
        let out = path("design.png");
        let id = ["--id", "shoe-12", "-o", &out];
        generate(&[&id[..], more].concat()).assert().success();
        file::read(out.as_ref()).unwrap().code
    };
    let off = |a: &[f32], b: &[f32]| -> f32 {
        a.iter()
            .zip(b)
            .map(|(a, b)| (a - b).powi(2))
            .sum::<f32>()
            .sqrt()
    };
    let (plain, low, high) = (
        code(&[]),
        code(&["--outline", &path("low.png")]),
        code(&["--outline", &path("high.png")]),
    );
    assert!(off(&plain, &low) > 0.01 && off(&low, &high) > 0.01);
    let alpha = code(&["--outline", &path("alpha.png")]);
    assert!(
        off(&low, &alpha) < 0.2 * off(&low, &high),
        "the same drawing"
    );
    assert!(off(&plain, &code(&["--pull", "0.5,0,0,-0.4"])) > 0.01);
    assert!(off(&plain, &code(&["--palette", "black:3,white"])) > 0.01);
    // Several make a row of one design each, and so do the steps of a pull.
    let sheet = path("sheet.png");
    let both = [path("low.png"), path("high.png")];
    generate(&[
        "--id",
        "shoe-12",
        "-o",
        &sheet,
        "--outline",
        &both[0],
        &both[1],
    ])
    .assert()
    .success();
    assert_eq!(
        image::open(&sheet).unwrap().to_rgb8().dimensions(),
        (66, 32)
    );
    let pull = ["--pull", "0,0,0,-0.4", "--steps", "3", "--settle", "4"];
    let settled = [&["--image", &both[0], "-o", &sheet], &pull[..4]].concat();
    let run = generate(&settled).assert();
    // A photo has to be looked at, and the network for that is not beside this catalogue.
    run.failure()
        .stderr(predicates::str::contains("efficientnet"));
    let pulled = [&["--id", "shoe-12", "-o", &sheet], &pull[..4]].concat();
    generate(&pulled).assert().success();
    // A row, as what follows one from the other is.
    assert_eq!(image::open(&sheet).unwrap().to_rgb8().width(), 3 * 34 - 2);
}

#[test]
fn generate_says_what_is_wrong_with_an_outline_or_a_palette() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let one_colour = |grey: u8| RgbImage::from_pixel(40, 40, Rgb([grey; 3]));
    one_colour(255).save(path("white.png")).unwrap();
    one_colour(0).save(path("black.png")).unwrap();
    let bar = RgbImage::from_fn(200, 90, |x, y| {
        let inside = (10..190).contains(&x) && (40..50).contains(&y);
        Rgb([if inside { 0 } else { 255 }; 3])
    });
    bar.save(path("bar.png")).unwrap();
    RgbImage::new(2, 2).save(path("dot.png")).unwrap();
    std::fs::write(path("words.png"), "no picture at all").unwrap();
    drawn(10).save(path("shoe.png")).unwrap();
    let out = path("out/x.png");
    for (name, says) in [
        ("white.png", "empty"),
        ("black.png", "full"),
        ("bar.png", "the shape of no shoe"),
        ("dot.png", "at least 8"),
        ("words.png", "try another file"),
        ("gone.png", "cannot be read"),
    ] {
        let arguments = ["--id", "shoe-1", "-o", &out, "--outline", &path(name)];
        let run = generate(&arguments).assert().failure().code(1);
        let error = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(
            error.contains(name) && error.contains(says),
            "{name}: {error}"
        );
        assert_eq!(error.trim().lines().count(), 1, "{error}");
    }
    let shoe = path("shoe.png");
    for (arguments, says) in [
        (
            vec!["--id", "shoe-1", "--palette", "blurple"],
            "is no colour",
        ),
        (vec!["--id", "shoe-1", "--palette", ","], "is empty"),
        (vec!["--id", "shoe-1", "--pull", "0,0,up"], "is no pull"),
        (vec!["--at", "0,0,0", "--outline", &shoe], "goes with"),
        (vec!["--at", "0,0,0", "--pull", "0,0,0,1"], "goes with"),
        (vec!["--id", "shoe-1", "--steps", "3"], "goes with"),
        (
            vec!["--id", "shoe-1", "--outline", &shoe, &shoe, "--count", "2"],
            "leave --count out",
        ),
    ] {
        let run = generate(&[&arguments[..], &["-o", &out]].concat()).assert();
        run.failure()
            .code(2)
            .stderr(predicates::str::contains(says));
    }
    let over = ["--id", "shoe-1", "--outline", &shoe, "-o", &shoe];
    generate(&over).assert().failure();
    assert_eq!(image::open(&shoe).unwrap().to_rgb8(), drawn(10));
}

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
