//! Ridge regression of a column's words on embeddings, its strength chosen on rows that are kept back.

use super::labels::Target;
use crate::numeric::solve_ridge;
use crate::space::Embeddings;
use nalgebra::DMatrix;
use ndarray::{Array2, ArrayView2, Axis, s};
use rayon::prelude::*;

/// Strengths that are tried, as shares of the mean variance of an input times the rows.
const RIDGES: [f32; 7] = [0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0];

/// Rows of which one is kept back to choose the strength.
const FOLD: usize = 5;

/// The training rows' embeddings, every block scaled to unit length.
pub(super) struct Inputs {
    /// Rows × D.
    rows: Array2<f32>,
    /// What a stored embedding is multiplied with, D.
    pub scale: Vec<f32>,
}

/// A column's regression.
pub(super) struct Fitted {
    /// Weights, D × words.
    pub weights: Array2<f32>,
    /// Mean of the inputs that it was fitted on, D.
    pub mean: Vec<f32>,
    /// Mean square of what it predicts on the training rows, over all words together.
    pub energy: f32,
    /// The chosen strength.
    pub ridge: f32,
    pub accuracy: f32,
    pub accuracy_of_chance: f32,
}

impl Inputs {
    pub(super) fn new(embeddings: &Embeddings, rows: &[usize]) -> Self {
        let dims = embeddings.dims();
        let mut scale = vec![0f32; dims];
        for block in embeddings.blocks() {
            if block.weight > 0.0 {
                scale[block.range.clone()].fill(block.weight.sqrt().recip());
            }
        }
        let mut values = Array2::zeros((rows.len(), dims));
        for (mut out, &row) in values.axis_iter_mut(Axis(0)).zip(rows) {
            let stored = embeddings.row(row);
            for ((out, value), scale) in out.iter_mut().zip(stored).zip(&scale) {
                *out = value.to_f32() * scale;
            }
        }
        Self {
            rows: values,
            scale,
        }
    }
}

/// Fits one column; `None` where no strength gives a solution (a value that is not finite).
pub(super) fn fit(inputs: &Inputs, target: &Target) -> Option<Fitted> {
    let known: Vec<usize> = (0..target.word.len())
        .filter(|&at| target.word[at].is_some())
        .collect();
    let word = |at: usize| target.word[at].map_or(0, |w| w as usize);
    // Choose the strength within these rows alone.
    let is_kept_back = |at: &&usize| crate::catalog::is_test_id(&format!("ridge {at}"));
    let back: Vec<usize> = known
        .iter()
        .filter(|at| is_kept_back(at))
        .copied()
        .collect();
    let front: Vec<usize> = known
        .iter()
        .filter(|at| !is_kept_back(at))
        .copied()
        .collect();
    const { assert!(FOLD == 5, "is_test_id keeps one in five") };
    let mut ridge = RIDGES[RIDGES.len() / 2];
    let (mut accuracy, mut chance) = (0.0, 0.0);
    if !back.is_empty() && !front.is_empty() {
        let sums = Sums::new(inputs, &front, target.words, word);
        let asked = inputs.rows.select(Axis(0), &back);
        let mut least = f64::INFINITY;
        for strength in RIDGES {
            let Some(weights) = sums.solve(strength) else {
                continue;
            };
            let said = sums.predict(&asked, &weights);
            let (error, right) = judge(&said, &back, word);
            if error < least {
                (least, ridge, accuracy) = (error, strength, right);
            }
        }
        let usual = sums.most_frequent();
        chance = back.iter().filter(|&&at| word(at) == usual).count() as f32 / back.len() as f32;
    }
    let sums = Sums::new(inputs, &known, target.words, word);
    let weights = sums.solve(ridge)?;
    let said = sums.predict(&inputs.rows.select(Axis(0), &known), &weights);
    let priors = sums.priors();
    let square: f64 = said
        .axis_iter(Axis(0))
        .map(|row| {
            row.iter()
                .zip(&priors)
                .map(|(s, p)| f64::from(s - p).powi(2))
                .sum::<f64>()
        })
        .sum();
    let energy = (square / known.len().max(1) as f64) as f32;
    Some(Fitted {
        weights,
        mean: sums.mean,
        energy,
        ridge,
        accuracy,
        accuracy_of_chance: chance,
    })
}

/// Squared error and share of right words of what was said of some rows.
fn judge(said: &Array2<f32>, rows: &[usize], word: impl Fn(usize) -> usize) -> (f64, f32) {
    let (mut error, mut right) = (0f64, 0usize);
    for (row, &at) in said.axis_iter(Axis(0)).zip(rows) {
        let wanted = word(at);
        let mut best = 0;
        for (index, &value) in row.iter().enumerate() {
            let goal = if index == wanted { 1.0 } else { 0.0 };
            error += f64::from(value - goal).powi(2);
            if value > row[best] {
                best = index;
            }
        }
        right += usize::from(best == wanted);
    }
    (error, right as f32 / rows.len().max(1) as f32)
}

/// What the regression needs of its rows.
struct Sums {
    rows: usize,
    mean: Vec<f32>,
    counts: Vec<usize>,
    /// XᵀX of centred inputs, D × D.
    gram: Array2<f64>,
    /// XᵀY of centred inputs, D × words.
    cross: Array2<f64>,
}

impl Sums {
    fn new(inputs: &Inputs, rows: &[usize], words: usize, word: impl Fn(usize) -> usize) -> Self {
        let mut x = inputs.rows.select(Axis(0), rows);
        let mean = x
            .mean_axis(Axis(0))
            .unwrap_or_else(|| ndarray::Array1::zeros(x.ncols()));
        x -= &mean;
        let mut counts = vec![0usize; words];
        // Centred inputs need no centred targets: the sums are the same.
        let mut sums = Array2::<f64>::zeros((words, x.ncols()));
        for (row, &at) in x.axis_iter(Axis(0)).zip(rows) {
            let index = word(at);
            counts[index] += 1;
            for (sum, value) in sums.row_mut(index).iter_mut().zip(row) {
                *sum += f64::from(*value);
            }
        }
        Self {
            rows: rows.len(),
            mean: mean.to_vec(),
            counts,
            gram: gram(&x),
            cross: sums.reversed_axes(),
        }
    }

    fn priors(&self) -> Vec<f32> {
        self.counts
            .iter()
            .map(|&n| n as f32 / self.rows.max(1) as f32)
            .collect()
    }

    fn most_frequent(&self) -> usize {
        (0..self.counts.len())
            .max_by_key(|&at| self.counts[at])
            .unwrap_or(0)
    }

    /// Weights, D × words, for a strength.
    fn solve(&self, strength: f32) -> Option<Array2<f32>> {
        let dims = self.gram.nrows();
        // Symmetric, so that it does not matter which of rows and columns come first.
        let gram = DMatrix::from_iterator(dims, dims, self.gram.iter().copied());
        let cross = self.cross.t();
        let cross = DMatrix::from_iterator(dims, cross.nrows(), cross.iter().copied());
        let solved = solve_ridge(gram, &cross, f64::from(strength))?;
        Some(Array2::from_shape_fn((dims, solved.ncols()), |at| {
            solved[at] as f32
        }))
    }

    /// What the regression says of inputs: rows × words, about 1 for the right word and 0 for others.
    fn predict(&self, inputs: &Array2<f32>, weights: &Array2<f32>) -> Array2<f32> {
        let mean = ArrayView2::from_shape((1, self.mean.len()), &self.mean);
        let centred = match mean {
            Ok(mean) => inputs - &mean,
            Err(_) => inputs.clone(),
        };
        let mut said = centred.dot(weights);
        for (mut column, prior) in said.axis_iter_mut(Axis(1)).zip(self.priors()) {
            column += prior;
        }
        said
    }
}

/// XᵀX, in ranges of rows on all threads, added in order: the same on any number of threads.
fn gram(x: &Array2<f32>) -> Array2<f64> {
    let parts: Vec<Array2<f32>> = (0..x.nrows().div_ceil(2048))
        .into_par_iter()
        .map(|part| {
            let range = part * 2048..((part + 1) * 2048).min(x.nrows());
            let rows = x.slice(s![range, ..]);
            rows.t().dot(&rows)
        })
        .collect();
    let mut sum = Array2::<f64>::zeros((x.ncols(), x.ncols()));
    for part in parts {
        sum.zip_mut_with(&part, |sum, value| *sum += f64::from(*value));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn sums(gram: Array2<f64>) -> Sums {
        Sums {
            rows: 10,
            mean: vec![0.0; 3],
            counts: vec![4, 6],
            gram,
            cross: array![[1.0, 0.3], [-2.0, 0.1], [0.5, 2.0]],
        }
    }

    #[test]
    fn the_closed_form_solves_its_equations() {
        let gram = array![[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]];
        let ridge = 0.1f32;
        let weights = sums(gram.clone()).solve(ridge).unwrap();
        let ridged = gram + Array2::<f64>::eye(3) * f64::from(ridge) * 3.0;
        let back = ridged.dot(&weights.mapv(f64::from));
        for (found, wanted) in back.iter().zip(&sums(ridged).cross) {
            assert!((found - wanted).abs() < 1e-5, "{found} {wanted}");
        }
    }

    #[test]
    fn what_has_no_solution_has_none() {
        let not_definite = array![[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        assert!(sums(not_definite).solve(0.003).is_none());
        assert!(
            sums(Array2::from_elem((3, 3), f64::NAN))
                .solve(0.1)
                .is_none()
        );
    }
}
