//! Each operation against Candle's own (values and both gradients), and against finite differences.

use super::*;
use candle_core::{DType, Device, Var};

fn numbers_of(shape: &[usize], seed: u64) -> Tensor {
    let mut random = crate::gan::random::random(seed, 9);
    crate::gan::random::normals(&mut random, shape).unwrap()
}

fn variable(shape: &[usize], seed: u64) -> Var {
    Var::from_tensor(&numbers_of(shape, seed)).unwrap()
}

fn furthest(a: &Tensor, b: &Tensor) -> f32 {
    assert_eq!(a.dims(), b.dims());
    let difference = (a - b).unwrap().abs().unwrap().flatten_all().unwrap();
    difference.max(0).unwrap().to_scalar().unwrap()
}

/// Both functions of the same variables give the same values and gradients.
fn same(
    variables: &[&Var],
    ours: impl Fn() -> Result<Tensor>,
    theirs: impl Fn() -> Result<Tensor>,
    tolerance: f32,
) {
    let (a, b) = (ours().unwrap(), theirs().unwrap());
    assert!(furthest(&a, &b) < tolerance, "values");
    // Weighted, so that every output's gradient is another.
    let weights = numbers_of(a.dims(), 77);
    let gradients = |y: &Tensor| {
        (y * &weights)
            .unwrap()
            .sum_all()
            .unwrap()
            .backward()
            .unwrap()
    };
    let (ga, gb) = (gradients(&a), gradients(&b));
    for (i, variable) in variables.iter().enumerate() {
        let (a, b) = (ga.get(variable).unwrap(), gb.get(variable).unwrap());
        assert!(
            furthest(a, b) < tolerance,
            "gradient of argument {i}: {}",
            furthest(a, b)
        );
    }
}

/// The gradients are what small steps of the arguments do.
fn slopes(variables: &[&Var], f: impl Fn() -> Result<Tensor>) {
    let weights = numbers_of(f().unwrap().dims(), 78);
    let value = || -> f64 {
        let y = (f().unwrap() * &weights)
            .unwrap()
            .to_dtype(DType::F64)
            .unwrap();
        y.sum_all().unwrap().to_scalar().unwrap()
    };
    let gradients = (f().unwrap() * &weights)
        .unwrap()
        .sum_all()
        .unwrap()
        .backward()
        .unwrap();
    for variable in variables {
        let gradient: Vec<f32> = gradients
            .get(variable)
            .unwrap()
            .flatten_all()
            .unwrap()
            .to_vec1()
            .unwrap();
        let start: Vec<f32> = variable.flatten_all().unwrap().to_vec1().unwrap();
        for i in (0..start.len()).step_by((start.len() / 13).max(1)) {
            const STEP: f32 = 1e-2;
            let moved = |by: f32| {
                let mut values = start.clone();
                values[i] += by;
                variable
                    .set(&Tensor::from_vec(values, variable.shape(), &Device::Cpu).unwrap())
                    .unwrap();
                value()
            };
            let slope = (moved(STEP) - moved(-STEP)) / f64::from(2.0 * STEP);
            moved(0.0);
            let error = (slope - f64::from(gradient[i])).abs();
            assert!(
                error < 2e-2 * slope.abs().max(1.0),
                "{i}: {slope} {}",
                gradient[i]
            );
        }
    }
}

fn channels_first(x: &Tensor) -> Result<Tensor> {
    x.permute((0, 3, 1, 2))?.contiguous()
}

fn channels_last(x: &Tensor) -> Result<Tensor> {
    x.permute((0, 2, 3, 1))?.contiguous()
}

#[test]
fn convolutions_are_candle_s() {
    for (kernel, stride, padding) in [(3, 1, 1), (4, 2, 1), (1, 1, 0), (3, 2, 0), (5, 1, 0)] {
        let x = variable(&[3, 8, 10, 5], 1);
        let w = variable(&[kernel * kernel * 5, 7], 2);
        let ours = || convolve(&x, &w, kernel, stride, padding);
        let theirs = || super::candle::convolve(&x, &w, kernel, stride, padding);
        same(&[&x, &w], ours, theirs, 2e-3);
        slopes(&[&x, &w], ours);
    }
}

#[test]
fn convolutions_of_many_tiles_are_candle_s() {
    let (x, w) = (variable(&[5, 24, 24, 48], 1), variable(&[16 * 48, 24], 2));
    let ours = || convolve(&x, &w, 4, 2, 1);
    let theirs = || super::candle::convolve(&x, &w, 4, 2, 1);
    same(&[&x, &w], ours, theirs, 5e-3);
}

#[test]
fn transposed_convolutions_are_candle_s() {
    let (x, w) = (variable(&[3, 4, 6, 5], 3), variable(&[16 * 7, 5], 4));
    let ours = || convolve_transposed(&x, &w);
    let theirs = || {
        // Candle wants [inputs, outputs, kernel, kernel].
        let w = w
            .reshape((4, 4, 7, 5))?
            .permute((3, 2, 0, 1))?
            .contiguous()?;
        channels_last(&channels_first(&x)?.conv_transpose2d(&w, 1, 0, 2, 1)?)
    };
    same(&[&x, &w], ours, theirs, 2e-3);
    slopes(&[&x, &w], ours);
}

#[test]
fn products_are_candle_s() {
    let (x, w) = (variable(&[33, 20], 5), variable(&[20, 9], 6));
    same(&[&x, &w], || linear(&x, &w), || x.matmul(&w), 1e-3);
}

#[test]
fn distances_are_those_of_the_rows() {
    let (a, b) = ([0.0, 0.0, 3.0, 4.0], [0.0, 0.0, 0.0, 1.0, 3.0, 0.0]);
    assert_eq!(distances(&a, &b, 2), [0.0, 1.0, 9.0, 25.0, 18.0, 16.0]);
}

#[test]
fn modulation_is_what_it_says() {
    let (x, scale) = (variable(&[3, 4, 6, 5], 7), variable(&[3, 5], 8));
    let bias = variable(&[1, 5], 9);
    let ours = || modulate(&x, &scale, &bias, 0.2);
    let theirs = || {
        let y = x.broadcast_mul(&scale.reshape((3, 1, 1, 5))?)?;
        let y = y.broadcast_add(&bias.reshape((1, 1, 1, 5))?)?;
        y.relu()? - (y.neg()?.relu()? * 0.2)?
    };
    same(&[&x, &scale, &bias], ours, theirs, 1e-3);
}

#[test]
fn upsampling_keeps_flat_things_flat_and_is_smooth() {
    let flat = Tensor::full(0.7f32, (2, 3, 5, 4), &Device::Cpu).unwrap();
    let up = upsample(&flat).unwrap();
    assert_eq!(up.dims(), [2, 6, 10, 4]);
    let expected = Tensor::full(0.7f32, (2, 6, 10, 4), &Device::Cpu).unwrap();
    assert!(furthest(&up, &expected) < 1e-6);
    let line = Tensor::from_vec(vec![0f32, 4.0], (1, 1, 2, 1), &Device::Cpu).unwrap();
    let up: Vec<f32> = upsample(&line)
        .unwrap()
        .flatten_all()
        .unwrap()
        .to_vec1()
        .unwrap();
    assert_eq!(up[..4], [0.0, 1.0, 3.0, 4.0]);
    let x = variable(&[2, 3, 5, 4], 10);
    slopes(&[&x], || upsample(&x));
}

#[test]
fn gradients_of_an_input_with_two_uses_add_up() {
    let x = variable(&[1, 2, 2, 1], 11);
    let loss = (upsample(&x).unwrap().sum_all().unwrap() + x.sum_all().unwrap()).unwrap();
    let gradients = loss.backward().unwrap();
    let gradient: Vec<f32> = gradients
        .get(&x)
        .unwrap()
        .flatten_all()
        .unwrap()
        .to_vec1()
        .unwrap();
    assert_eq!(gradient, [5.0; 4]);
}

#[test]
fn shifting_moves_pixels_and_lets_white_in() {
    let x = Tensor::from_vec(vec![1f32, 2.0, 3.0, 4.0], (1, 2, 2, 1), &Device::Cpu).unwrap();
    let moved = |offset| -> Vec<f32> {
        shift(&x, vec![offset])
            .unwrap()
            .flatten_all()
            .unwrap()
            .to_vec1()
            .unwrap()
    };
    assert_eq!(moved([0, 0]), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(moved([1, 0]), [1.0, 1.0, 1.0, 2.0]);
    assert_eq!(moved([0, -1]), [2.0, 1.0, 4.0, 1.0]);
    assert_eq!(moved([5, 5]), [1.0; 4]);
    let x = variable(&[2, 4, 4, 3], 12);
    slopes(&[&x], || shift(&x, vec![[1, -2], [0, 2]]));
    assert!(shift(&x, vec![[0, 0]]).is_err());
}

#[test]
fn shapes_that_do_not_fit_are_errors() {
    let x = numbers_of(&[1, 4, 4, 3], 1);
    assert!(convolve(&x, &numbers_of(&[9 * 2, 5], 1), 3, 1, 1).is_err());
    assert!(convolve(&x, &numbers_of(&[49 * 3, 5], 1), 7, 1, 1).is_err());
    assert!(convolve(&x, &numbers_of(&[27, 5], 1), 3, 0, 1).is_err());
    assert!(convolve_transposed(&x, &numbers_of(&[16 * 5, 4], 1)).is_err());
    assert!(modulate(&x, &numbers_of(&[2, 3], 1), &numbers_of(&[1, 3], 1), 0.2).is_err());
    assert!(linear(&numbers_of(&[2, 3], 1), &numbers_of(&[4, 2], 1)).is_err());
}

#[test]
fn only_what_is_tracked_gets_a_gradient() {
    let (x, w) = (variable(&[2, 4, 4, 3], 1), numbers_of(&[27, 5], 2));
    let gradients = convolve(&x, &w, 3, 1, 1)
        .unwrap()
        .sum_all()
        .unwrap()
        .backward()
        .unwrap();
    assert!(gradients.get(&x).is_some() && gradients.get(&w).is_none());
}
