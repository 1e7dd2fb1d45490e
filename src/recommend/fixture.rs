//! Small catalogues for tests: three kinds of shoes in three colours, with known likeness.

use crate::catalog::fixture::Fixture;
use crate::catalog::picture::encode_png;
use crate::catalog::writer::NewShoe;
use crate::catalog::{Catalog, Values};
use rand::{RngExt as _, SeedableRng as _};
use std::path::Path;

/// Kinds, colours and genders, in turn.
pub(crate) const KINDS: [&str; 3] = ["Boots", "Heels", "Sandals"];
pub(crate) const COLOURS: [&str; 3] = ["Black", "Red", "White"];

/// Dimensions of `style`, `colour` and `silhouette`.
pub(crate) const DIMS: [usize; 3] = [24, 12, 16];

/// Row `row` is of kind `row % 3` and colour `row / 3 % 3`; every seventh has no gender; rows 9, 19, … are
/// the exact likeness of the row before them.
pub(crate) fn write(path: &Path, rows: usize) {
    let mut rng = rand_pcg::Pcg64Mcg::seed_from_u64(5);
    let mut part = |dims: usize, centre: usize, noise: f32| -> Vec<f32> {
        (0..dims)
            .map(|at| {
                let middle = if at % 3 == centre { 1.0 } else { 0.0 };
                middle + noise * (rng.random::<f32>() - 0.5)
            })
            .collect()
    };
    let mut shoes: Vec<NewShoe> = Vec::new();
    for row in 0..rows {
        let mut blocks = vec![
            part(DIMS[0], row % 3, 0.9),
            part(DIMS[1], row / 3 % 3, 0.7),
            part(DIMS[2], row % 3, 1.6),
        ];
        if row % 10 == 9 {
            blocks = shoes[row - 1].blocks.clone();
        }
        let colour = image::Rgb([(row * 37 % 256) as u8, 90, 30]);
        shoes.push(NewShoe {
            id: format!("shoe-{row:04}"),
            picture: encode_png(&image::RgbImage::from_pixel(8, 8, colour)),
            position: [blocks[0][0], blocks[0][1], blocks[1][0]],
            blocks,
            ..NewShoe::default()
        });
    }
    let of = |f: &dyn Fn(usize) -> Option<&'static str>| Values::text((0..rows).map(f));
    let years = (0..rows).map(|row| Some(2010 + (row % 5) as i64));
    Fixture::new(["style", "colour", "silhouette"].into_iter().zip(DIMS))
        .column("kind", of(&|row| Some(KINDS[row % 3])))
        .column("hue", of(&|row| Some(COLOURS[row / 3 % 3])))
        .column(
            "gender",
            of(&|row| (row % 7 != 0).then_some(if row % 2 == 0 { "Women" } else { "Men" })),
        )
        .column("year", Values::Integer(years.collect()))
        .column("maker", of(&|_| Some("Only one")))
        .shoes(shoes)
        .write(path);
}

/// A catalogue of so many shoes in a folder that goes with the test.
pub(crate) fn catalogue(rows: usize) -> (tempfile::TempDir, std::sync::Arc<Catalog>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fixture.parquet");
    write(&path, rows);
    let catalog = Catalog::open(&path).unwrap();
    (folder, std::sync::Arc::new(catalog))
}
