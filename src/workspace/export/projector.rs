//! For TensorFlow's Embedding Projector, in TensorBoard or alone (projector.tensorflow.org): vectors and metadata as
//! tab-separated values, all pictures in one, and what joins them, in both forms that are read.

use super::sprite::{self, Grid};
use super::{ExportError, same_letters};
use crate::catalog::Catalog;
use crate::job::Job;
use crate::recommend::Recommender;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

const TENSORS: &str = "tensors.tsv";
const METADATA: &str = "metadata.tsv";
const SPRITE: &str = "sprite.png";

/// Rows between two looks at whether somebody asked to stop.
const BATCH: usize = 256;

/// Writes the folder; it is there whole, or not at all.
pub(super) fn write(
    recommender: &Recommender,
    folder: &Path,
    job: &Job,
) -> Result<(), ExportError> {
    let failed = ExportError::write(folder);
    if folder.exists() {
        let is_empty = std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_none());
        if !is_empty {
            return Err(ExportError::Taken(folder.to_owned()));
        }
    }
    let beside = folder.parent().filter(|f| !f.as_os_str().is_empty());
    let mut making = tempfile::Builder::new();
    making.prefix(".shoespace-");
    // Without this only its owner could read it; the process's umask still applies.
    #[cfg(unix)]
    making.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    let making = making
        .tempdir_in(beside.unwrap_or(Path::new(".")))
        .map_err(&failed)?;
    fill(recommender, making.path(), job)?;
    if folder.exists() {
        std::fs::remove_dir(folder).map_err(&failed)?;
    }
    std::fs::rename(making.path(), folder).map_err(&failed)?;
    // It has its name now: there is nothing left to be deleted.
    let _ = making.keep();
    Ok(())
}

fn fill(recommender: &Recommender, folder: &Path, job: &Job) -> Result<(), ExportError> {
    let catalog = recommender.catalog();
    let embeddings = recommender.embeddings();
    let grid = Grid::of(catalog.len(), catalog.info().thumbnail);
    job.stage("Writing vectors", Some(catalog.len() as u64));
    file(folder, TENSORS, |to| {
        for row in 0..catalog.len() {
            if row % BATCH == 0 {
                job.check().map_err(io::Error::other)?;
                job.advance(BATCH.min(catalog.len() - row) as u64);
            }
            let numbers = embeddings.row(row).iter();
            // Sixteen bits are told apart by five digits.
            let texts: Vec<String> = numbers.map(|x| short(x.to_f32())).collect();
            writeln!(to, "{}", texts.join("\t"))?;
        }
        Ok(())
    })
    .map_err(|error| match job.check() {
        Err(cancelled) => cancelled.into(),
        Ok(()) => error,
    })?;
    file(folder, METADATA, |to| metadata(catalog, to))?;
    job.stage("Drawing pictures", None);
    let sprite = sprite::draw(catalog, grid)?;
    let path = folder.join(SPRITE);
    sprite.save(&path).map_err(|error| ExportError::Encode {
        path: path.clone(),
        reason: error.to_string(),
    })?;
    let shape = [catalog.len(), embeddings.dims()];
    let alone = serde_json::json!({ "embeddings": [{
        "tensorName": catalog.name(),
        "tensorShape": shape,
        "tensorPath": TENSORS,
        "metadataPath": METADATA,
        "sprite": { "imagePath": SPRITE, "singleImageDim": [grid.side, grid.side] },
    }]});
    file(folder, "projector_config.json", |to| {
        write!(to, "{alone:#}")
    })?;
    let name = serde_json::Value::from(catalog.name());
    let side = grid.side;
    file(folder, "projector_config.pbtxt", |to| {
        write!(
            to,
            "embeddings {{\n  tensor_name: {name}\n  tensor_path: \"{TENSORS}\"\n  metadata_path: \"{METADATA}\"\n  \
             sprite {{\n    image_path: \"{SPRITE}\"\n    single_image_dim: {side}\n    single_image_dim: {side}\n  }}\n}}\n"
        )
    })
}

fn file(
    folder: &Path,
    name: &str,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), ExportError> {
    let path = folder.join(name);
    let write = || {
        let mut to = BufWriter::new(File::create(&path)?);
        fill(&mut to)?;
        to.flush()
    };
    write().map_err(ExportError::write(&path))
}

/// A number in as few letters as tell it.
fn short(x: f32) -> String {
    let plain = format!("{x:.5}");
    let plain = plain.trim_end_matches('0').trim_end_matches('.');
    match plain {
        "-0" | "" => "0".to_owned(),
        plain => plain.to_owned(),
    }
}

/// A table with a header; of one column the Projector wants none.
fn metadata(catalog: &Catalog, to: &mut dyn Write) -> io::Result<()> {
    let columns = catalog.columns();
    if !columns.is_empty() {
        let is_users = columns.iter().any(|c| same_letters(&c.name, "id"));
        write!(to, "{}", if is_users { "shoe" } else { "id" })?;
        for column in columns {
            write!(to, "\t{}", on_one_line(&column.name))?;
        }
        writeln!(to)?;
    }
    for row in 0..catalog.len() {
        write!(to, "{}", on_one_line(catalog.id(row)))?;
        for column in columns {
            write!(
                to,
                "\t{}",
                on_one_line(&column.text(row).unwrap_or_default())
            )?;
        }
        writeln!(to)?;
    }
    Ok(())
}

/// Without the signs that part cells and rows: this kind of table has no quotes.
fn on_one_line(text: &str) -> String {
    text.replace(['\t', '\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use super::super::{Target, export_for};
    use super::*;
    use crate::catalog::Values;
    use crate::catalog::fixture::Fixture;
    use crate::catalog::writer::NewShoe;
    use image::{Rgb, RgbImage};
    use std::sync::Arc;

    fn recommender(folder: &Path) -> Recommender {
        let shoe = |row: u8| NewShoe {
            picture: crate::catalog::picture::encode_png(&RgbImage::from_pixel(
                10,
                5,
                Rgb([row * 50, 0, 0]),
            )),
            blocks: vec![vec![f32::from(row), 1.0, 0.5]],
            ..NewShoe::default()
        };
        let names = ["a\tb", "c\nd", "e", "", "größer"];
        let catalog = Fixture::new([("style", 3)])
            .column("name", Values::text(names.map(Some)))
            .shoes((0..5).map(shoe))
            .open(&folder.join("shoes.parquet"));
        Recommender::new(Arc::new(catalog)).unwrap()
    }

    #[test]
    fn the_parts_fit_together() {
        let place = tempfile::tempdir().unwrap();
        let recommender = recommender(place.path());
        let out = place.path().join("projector");
        export_for(Target::Projector, &recommender, &out, &Job::new()).unwrap();
        let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
        let tensors = read(TENSORS);
        let rows: Vec<Vec<f32>> = (tensors.lines())
            .map(|line| line.split('\t').map(|x| x.parse().unwrap()).collect())
            .collect();
        assert_eq!(rows.len(), 5);
        for (row, found) in rows.iter().enumerate() {
            let wanted = recommender.embeddings().row_f32(row);
            assert!(found.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-5));
            assert_eq!(found.len(), 3);
        }
        assert_eq!(
            read(METADATA),
            "id\tname\nshoe-0\ta b\nshoe-1\tc d\nshoe-2\te\nshoe-3\t\nshoe-4\tgrößer\n"
        );
        let config: serde_json::Value =
            serde_json::from_str(&read("projector_config.json")).unwrap();
        assert_eq!(
            config["embeddings"][0]["tensorShape"],
            serde_json::json!([5, 3])
        );
        let side = config["embeddings"][0]["sprite"]["singleImageDim"][0]
            .as_u64()
            .unwrap() as u32;
        let sprite = image::open(out.join(SPRITE)).unwrap().into_rgb8();
        assert_eq!(sprite.width(), 3 * side);
        // The fourth shoe is the first of the second row, in the middle of its square.
        assert_eq!(sprite.get_pixel(side / 2, side + side / 2).0, [150, 0, 0]);
        assert_eq!(sprite.get_pixel(side / 2, side).0, [255; 3]);
        assert!(read("projector_config.pbtxt").contains(&format!("single_image_dim: {side}")));
        // What is there stays.
        let error = export_for(Target::Projector, &recommender, &out, &Job::new()).unwrap_err();
        assert!(matches!(error, ExportError::Taken(_)), "{error}");
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_job_that_is_stopped_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let recommender = recommender(place.path());
        let (out, job) = (place.path().join("projector"), Job::new());
        job.cancel();
        let error = export_for(Target::Projector, &recommender, &out, &job).unwrap_err();
        assert!(matches!(error, ExportError::Cancelled(_)), "{error}");
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn numbers_are_short_and_exact_enough() {
        for (x, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-0.25, "-0.25"),
            (0.1, "0.1"),
        ] {
            assert_eq!(short(x), text);
        }
    }
}
