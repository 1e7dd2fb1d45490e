//! The training split with the code of each shoe, and which shoes are near which.

use super::shoes::FramedShoes;
use crate::gan::GanError;
use crate::gan::code_basis::CodeBasis;
use crate::gan::linear_map::LinearMap;
use crate::gan::losses::colour::ShoeColours;
use crate::gan::ops::distances;
use candle_core::{Device, Result as CandleResult, Tensor};
use rayon::prelude::*;

/// How many neighbours of a shoe may stand in for it.
pub(in crate::gan) const NEIGHBOURS: usize = 10;

/// The training split, ready for the loop.
pub(in crate::gan) struct TrainingSet {
    pub shoes: FramedShoes,
    pub code_dims: usize,
    /// The mean colours of the shoes; none where they are grey.
    pub shoe_colours: Option<ShoeColours>,
    /// From a code to the logarithm of the view.
    pub view: LinearMap,
    codes: Vec<f32>,
    neighbours: Vec<[u32; NEIGHBOURS]>,
}

impl TrainingSet {
    /// Codes and neighbours of `shoes` in `basis`.
    ///
    /// # Errors
    /// A number is not finite.
    pub fn new(shoes: FramedShoes, basis: &CodeBasis) -> Result<Self, GanError> {
        let rows: Vec<Vec<f32>> = (0..shoes.len())
            .into_par_iter()
            .map(|i| basis.code(&shoes.blocks_of(i)))
            .collect();
        let logs: Vec<Vec<f32>> = shoes.views.iter().map(|view| vec![view.ln()]).collect();
        let view = LinearMap::fit(&rows, &logs)?;
        let codes = rows.concat();
        let code_dims = basis.dims();
        let neighbours = nearest(&codes, code_dims);
        Ok(Self {
            shoe_colours: ShoeColours::of(&shoes),
            view,
            shoes,
            code_dims,
            codes,
            neighbours,
        })
    }

    /// A neighbour of shoe `i`: its number `pick`, nearest first.
    pub fn neighbour(&self, i: usize, pick: usize) -> usize {
        self.neighbours[i][pick] as usize
    }

    /// The code of shoe `i`.
    pub fn code(&self, i: usize) -> &[f32] {
        &self.codes[i * self.code_dims..][..self.code_dims]
    }

    /// The codes of `shoes` [shoes, code].
    pub fn codes(&self, shoes: &[usize]) -> CandleResult<Tensor> {
        let values: Vec<f32> = shoes.iter().flat_map(|&i| self.code(i)).copied().collect();
        Tensor::from_vec(values, (shoes.len(), self.code_dims), &Device::Cpu)
    }
}

/// The nearest ten others of each code, nearest first (of equals the first row); fewer shoes than that repeat.
fn nearest(codes: &[f32], dims: usize) -> Vec<[u32; NEIGHBOURS]> {
    let rows: Vec<usize> = (0..codes.len() / dims.max(1)).collect();
    let blocks: Vec<Vec<[u32; NEIGHBOURS]>> = rows
        .par_chunks(64)
        .map(|rows| {
            let (first, count) = (rows[0], rows.len());
            let queries = &codes[first * dims..(first + count) * dims];
            let table = distances(queries, codes, dims);
            let others = codes.len() / dims;
            rows.iter()
                .zip(table.chunks_exact(others))
                .map(|(&row, line)| {
                    let mut order: Vec<u32> =
                        (0..others as u32).filter(|&j| j as usize != row).collect();
                    let closer = |a: &u32, b: &u32| {
                        line[*a as usize]
                            .total_cmp(&line[*b as usize])
                            .then(a.cmp(b))
                    };
                    let kept = NEIGHBOURS.min(order.len());
                    if kept > 0 && kept < order.len() {
                        order.select_nth_unstable_by(kept - 1, closer);
                        order.truncate(kept);
                    }
                    order.sort_unstable_by(closer);
                    std::array::from_fn(|k| match order.len() {
                        0 => row as u32,
                        n => order[k % n],
                    })
                })
                .collect()
        })
        .collect();
    blocks.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_the_nearest_others() {
        // Points on a line, in order.
        let codes: Vec<f32> = (0..30).flat_map(|i| [i as f32, 0.0]).collect();
        let near = nearest(&codes, 2);
        assert_eq!(near[0][..3], [1, 2, 3]);
        let mut middle = near[15][..4].to_vec();
        middle.sort_unstable();
        assert_eq!(middle, [13, 14, 16, 17]);
        assert!(
            near.iter()
                .enumerate()
                .all(|(i, n)| !n.contains(&(i as u32)))
        );
    }

    #[test]
    fn two_shoes_are_each_other_s_neighbours() {
        assert_eq!(nearest(&[0.0, 1.0], 1), [[1; NEIGHBOURS], [0; NEIGHBOURS]]);
    }
}
