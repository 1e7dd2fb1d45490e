//! The loops without special instructions; the measure of the others in the tests.

use super::{Depthwise, LANES, PANEL, Product, Start};

fn relu6(on: bool, value: f32) -> f32 {
    if on { value.clamp(0.0, 6.0) } else { value }
}

pub(super) fn product(p: &Product<'_>, output: &mut [f32]) {
    for first in (0..p.columns).step_by(PANEL) {
        let width = PANEL.min(p.columns - first);
        let panel = &p.packed[first * p.packed_inputs + p.first_input * width..][..p.depth * width];
        for (line, row) in (0..p.lines).flat_map(|line| (0..p.rows).map(move |row| (line, row))) {
            let left = &p.left[line * p.left_line + row * p.left_stride..][..p.depth];
            for part in (0..width).step_by(LANES) {
                let mut sums = [0f32; LANES];
                for (&value, weights) in left.iter().zip(panel.chunks_exact(width)) {
                    let weights = &weights[part..part + LANES];
                    for (sum, weight) in sums.iter_mut().zip(weights) {
                        *sum += value * weight;
                    }
                }
                let column = first + part;
                let at = line * p.output_line + row * p.output_stride + column;
                let output = &mut output[at..at + LANES];
                for (lane, (out, sum)) in output.iter_mut().zip(sums).enumerate() {
                    let start = match p.start {
                        Start::Bias(bias) => bias[column + lane],
                        Start::BiasAnd(bias, residual) => bias[column + lane] + residual[at + lane],
                        Start::Nothing => 0.0,
                    };
                    *out = relu6(p.relu6, start + sum);
                }
            }
        }
    }
}

pub(super) fn depthwise(d: &Depthwise<'_>, output: &mut [f32]) {
    let c = d.channels;
    for (index, output) in output
        .chunks_exact_mut(c)
        .take(d.rows * d.width)
        .enumerate()
    {
        let (row, column) = (index / d.width, index % d.width);
        output.copy_from_slice(&d.bias[..c]);
        for tap in 0..d.kernel * d.kernel {
            let (y, x) = (
                row * d.stride + tap / d.kernel,
                column * d.stride + tap % d.kernel,
            );
            let input = &d.input[(y * d.input_width + x) * c..][..c];
            let weights = &d.weights[tap * d.weight_stride..][..c];
            for ((out, value), weight) in output.iter_mut().zip(input).zip(weights) {
                *out += value * weight;
            }
        }
        for out in output {
            *out = relu6(d.relu6, *out);
        }
    }
}
