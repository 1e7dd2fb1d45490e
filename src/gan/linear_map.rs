//! A linear map between rows of numbers, fitted by ridge regression.

use super::GanError;
use crate::gan::tensor_file::Tensors;
use crate::numeric::{centre, scatter, solve_ridge};
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
        let flat = |rows: &[Vec<f32>]| -> Vec<f64> {
            rows.iter().flatten().map(|v| f64::from(*v)).collect()
        };
        let (mut x, mut y) = (flat(x), flat(y));
        if inputs == 0 || outputs == 0 {
            return Err(GanError::DamagedEmbedding);
        }
        let (of_x, of_y) = (centre(&mut x, inputs), centre(&mut y, outputs));
        let gram = scatter(&x, inputs);
        // Rows of the slices are columns of nalgebra's matrices.
        let columns =
            |values: &[f64], dims| DMatrix::from_column_slice(dims, values.len() / dims, values);
        let cross = columns(&x, inputs) * columns(&y, outputs).transpose();
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
