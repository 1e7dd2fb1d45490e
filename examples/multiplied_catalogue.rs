//! Writes a catalogue as large as wanted out of a real one, for measuring: what a million shoes take in memory, how
//! long they take to open, to search, to draw.
//!
//! `cargo run --example multiplied_catalogue -- OUT.parquet [SHOES] [CATALOGUE] [SEED]`
//!
//! Each shoe has a real one's picture and metadata, and stands near it: its blocks are mixed with those of another one,
//! drawn at random. The first shoes are the real ones as they are. Written as it is made, so memory does not grow with
//! the number of shoes; the same seed gives the same file.

use anyhow::Context as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64;
use rayon::prelude::*;
use shoespace::catalog::writer::{CatalogWriter, NewShoe};
use shoespace::catalog::{Block, Catalog, Column};
use shoespace::paths::Roots;
use shoespace::space::Space;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Rows that are held at a time.
const BATCH: usize = 8192;
/// The most of another shoe that is mixed in.
const MIXED: f32 = 0.3;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let out = arguments.next().map(PathBuf::from);
    let out =
        out.context("where to? multiplied_catalogue OUT.parquet [SHOES] [CATALOGUE] [SEED]")?;
    let count: usize = match arguments.next() {
        Some(shoes) => shoes.parse().context("SHOES is a whole number")?,
        None => 1_000_000,
    };
    let of = match arguments.next() {
        Some(path) => PathBuf::from(path),
        None => Roots::of_process(None).default_catalogue()?,
    };
    let seed: u64 = match arguments.next() {
        Some(seed) => seed.parse().context("SEED is a whole number")?,
        None => 1,
    };
    let began = Instant::now();
    let catalog = Catalog::open(&of)?;
    let space = Space::of(&catalog)?.context("the catalogue has no space; index it anew")?;
    let info = catalog.info().clone();
    let blocks: Vec<Arc<Block>> = (info.blocks.iter())
        .map(|block| catalog.block(&block.name))
        .collect::<Result<_, _>>()?;
    let mut writer = CatalogWriter::create(&out, info, catalog.columns())?;
    for from in (0..count).step_by(BATCH) {
        let rows: Vec<usize> = (from..(from + BATCH).min(count)).collect();
        let shoes: Vec<NewShoe> = (rows.par_iter())
            .map(|&row| shoe(&catalog, &space, &blocks, row, seed))
            .collect::<anyhow::Result<_>>()?;
        let own: Vec<usize> = rows.iter().map(|row| row % catalog.len()).collect();
        let columns = catalog.columns().iter();
        let columns: Vec<Column> = columns
            .map(|column| Column::new(column.name.clone(), column.values.select(&own)))
            .collect();
        writer.push(&shoes, &columns)?;
    }
    writer.finish()?;
    println!("{} written after {:.1?}", out.display(), began.elapsed());
    Ok(())
}

fn shoe(
    catalog: &Catalog,
    space: &Space,
    blocks: &[Arc<Block>],
    row: usize,
    seed: u64,
) -> anyhow::Result<NewShoe> {
    let own = row % catalog.len();
    let copy = row / catalog.len();
    let mut random = Pcg64::seed_from_u64(seed ^ (row as u64) << 20);
    let other = random.random_range(0..catalog.len());
    let share = match copy {
        0 => 0.0,
        _ => random.random_range(0.0..MIXED),
    };
    let mixed: Vec<Vec<f32>> = (blocks.iter())
        .map(|block| {
            let (own, other) = (block.row_f32(own), block.row_f32(other));
            let pairs = own.iter().zip(&other);
            pairs.map(|(a, b)| a + share * (b - a)).collect()
        })
        .collect();
    let raw: Vec<(&str, &[f32])> = (blocks.iter().zip(&mixed))
        .map(|(block, values)| (block.name.as_str(), values.as_slice()))
        .collect();
    let embedding = space.embedding(&raw)?;
    let id = catalog.id(own);
    Ok(NewShoe {
        id: match copy {
            0 => id.to_owned(),
            copy => format!("{id}-{copy}"),
        },
        picture: catalog.picture_bytes(own)?.to_vec(),
        path: String::new(),
        position: space.place_on([0, 1, 2], &embedding),
        blocks: mixed,
    })
}
