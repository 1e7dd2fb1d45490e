//! A small catalogue made here, and a generator that was trained on it for a moment.

use half::f16;
use image::{Rgb, RgbImage};
use shoespace::catalog::writer::{CatalogWriter, NewShoe};
use shoespace::catalog::{Block, BlockInfo, Catalog, CatalogInfo, Column, EmbedderId, Values};
use shoespace::design::generators::{self, Named};
use shoespace::design::request::DesignRequest;
use shoespace::design::studio::Studio;
use shoespace::gan::{FrozenNetworks, TrainOptions, Training};
use shoespace::job::Job;
use shoespace::paths::Roots;
use shoespace::space::{BlockRows, Space};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

pub(crate) const SHOES: usize = 90;
pub(crate) const DIMS: [(&str, usize); 3] = [("style", 320), ("colour", 64), ("silhouette", 152)];

/// Numbers between −1 and 1 from a fixed sequence.
pub(crate) fn numbers(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed.wrapping_mul(2) + 1;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}

/// A catalogue of two kinds of grey boxes whose blocks follow a few hidden numbers.
pub(crate) fn write_catalogue(path: &Path, embedder: &str) {
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

pub(crate) struct Fixture {
    pub(crate) folder: tempfile::TempDir,
}

impl Fixture {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn named(&self) -> Named {
        generators::load(&self.path("models/shoegan-grey-32.safetensors")).unwrap()
    }

    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        Arc::new(Catalog::open(&self.path("data/boxes.parquet")).unwrap())
    }

    pub(crate) fn studio(&self) -> Studio {
        Studio::new(self.catalog(), self.named(), None).unwrap()
    }

    pub(crate) fn roots(&self) -> Roots {
        Roots::new(vec![self.folder.path().to_owned()])
    }
}

/// One catalogue and one generator for all tests.
pub(crate) fn fixture() -> &'static Fixture {
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

pub(crate) fn made(studio: &Studio, request: &DesignRequest) -> shoespace::design::studio::Made {
    studio.make(request).unwrap()
}

/// A drawing of a shoe: a foot, and a shaft so high.
pub(crate) fn drawn(shaft: u32) -> RgbImage {
    RgbImage::from_fn(80, 80, |x, y| {
        let foot = (10..70).contains(&x) && (46 + x / 8..64).contains(&y);
        let shaft = (10..30).contains(&x) && (60 - shaft..60).contains(&y);
        Rgb([if foot || shaft { 0 } else { 255 }; 3])
    })
}
