//! A linear map between rows of numbers, fitted by ridge regression.

use super::GanError;
use crate::gan::tensor_file::Tensors;
use crate::numeric::solve_ridge;
use nalgebra::DMatrix;
use std::path::Path;

/// Strength of the ridge, in the mean variance of the inputs: enough to hold what does not vary.
const RIDGE: f64 = 1e-3;

/// y = b + W x.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::gan) struct LinearMap {
    /// One row for each output.
    pub weights: Vec<Vec<f32>>,
    pub bias: Vec<f32>,
}

impl LinearMap {
    /// The map that best gives the rows `y` of the rows `x`.
    ///
    /// # Errors
    /// There is none in finite numbers.
    pub fn fit(x: &[Vec<f32>], y: &[Vec<f32>]) -> Result<Self, GanError> {
        let (inputs, outputs) = (x.first().map_or(0, Vec::len), y.first().map_or(0, Vec::len));
        let (of_x, of_y) = (mean(x, inputs), mean(y, outputs));
        let mut gram = DMatrix::zeros(inputs, inputs);
        let mut cross = DMatrix::zeros(inputs, outputs);
        for (x, y) in x.iter().zip(y) {
            let x: Vec<f64> = x
                .iter()
                .zip(&of_x)
                .map(|(v, m)| f64::from(*v) - m)
                .collect();
            for (i, a) in x.iter().enumerate() {
                for (j, b) in x[..=i].iter().enumerate() {
                    gram[(i, j)] += a * b;
                }
                for (k, (v, m)) in y.iter().zip(&of_y).enumerate() {
                    cross[(i, k)] += a * (f64::from(*v) - m);
                }
            }
        }
        let found = solve_ridge(gram, &cross, RIDGE).ok_or(GanError::DamagedEmbedding)?;
        let weights: Vec<Vec<f32>> = (0..outputs)
            .map(|k| (0..inputs).map(|i| found[(i, k)] as f32).collect())
            .collect();
        let bias = weights.iter().zip(&of_y).map(|(row, m)| {
            let along: f64 = row.iter().zip(&of_x).map(|(w, x)| f64::from(*w) * x).sum();
            (m - along) as f32
        });
        Ok(Self {
            bias: bias.collect(),
            weights,
        })
    }

    /// What `x` is mapped to.
    pub fn apply(&self, x: &[f32]) -> Vec<f32> {
        let rows = self.weights.iter().zip(&self.bias);
        rows.map(|(row, bias)| bias + row.iter().zip(x).map(|(w, x)| w * x).sum::<f32>())
            .collect()
    }

    /// Adds the map to the tensors of a file as `name/weights` and `name/bias`.
    pub fn store(&self, name: &str, tensors: &mut Tensors) {
        let inputs = self.weights.first().map_or(0, Vec::len);
        let shape = [self.weights.len(), inputs];
        tensors.put(format!("{name}/weights"), &shape, &self.weights.concat());
        tensors.put(format!("{name}/bias"), &[self.bias.len()], &self.bias);
    }

    /// Reads the map `name` from so many inputs to so many outputs out of the tensors of `path`.
    ///
    /// # Errors
    /// It is not there, or of another shape.
    pub fn restore(
        name: &str,
        [inputs, outputs]: [usize; 2],
        tensors: &Tensors,
        path: &Path,
    ) -> Result<Self, GanError> {
        let weights = tensors.take_shaped(&format!("{name}/weights"), &[outputs, inputs], path)?;
        Ok(Self {
            weights: weights.chunks(inputs.max(1)).map(<[f32]>::to_vec).collect(),
            bias: tensors.take_shaped(&format!("{name}/bias"), &[outputs], path)?,
        })
    }
}

fn mean(rows: &[Vec<f32>], width: usize) -> Vec<f64> {
    let mut sum = vec![0.0; width];
    for row in rows {
        sum.iter_mut()
            .zip(row)
            .for_each(|(s, v)| *s += f64::from(*v));
    }
    let count = rows.len().max(1) as f64;
    sum.iter_mut().for_each(|s| *s /= count);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_the_map_that_made_the_rows_and_comes_back_from_a_file() {
        let mut random = crate::gan::random::random(4, 0);
        let x: Vec<Vec<f32>> = (0..500)
            .map(|_| {
                (0..3)
                    .map(|_| crate::gan::random::normal(&mut random))
                    .collect()
            })
            .collect();
        let made = |x: &[f32]| vec![2.0 * x[0] - x[1] + 5.0, 0.5 * x[2] - 1.0];
        let y: Vec<Vec<f32>> = x.iter().map(|x| made(x)).collect();
        let map = LinearMap::fit(&x, &y).unwrap();
        let (got, wanted) = (map.apply(&[1.0, 2.0, 3.0]), made(&[1.0, 2.0, 3.0]));
        assert!(
            got.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 0.02),
            "{got:?} {wanted:?}"
        );
        let mut tensors = Tensors::default();
        map.store("map", &mut tensors);
        let path = Path::new("x");
        assert_eq!(
            LinearMap::restore("map", [3, 2], &tensors, path).unwrap(),
            map
        );
        assert!(LinearMap::restore("map", [2, 3], &tensors, path).is_err());
    }
}
