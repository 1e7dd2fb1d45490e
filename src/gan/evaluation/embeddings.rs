//! Pictures as the embedder sees them, ready for comparing.

use crate::embed::{COLOUR, Embedder, Features, STYLE};
use crate::gan::GanError;
use crate::gan::dataset::shoes::RawBlock;
use crate::gan::ops::distances;
use crate::job::Job;
use image::RgbImage;
use rayon::prelude::*;

/// How much colour counts beside style where there is colour.
const COLOUR_WEIGHT: f32 = 0.7;

/// Features of some pictures.
pub(super) struct Embeddings {
    /// Raw style, row-major.
    pub style: Vec<f32>,
    /// Raw colour, row-major.
    pub colour: Vec<f32>,
    pub dims: [usize; 2],
}

impl Embeddings {
    /// What the embedder makes of `count` pictures; `seen` is what it is shown of each.
    ///
    /// # Errors
    /// The job was cancelled, or the embedder failed.
    pub fn of(
        count: usize,
        seen: &(dyn Fn(usize) -> RgbImage + Sync),
        embedder: &dyn Embedder,
        job: &Job,
    ) -> Result<Self, GanError> {
        let mut all = Self {
            style: Vec::new(),
            colour: Vec::new(),
            dims: [STYLE.dims, COLOUR.dims],
        };
        let rows: Vec<usize> = (0..count).collect();
        for rows in rows.chunks(256) {
            job.check()?;
            let pictures: Vec<RgbImage> = rows.par_iter().map(|&i| seen(i)).collect();
            let features: Vec<Features> = embedder.embed_observed(&pictures, job)?;
            for f in features {
                all.style.extend(f.block(STYLE.name));
                all.colour.extend(f.block(COLOUR.name));
            }
        }
        Ok(all)
    }

    /// What a catalogue says of its own pictures, where both blocks are among `blocks`.
    pub fn known(blocks: &[RawBlock]) -> Option<Self> {
        let block = |name: &str| blocks.iter().find(|block| block.name == name);
        let (style, colour) = (block(STYLE.name)?, block(COLOUR.name)?);
        Some(Self {
            style: style.values.clone(),
            colour: colour.values.clone(),
            dims: [style.dims, colour.dims],
        })
    }

    pub fn len(&self) -> usize {
        self.style.len() / self.dims[0].max(1)
    }

    /// The raw style of picture `i`.
    pub fn style_of(&self, i: usize) -> &[f32] {
        &self.style[i * self.dims[0]..][..self.dims[0]]
    }

    /// The mean of each raw block.
    pub fn means(&self) -> [Vec<f32>; 2] {
        let mean = |values: &[f32], dims: usize| {
            let mut sum = vec![0.0f64; dims];
            for row in values.chunks_exact(dims.max(1)) {
                sum.iter_mut()
                    .zip(row)
                    .for_each(|(s, &x)| *s += f64::from(x));
            }
            let rows = self.len().max(1) as f64;
            sum.into_iter().map(|s| (s / rows) as f32).collect()
        };
        [
            mean(&self.style, self.dims[0]),
            mean(&self.colour, self.dims[1]),
        ]
    }

    /// The embedding for judging: each block less its mean, brought to unit length; style, and colour at
    /// 0.7 where the generator makes colour. Row-major; the second is the length of a row.
    pub fn embedding(&self, means: &[Vec<f32>; 2], with_colour: bool) -> (Vec<f32>, usize) {
        let weights = [1.0, if with_colour { COLOUR_WEIGHT } else { 0.0 }];
        let dims = self.dims[0] + if with_colour { self.dims[1] } else { 0 };
        let mut out = Vec::with_capacity(self.len() * dims);
        for i in 0..self.len() {
            let rows = [
                self.style_of(i),
                &self.colour[i * self.dims[1]..][..self.dims[1]],
            ];
            for ((row, mean), weight) in rows.iter().zip(means).zip(weights) {
                if weight == 0.0 {
                    continue;
                }
                let centred: Vec<f32> = row.iter().zip(mean).map(|(x, m)| x - m).collect();
                let length = centred.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-9);
                out.extend(centred.iter().map(|x| x * weight / length));
            }
        }
        (out, dims)
    }
}

/// For each row of `a`, `f` of its number and its squared distances to all rows of `b`.
pub(super) fn for_each_row<R: Send>(
    a: &[f32],
    b: &[f32],
    dims: usize,
    f: impl Fn(usize, &[f32]) -> R + Sync,
) -> Vec<R> {
    let others = b.len() / dims.max(1);
    if others == 0 {
        return Vec::new();
    }
    let parts: Vec<Vec<R>> = a
        .par_chunks(32 * dims)
        .enumerate()
        .map(|(part, rows)| {
            distances(rows, b, dims)
                .chunks_exact(others)
                .enumerate()
                .map(|(i, line)| f(part * 32 + i, line))
                .collect()
        })
        .collect();
    parts.into_iter().flatten().collect()
}

/// The least of a line and where it is; the first of equals.
pub(super) fn least(line: &[f32]) -> (usize, f32) {
    line.iter().enumerate().fold(
        (0, f32::INFINITY),
        |best, (i, &d)| if d < best.1 { (i, d) } else { best },
    )
}

/// The `k` least of a line, nearest first.
pub(super) fn least_k(line: &[f32], k: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..line.len()).collect();
    let by = |a: &usize, b: &usize| line[*a].total_cmp(&line[*b]).then(a.cmp(b));
    if k < order.len() {
        order.select_nth_unstable_by(k, by);
        order.truncate(k);
    }
    order.sort_unstable_by(by);
    order
}

/// Mean distance of the pairs of `rows`.
pub(super) fn mean_pair_distance(rows: &[&[f32]]) -> f64 {
    let mut sum = 0.0;
    let mut pairs = 0u32;
    for (i, a) in rows.iter().enumerate() {
        for b in &rows[i + 1..] {
            let squared: f32 = a.iter().zip(*b).map(|(x, y)| (x - y).powi(2)).sum();
            sum += f64::from(squared).sqrt();
            pairs += 1;
        }
    }
    sum / f64::from(pairs.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_statistics() {
        assert_eq!(least(&[3.0, 1.0, 1.0]), (1, 1.0));
        assert_eq!(least_k(&[3.0, 1.0, 2.0, 0.5], 2), [3, 1]);
        assert_eq!(least_k(&[3.0, 1.0], 5), [1, 0]);
        assert!((mean_pair_distance(&[&[0.0, 0.0], &[3.0, 4.0]]) - 5.0).abs() < 1e-9);
        let rows = for_each_row(&[0.0, 1.0, 5.0], &[1.0, 4.0], 1, |i, line| {
            (i, least(line).0)
        });
        assert_eq!(rows, [(0, 0), (1, 0), (2, 1)]);
    }
}
