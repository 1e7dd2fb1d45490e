//! Writes a catalogue of shoes that do not exist, as large as wanted, for measuring: what a million shoes
//! take in memory, how long they take to open, to fit, to search.
//!
//! `cargo run --example synthetic_catalogue -- OUT.parquet [SHOES] [SEED]`
//!
//! Every shoe belongs to one of 400 models: its blocks lie about the model's (as EfficientNet's do, never
//! negative, most of them small), its picture is one of 512 drawn ones, its columns are `label`, `brand`,
//! `year` and `price`. The same seed gives the same file. A million shoes take 4 GB while they are
//! written and a few minutes.

use std::path::PathBuf;

use anyhow::Context as _;
use half::f16;
use image::{ExtendedColorType, ImageEncoder as _, codecs::jpeg::JpegEncoder};
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64;
use rayon::prelude::*;
use shoespace::catalog::writer::{CatalogWriter, NewShoe};
use shoespace::catalog::{BlockInfo, CatalogInfo, Column, EmbedderId, Values};
use shoespace::embed::BLOCKS;
use shoespace::job::Job;
use shoespace::space::{AXES, BlockRows, Space, position};

const MODELS: usize = 400;
const PICTURES: usize = 512;
const SIDE: usize = 48;
const BATCH: usize = 8192;
const LABELS: [&str; 5] = ["Sandal", "Sneaker", "Ankle boot", "Loafer", "Pump"];

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let out = arguments.next().map(PathBuf::from);
    let out = out.context("where to? synthetic_catalogue OUT.parquet [SHOES] [SEED]")?;
    let count: usize = match arguments.next() {
        Some(shoes) => shoes.parse().context("SHOES is a whole number")?,
        None => 1_000_000,
    };
    let seed: u64 = match arguments.next() {
        Some(seed) => seed.parse().context("SEED is a whole number")?,
        None => 1,
    };
    let began = std::time::Instant::now();
    let specs = BLOCKS.map(|block| (block.name, block.dims));
    let blocks: Vec<Vec<f16>> = specs
        .iter()
        .enumerate()
        .map(|(block, (_, dims))| block_of(count, *dims, seed ^ (block as u64 + 1) << 40))
        .collect();
    let rows: Vec<BlockRows<'_>> = specs
        .iter()
        .zip(&blocks)
        .map(|((name, dims), values)| BlockRows {
            name,
            dims: *dims,
            values,
        })
        .collect();
    let space = Space::fit(&rows, seed, &Job::new())?;
    let places = space.project(&rows, &Job::new())?;
    println!("{count} shoes placed after {:.1?}", began.elapsed());

    let embedder = EmbedderId {
        name: "synthetic".to_owned(),
        sha256: "0".repeat(64),
    };
    let infos = specs.map(|(name, dims)| BlockInfo {
        name: name.to_owned(),
        dims,
    });
    let mut info = CatalogInfo::new(embedder, infos.to_vec());
    info.space = Some(space.to_stored());
    info.roles.kind = Some("label".to_owned());
    info.roles.brand = Some("brand".to_owned());
    info.source = vec![format!("synthetic_catalogue {count} {seed}")];
    info.thumbnail = SIDE as u32;

    let pictures: Vec<Vec<u8>> = (0..PICTURES).map(picture).collect::<Result<_, _>>()?;
    let mut writer = CatalogWriter::create(&out, info, &columns(0, 0))?;
    for from in (0..count).step_by(BATCH) {
        let to = (from + BATCH).min(count);
        let shoes: Vec<NewShoe> = (from..to)
            .into_par_iter()
            .map(|row| NewShoe {
                id: format!("shoe-{row:07}"),
                picture: pictures[model(row) * 7 % PICTURES].clone(),
                path: String::new(),
                blocks: rows
                    .iter()
                    .map(|block| {
                        let values = &block.values[row * block.dims..][..block.dims];
                        values.iter().map(|value| value.to_f32()).collect()
                    })
                    .collect(),
                position: position(&places[row * AXES..][..3]),
            })
            .collect();
        writer.push(&shoes, &columns(from, to))?;
    }
    writer.finish()?;
    println!("{} written after {:.1?}", out.display(), began.elapsed());
    Ok(())
}

/// The model of a shoe; large models come as often as in a shop: few are many.
fn model(row: usize) -> usize {
    let mixed = (row as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let share = mixed as f64 / f64::from(u32::MAX);
    ((share * share * MODELS as f64) as usize).min(MODELS - 1)
}

/// Raw values of a block: about those of the shoe's model, never negative.
fn block_of(count: usize, dims: usize, seed: u64) -> Vec<f16> {
    let mut rng = Pcg64::seed_from_u64(seed);
    let small = |rng: &mut Pcg64| rng.random_range(0f32..1.0).powi(3);
    let models: Vec<f32> = (0..MODELS * dims).map(|_| small(&mut rng)).collect();
    let mut values = vec![f16::ZERO; count * dims];
    values
        .par_chunks_mut(1024 * dims)
        .enumerate()
        .for_each(|(chunk, values)| {
            let mut rng = Pcg64::seed_from_u64(seed ^ chunk as u64);
            for (at, row) in values.chunks_exact_mut(dims).enumerate() {
                let centre = &models[model(chunk * 1024 + at) * dims..][..dims];
                for (value, centre) in row.iter_mut().zip(centre) {
                    let noise = rng.random_range(-0.4f32..0.4);
                    *value = f16::from_f32((centre + noise).max(0.0));
                }
            }
        });
    values
}

/// Metadata of the shoes `from..to`.
fn columns(from: usize, to: usize) -> Vec<Column> {
    let text = |words: Vec<String>, code: &dyn Fn(usize) -> usize| Values::Text {
        codes: (from..to).map(|row| code(row) as u32).collect(),
        words,
    };
    let brands = (0..60).map(|brand| format!("Brand {brand}")).collect();
    let labels = LABELS.map(str::to_owned).to_vec();
    let column = |name: &str, values| Column::new(name, values);
    vec![
        column("label", text(labels, &|row| model(row) % LABELS.len())),
        column("brand", text(brands, &|row| model(row) * 13 % 60)),
        column(
            "year",
            Values::Integer(
                (from..to)
                    .map(|row| Some(2005 + (row % 20) as i64))
                    .collect(),
            ),
        ),
        column(
            "price",
            Values::Real(
                (from..to)
                    .map(|row| Some((row % 977) as f64 / 4.0))
                    .collect(),
            ),
        ),
    ]
}

/// A drawn shoe: a sole, a shaft of some height, a colour; JPEG.
fn picture(number: usize) -> anyhow::Result<Vec<u8>> {
    let colour = [
        (number * 37 % 200) as u8,
        (number * 91 % 200) as u8,
        (number * 53 % 200) as u8,
    ];
    let shaft = SIDE / 6 + number * SIDE / (2 * PICTURES);
    let mut pixels = vec![255u8; SIDE * SIDE * 3];
    for y in 0..SIDE {
        for x in 0..SIDE {
            let up = SIDE - 6 - y.min(SIDE - 6);
            let toe = 4 + up * (x > SIDE / 2) as usize * 2;
            let is_shoe = y < SIDE - 6
                && ((up < SIDE / 5 && x >= 4 && x + toe < SIDE)
                    || (up < shaft && (4..SIDE / 2).contains(&x)));
            if is_shoe {
                pixels[(y * SIDE + x) * 3..][..3].copy_from_slice(&colour);
            }
        }
    }
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 85).write_image(
        &pixels,
        SIDE as u32,
        SIDE as u32,
        ExtendedColorType::Rgb8,
    )?;
    Ok(bytes)
}
