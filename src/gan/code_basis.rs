//! The basis of a generator: from the raw blocks of any embedding to a code.
//!
//! Each block is centred on the training shoes. Style is brought to unit length shoe by shoe, as cosines do; the
//! others are scaled for all shoes alike, because a palette is linear in the mean colour and an outline in what
//! covers each cell, which a length of its own for each shoe would hide. The principal coordinates of all
//! together, divided by their deviations and kept within ±3, are the code. All means and axes lie in the generator's
//! own file.

use super::GanError;
use super::info::CodeBlock;
use crate::embed::{COLOUR, SILHOUETTE, STYLE};
use crate::gan::tensor_file::Tensors;
use crate::numeric::{PrincipalAxis, centre, principal_axes, scatter};
use std::path::Path;

/// How far a coordinate of a code may go, in deviations: generators have seen nothing beyond.
pub const CODE_LIMIT: f32 = 3.0;
/// How much the outline counts beside style, as in the embedding (0.4 to 0.3).
const OUTLINE_WEIGHT: f32 = 1.15;
/// In a grey catalogue the palette is tones, which style tells too.
const TONES_WEIGHT: f32 = 0.7;

/// Raw blocks of some shoes, and how much the block counts in a code.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockRows<'a> {
    pub name: &'a str,
    /// Numbers of a shoe.
    pub dims: usize,
    /// Row-major.
    pub values: &'a [f32],
    /// How far from its mean the block lies in the joined vector (0: it does not count).
    pub weight: f32,
}

/// How much the block of that name counts in codes of shoes in grey, or in colour.
pub(super) fn weight_of(name: &str, grey: bool) -> f32 {
    match name {
        n if n == COLOUR.name && grey => TONES_WEIGHT,
        n if n == SILHOUETTE.name => OUTLINE_WEIGHT,
        _ => 1.0,
    }
}

/// The basis of a generator's codes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CodeBasis {
    blocks: Vec<BasisBlock>,
    /// Mean of the blocks together, centred, scaled and weighted.
    mean: Vec<f32>,
    /// Rows: principal axes divided by the deviation along them.
    axes: Vec<Vec<f32>>,
    /// Share of the whole variance that the axes hold.
    pub share: f32,
}

/// A block in a basis.
#[derive(Debug, Clone, PartialEq)]
struct BasisBlock {
    name: String,
    /// What it is multiplied by: style after it was brought to unit length, others as they are.
    weight: f32,
    /// Its mean, raw.
    mean: Vec<f32>,
}

impl BasisBlock {
    fn of(rows: &BlockRows<'_>) -> Self {
        let mean = mean_of(rows.values, rows.dims);
        let reach = if is_unit(rows.name) {
            1.0
        } else {
            deviation(rows.values, &mean).max(1e-6)
        };
        Self {
            name: rows.name.to_owned(),
            weight: rows.weight / reach,
            mean,
        }
    }

    /// Appends the block as it stands in the joined vector. A block of zeros is one that is not known: it counts as
    /// the mean.
    fn append(&self, block: &[f32], joined: &mut Vec<f32>) {
        if block.iter().all(|&x| x == 0.0) {
            joined.extend(std::iter::repeat_n(0.0, block.len()));
            return;
        }
        let from = joined.len();
        joined.extend(block.iter().zip(&self.mean).map(|(x, m)| x - m));
        let centred = &mut joined[from..];
        let scale = if is_unit(&self.name) {
            let length = centred.iter().map(|x| x * x).sum::<f32>().sqrt();
            self.weight / length.max(1e-6)
        } else {
            self.weight
        };
        centred.iter_mut().for_each(|x| *x *= scale);
    }
}

/// Whether a block is brought to unit length shoe by shoe.
fn is_unit(name: &str) -> bool {
    name == STYLE.name
}

impl CodeBasis {
    /// Fits a basis of at most `dims` axes on the raw blocks of training shoes.
    ///
    /// # Errors
    /// The shoes are all alike, or a number is not finite.
    pub fn fit(rows: &[BlockRows<'_>], dims: usize) -> Result<Self, GanError> {
        let blocks: Vec<BasisBlock> = rows.iter().map(BasisBlock::of).collect();
        let width = blocks.iter().map(|b| b.mean.len()).sum();
        let mut basis = Self {
            blocks,
            mean: vec![0.0; width],
            axes: Vec::new(),
            share: 0.0,
        };
        let shoes = rows
            .first()
            .map_or(0, |block| block.values.len() / block.dims.max(1));
        let joined: Vec<f32> = (0..shoes)
            .flat_map(|i| {
                let of_shoe: Vec<&[f32]> = rows
                    .iter()
                    .map(|block| &block.values[i * block.dims..(i + 1) * block.dims])
                    .collect();
                basis.joined(&of_shoe)
            })
            .collect();
        if joined.iter().any(|x| !x.is_finite()) {
            return Err(GanError::DamagedEmbedding);
        }
        let mut joined: Vec<f64> = joined.into_iter().map(f64::from).collect();
        basis.mean = centre(&mut joined, width)
            .iter()
            .map(|m| *m as f32)
            .collect();
        let covariance = scatter(&joined, width) / shoes as f64;
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

    /// The blocks that a code is made of, in their order.
    pub fn blocks(&self) -> Vec<CodeBlock> {
        let block = |b: &BasisBlock| CodeBlock {
            name: b.name.clone(),
            dims: b.mean.len(),
        };
        self.blocks.iter().map(block).collect()
    }

    /// The code of one shoe's raw blocks, in the basis's order, whose lengths were checked.
    pub fn code(&self, blocks: &[&[f32]]) -> Vec<f32> {
        let mut joined = self.joined(blocks);
        joined.iter_mut().zip(&self.mean).for_each(|(x, m)| *x -= m);
        let dot = |axis: &Vec<f32>| -> f32 { axis.iter().zip(&joined).map(|(a, x)| a * x).sum() };
        self.axes
            .iter()
            .map(|axis| dot(axis).clamp(-CODE_LIMIT, CODE_LIMIT))
            .collect()
    }

    fn joined(&self, blocks: &[&[f32]]) -> Vec<f32> {
        let mut joined = Vec::with_capacity(self.mean.len());
        for (own, block) in self.blocks.iter().zip(blocks) {
            own.append(block, &mut joined);
        }
        joined
    }

    /// Adds the basis to the tensors of a file.
    pub fn store(&self, tensors: &mut Tensors) {
        let weights: Vec<f32> = self.blocks.iter().map(|b| b.weight).collect();
        tensors.put("basis/weights", &[weights.len()], &weights);
        for block in &self.blocks {
            let name = format!("basis/{}_mean", block.name);
            tensors.put(name, &[block.mean.len()], &block.mean);
        }
        tensors.put("basis/mean", &[self.mean.len()], &self.mean);
        tensors.put("basis/share", &[1], &[self.share]);
        let shape = [self.axes.len(), self.mean.len()];
        tensors.put("basis/axes", &shape, &self.axes.concat());
    }

    /// Reads the basis of `blocks` out of the tensors of `path`.
    ///
    /// # Errors
    /// A tensor is missing or of another shape.
    pub fn restore(tensors: &Tensors, blocks: &[CodeBlock], path: &Path) -> Result<Self, GanError> {
        let take = |name: &str| tensors.take(&format!("basis/{name}"), path);
        let weights = take("weights")?;
        let (mean, axes) = (take("mean")?, take("axes")?);
        // A description may tell any numbers.
        let widths = blocks.iter().map(|b| b.dims);
        let width = widths.fold(0_usize, usize::saturating_add);
        if weights.len() != blocks.len() {
            return Err(GanError::model(
                path,
                format!("its basis has no {} weights", blocks.len()),
            ));
        }
        if width == 0 || mean.len() != width || axes.len() % width != 0 {
            return Err(GanError::model(path, "the parts of its basis do not fit"));
        }
        let block = |(block, &weight): (&CodeBlock, &f32)| {
            let name = format!("basis/{}_mean", block.name);
            Ok(BasisBlock {
                name: block.name.clone(),
                weight,
                mean: tensors.take_shaped(&name, &[block.dims], path)?,
            })
        };
        Ok(Self {
            blocks: blocks
                .iter()
                .zip(&weights)
                .map(block)
                .collect::<Result<_, GanError>>()?,
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

    /// Style of five numbers a shoe and colour of three.
    fn rows<'a>(style: &'a [f32], colour: &'a [f32], weights: [f32; 2]) -> [BlockRows<'a>; 2] {
        [
            ("style", 5, style, weights[0]),
            ("colour", 3, colour, weights[1]),
        ]
        .map(|(name, dims, values, weight)| BlockRows {
            name,
            dims,
            values,
            weight,
        })
    }

    #[test]
    fn codes_are_white_on_the_shoes_of_the_fit() {
        let (style, colour) = shoes(4000);
        let basis = CodeBasis::fit(&rows(&style, &colour, [1.0, 0.5]), 4).unwrap();
        assert_eq!(basis.dims(), 4);
        assert!(basis.share > 0.8 && basis.share <= 1.0);
        let codes: Vec<Vec<f32>> = (0..4000)
            .map(|i| basis.code(&[&style[i * 5..][..5], &colour[i * 3..][..3]]))
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
        let basis = CodeBasis::fit(&rows(&style, &colour, [1.0, 0.0]), 4).unwrap();
        let mut tensors = Tensors::default();
        basis.store(&mut tensors);
        let back = CodeBasis::restore(&tensors, &basis.blocks(), Path::new("x")).unwrap();
        assert_eq!(basis, back);
        assert_eq!(
            basis.code(&[&style[..5], &[0.0; 3]]),
            basis.code(&[&style[..5], &colour[..3]])
        );
    }

    #[test]
    fn a_description_of_any_numbers_is_no_basis() {
        let (style, colour) = shoes(60);
        let mut tensors = Tensors::default();
        let basis = CodeBasis::fit(&rows(&style, &colour, [1.0, 0.5]), 4).unwrap();
        basis.store(&mut tensors);
        let told = |dims: [usize; 2]| {
            let blocks = ["style", "colour"].into_iter().zip(dims);
            let blocks: Vec<CodeBlock> = blocks
                .map(|(name, dims)| CodeBlock {
                    name: name.to_owned(),
                    dims,
                })
                .collect();
            CodeBasis::restore(&tensors, &blocks, "x.safetensors".as_ref())
        };
        let sound = basis.blocks();
        assert!(told([sound[0].dims, sound[1].dims]).is_ok());
        // Sums beyond what a number holds, none at all, and another split of the same sum.
        for dims in [
            [usize::MAX, usize::MAX],
            [usize::MAX, 1],
            [0, 0],
            [sound[0].dims + 1, sound[1].dims - 1],
        ] {
            assert!(told(dims).is_err(), "{dims:?}");
        }
    }

    #[test]
    fn shoes_that_are_all_alike_are_refused() {
        let error = CodeBasis::fit(&rows(&[1.0; 50], &[2.0; 30], [1.0, 1.0]), 4).unwrap_err();
        assert!(error.to_string().contains("alike"), "{error}");
    }

    #[test]
    fn an_embedding_that_is_not_finite_is_refused() {
        let (mut style, colour) = shoes(100);
        style[7] = f32::NAN;
        let error = CodeBasis::fit(&rows(&style, &colour, [1.0, 1.0]), 4).unwrap_err();
        assert!(error.to_string().contains("not finite"), "{error}");
    }
}
