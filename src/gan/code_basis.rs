//! The basis of a generator: from the raw blocks `style` and `colour` of any embedding to a code.
//!
//! Both blocks are centred on the training shoes. Style is brought to unit length shoe by shoe, as cosines do;
//! colour is scaled for all shoes alike, because its histogram is linear in the mean colour, which a length of its
//! own for each shoe would hide. The principal coordinates of the two together, divided by their deviations and
//! kept within ±3, are the code. All means and axes lie in the generator's own file.

use super::GanError;
use crate::gan::tensor_file::Tensors;
use crate::numeric::{PrincipalAxis, centre, principal_axes, scatter};
use std::path::Path;

/// How far a coordinate of a code may go, in deviations: generators have seen nothing beyond.
pub const CODE_LIMIT: f32 = 3.0;

/// The basis of a generator's codes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CodeBasis {
    /// What style is multiplied by after it was brought to unit length, and colour as it is.
    weights: [f32; 2],
    /// Mean of each raw block.
    means: [Vec<f32>; 2],
    /// Mean of the two blocks together, centred, scaled and weighted.
    mean: Vec<f32>,
    /// Rows: principal axes divided by the deviation along them.
    axes: Vec<Vec<f32>>,
    /// Share of the whole variance that the axes hold.
    pub share: f32,
}

impl CodeBasis {
    /// Fits a basis of at most `dims` axes on training shoes: `blocks` holds their raw style and colour, row-major,
    /// with so many numbers each; `weights` says how far from its mean each block lies (0: it does not count).
    ///
    /// # Errors
    /// The shoes are all alike, or a number is not finite.
    pub fn fit(
        blocks: [(&[f32], usize); 2],
        weights: [f32; 2],
        dims: usize,
    ) -> Result<Self, GanError> {
        let rows = blocks[0].0.len() / blocks[0].1.max(1);
        let means = blocks.map(|(values, n)| mean_of(values, n));
        let width = blocks[0].1 + blocks[1].1;
        let colour_reach = deviation(blocks[1].0, &means[1]).max(1e-6);
        let mut basis = Self {
            weights: [weights[0], weights[1] / colour_reach],
            means,
            mean: vec![0.0; width],
            axes: Vec::new(),
            share: 0.0,
        };
        let joined: Vec<f32> = (0..rows)
            .flat_map(|i| basis.joined(blocks.map(|(v, n)| &v[i * n..(i + 1) * n])))
            .collect();
        if joined.iter().any(|x| !x.is_finite()) {
            return Err(GanError::DamagedEmbedding);
        }
        let mut joined: Vec<f64> = joined.into_iter().map(f64::from).collect();
        basis.mean = centre(&mut joined, width)
            .iter()
            .map(|m| *m as f32)
            .collect();
        let covariance = scatter(&joined, width) / rows as f64;
        let total = covariance.trace();
        let floor = (total * 1e-7).max(1e-12);
        let axes: Vec<PrincipalAxis> = principal_axes(covariance, dims)?
            .into_iter()
            .filter(|axis| axis.share * total > floor)
            .collect();
        if axes.is_empty() {
            return Err(GanError::AllAlike);
        }
        basis.share = axes.iter().map(|axis| axis.share).sum::<f64>() as f32;
        for PrincipalAxis { direction, share } in axes {
            let scale = 1.0 / (share * total).sqrt();
            basis
                .axes
                .push(direction.iter().map(|x| (x * scale) as f32).collect());
        }
        Ok(basis)
    }

    /// Numbers in a code.
    pub fn dims(&self) -> usize {
        self.axes.len()
    }

    /// Numbers in the raw blocks: style, colour.
    pub fn block_dims(&self) -> [usize; 2] {
        [self.means[0].len(), self.means[1].len()]
    }

    /// The code of one shoe's raw blocks, whose lengths were checked. A block of zeros is one that is not
    /// known: it counts as the mean.
    pub fn code(&self, blocks: [&[f32]; 2]) -> Vec<f32> {
        let mut joined = self.joined(blocks);
        joined.iter_mut().zip(&self.mean).for_each(|(x, m)| *x -= m);
        let dot = |axis: &Vec<f32>| -> f32 { axis.iter().zip(&joined).map(|(a, x)| a * x).sum() };
        self.axes
            .iter()
            .map(|axis| dot(axis).clamp(-CODE_LIMIT, CODE_LIMIT))
            .collect()
    }

    fn joined(&self, blocks: [&[f32]; 2]) -> Vec<f32> {
        let mut joined = Vec::with_capacity(self.mean.len());
        for (block, mean) in blocks.iter().zip(&self.means) {
            let known = block.iter().any(|&x| x != 0.0);
            joined.extend(
                block
                    .iter()
                    .zip(mean)
                    .map(|(x, m)| if known { x - m } else { 0.0 }),
            );
        }
        let (style, colour) = joined.split_at_mut(blocks[0].len());
        let length = style.iter().map(|x| x * x).sum::<f32>().sqrt();
        let scale = self.weights[0] / length.max(1e-6);
        style.iter_mut().for_each(|x| *x *= scale);
        colour.iter_mut().for_each(|x| *x *= self.weights[1]);
        joined
    }

    /// Adds the basis to the tensors of a file.
    pub fn store(&self, tensors: &mut Tensors) {
        tensors.put("basis/weights", &[2], &self.weights);
        tensors.put("basis/style_mean", &[self.means[0].len()], &self.means[0]);
        tensors.put("basis/colour_mean", &[self.means[1].len()], &self.means[1]);
        tensors.put("basis/mean", &[self.mean.len()], &self.mean);
        tensors.put("basis/share", &[1], &[self.share]);
        let shape = [self.axes.len(), self.mean.len()];
        tensors.put("basis/axes", &shape, &self.axes.concat());
    }

    /// Reads the basis out of the tensors of `path`.
    ///
    /// # Errors
    /// A tensor is missing or of another shape.
    pub fn restore(tensors: &Tensors, path: &Path) -> Result<Self, GanError> {
        let take = |name: &str| tensors.take(&format!("basis/{name}"), path);
        let weights = take("weights")?;
        let means = [take("style_mean")?, take("colour_mean")?];
        let (mean, axes) = (take("mean")?, take("axes")?);
        let width = means[0].len() + means[1].len();
        let &[style, colour] = weights.as_slice() else {
            return Err(GanError::model(path, "its basis has no two weights"));
        };
        if width == 0 || mean.len() != width || axes.len() % width != 0 {
            return Err(GanError::model(path, "the parts of its basis do not fit"));
        }
        Ok(Self {
            weights: [style, colour],
            means,
            mean,
            axes: axes.chunks_exact(width).map(<[f32]>::to_vec).collect(),
            share: take("share")?.first().copied().unwrap_or_default(),
        })
    }
}

/// The root mean square distance of rows from their mean.
fn deviation(values: &[f32], mean: &[f32]) -> f32 {
    let rows = values.chunks_exact(mean.len().max(1));
    let count = rows.len().max(1) as f64;
    let square = |(x, m): (&f32, &f32)| f64::from(x - m).powi(2);
    let sum: f64 = rows.flat_map(|row| row.iter().zip(mean).map(square)).sum();
    (sum / count).sqrt() as f32
}

fn mean_of(values: &[f32], width: usize) -> Vec<f32> {
    let mut sum = vec![0.0f64; width];
    for row in values.chunks_exact(width.max(1)) {
        sum.iter_mut()
            .zip(row)
            .for_each(|(s, x)| *s += f64::from(*x));
    }
    let rows = (values.len() / width.max(1)).max(1) as f64;
    sum.iter().map(|s| (s / rows) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shoes(rows: usize) -> (Vec<f32>, Vec<f32>) {
        let mut random = crate::gan::random::random(5, 0);
        let mut normal = || crate::gan::random::normal(&mut random);
        let mut style = Vec::new();
        for _ in 0..rows {
            let (a, b) = (normal(), normal());
            style.extend([2.0 * a, a + b, b, 0.3 * normal(), 5.0]);
        }
        (style, (0..rows * 3).map(|_| normal()).collect())
    }

    #[test]
    fn codes_are_white_on_the_shoes_of_the_fit() {
        let (style, colour) = shoes(4000);
        let basis = CodeBasis::fit([(&style, 5), (&colour, 3)], [1.0, 0.5], 4).unwrap();
        assert_eq!(basis.dims(), 4);
        assert!(basis.share > 0.8 && basis.share <= 1.0);
        let codes: Vec<Vec<f32>> = (0..4000)
            .map(|i| basis.code([&style[i * 5..][..5], &colour[i * 3..][..3]]))
            .collect();
        for k in 0..4 {
            let mean: f32 = codes.iter().map(|c| c[k]).sum::<f32>() / 4000.0;
            let power: f32 = codes.iter().map(|c| c[k] * c[k]).sum::<f32>() / 4000.0;
            assert!(
                mean.abs() < 0.02 && (power - 1.0).abs() < 0.05,
                "{mean} {power}"
            );
        }
    }

    #[test]
    fn it_comes_back_from_a_file_as_it_was() {
        let (style, colour) = shoes(100);
        let basis = CodeBasis::fit([(&style, 5), (&colour, 3)], [1.0, 0.0], 4).unwrap();
        let mut tensors = Tensors::default();
        basis.store(&mut tensors);
        let back = CodeBasis::restore(&tensors, Path::new("x")).unwrap();
        assert_eq!(basis, back);
        assert_eq!(
            basis.code([&style[..5], &[0.0; 3]]),
            basis.code([&style[..5], &colour[..3]])
        );
    }

    #[test]
    fn shoes_that_are_all_alike_are_refused() {
        let error = CodeBasis::fit([(&[1.0; 50], 5), (&[2.0; 30], 3)], [1.0, 1.0], 4).unwrap_err();
        assert!(error.to_string().contains("alike"), "{error}");
    }

    #[test]
    fn an_embedding_that_is_not_finite_is_refused() {
        let (mut style, colour) = shoes(100);
        style[7] = f32::NAN;
        let error = CodeBasis::fit([(&style, 5), (&colour, 3)], [1.0, 1.0], 4).unwrap_err();
        assert!(error.to_string().contains("not finite"), "{error}");
    }
}
