//! Mirrored shoes: twice the pictures to learn from, each with the code of what it shows.
//!
//! A shop's photos mostly point one way. A generator that has seen only those asks the code for nothing of it, and cannot
//! make a shoe that points the other way. So each picture is mirrored and embedded anew.

use super::shoes::FramedShoes;
use crate::catalog::Catalog;
use crate::embed::Embedder;
use crate::gan::GanError;
use crate::job::Job;
use image::{RgbImage, imageops};
use std::sync::Mutex;

/// Pictures that are embedded at a time.
const BATCH: usize = 512;

impl FramedShoes {
    /// Adds the mirror image of every shoe, behind all others, with the blocks that `embedder` gives for it.
    ///
    /// # Errors
    /// The catalogue is damaged or of another embedder, the embedder failed, or the job was cancelled.
    pub fn add_mirrored(
        &mut self,
        catalog: &Catalog,
        embedder: &dyn Embedder,
        job: &Job,
    ) -> Result<(), GanError> {
        catalog.expect_embedder(embedder.id())?;
        let rows = self.rows.clone();
        job.stage("Embedding mirrored pictures", Some(rows.len() as u64));
        for rows in rows.chunks(BATCH) {
            let pictures = Mutex::new(Vec::with_capacity(rows.len()));
            catalog.for_each_picture(Some(rows), |row, picture| {
                let mirrored = imageops::flip_horizontal(&picture);
                pictures
                    .lock()
                    .unwrap_or_else(|e| e.into_inner())
                    .push((row, mirrored));
            })?;
            let mut pictures = pictures.into_inner().unwrap_or_else(|e| e.into_inner());
            pictures.sort_by_key(|(row, _)| *row);
            let pictures: Vec<RgbImage> =
                pictures.into_iter().map(|(_, picture)| picture).collect();
            for features in embedder.embed_observed(&pictures, job)? {
                for block in &mut self.blocks {
                    block.values.extend(features.block(&block.name));
                }
            }
        }
        let line = self.size * self.channels;
        let mirrored: Vec<u8> = self
            .pictures
            .chunks_exact(line)
            .flat_map(|line| line.chunks_exact(self.channels).rev().flatten().copied())
            .collect();
        self.pictures.extend(mirrored);
        self.views.extend_from_within(..);
        self.rows.extend(rows);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog::fixture::Fixture;
    use crate::catalog::picture::encode_png;
    use crate::catalog::writer::NewShoe;
    use crate::embed::{BLOCKS, EFFICIENTNET_LITE0, Embedder};
    use crate::gan::dataset::shoes::{FramedShoes, Split};
    use crate::job::Job;
    use image::{Rgb, RgbImage, imageops};

    /// A coloured wedge on white, high at the left.
    fn wedge(i: u32) -> RgbImage {
        RgbImage::from_fn(64, 64, |x, y| {
            let inside = (6..58).contains(&x) && y > 8 + x / 2 + i % 7 && y < 56;
            Rgb(if inside {
                [200, 30, (i * 3) as u8]
            } else {
                [255; 3]
            })
        })
    }

    #[test]
    fn mirrored_shoes_have_the_blocks_of_what_they_show() {
        // Tests run in the root of the clone that they are of.
        let weights = "models/efficientnet-lite0.safetensors";
        let embedder = EFFICIENTNET_LITE0.load(weights.as_ref()).unwrap();
        let embedder: &dyn Embedder = embedder.as_ref();
        let pictures: Vec<RgbImage> = (0..60).map(wedge).collect();
        let features = embedder.embed(&pictures).unwrap();
        let shoes = pictures
            .iter()
            .zip(&features)
            .map(|(picture, features)| NewShoe {
                picture: encode_png(picture),
                blocks: features
                    .blocks()
                    .into_iter()
                    .map(|(_, values)| values.to_vec())
                    .collect(),
                ..NewShoe::default()
            });
        let folder = tempfile::tempdir().unwrap();
        let id = embedder.id();
        let catalog = Fixture::new(BLOCKS.map(|block| (block.name, block.dims)))
            .embedded_by(&id.name, &id.sha256)
            .column(
                "split",
                crate::catalog::Values::text((0..60).map(|_| Some("train"))),
            )
            .shoes(shoes.collect::<Vec<_>>())
            .open(&folder.path().join("c.parquet"));
        let names = BLOCKS.map(|block| block.name);
        let job = Job::new();
        let mut shoes = FramedShoes::read(&catalog, Split::Train, [64, 3], &names, &job).unwrap();
        let count = shoes.len();
        shoes.add_mirrored(&catalog, embedder, &job).unwrap();
        assert_eq!(shoes.len(), 2 * count);
        assert_eq!(
            shoes.picture(count + 3),
            imageops::flip_horizontal(&shoes.picture(3))
        );
        let anew = embedder
            .embed(&[imageops::flip_horizontal(&pictures[5])])
            .unwrap();
        let style = shoes.blocks_of(count + 5)[0];
        let off = |a: &[f32], b: &[f32]| -> f32 {
            let sum: f32 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
            sum.sqrt()
        };
        assert!(off(style, anew[0].block("style")) < 1e-3);
        assert!(off(style, shoes.blocks_of(5)[0]) > 0.1);
    }
}
