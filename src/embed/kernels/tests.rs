//! Every set of instructions that this machine has against sums written down as their definitions say.

use super::*;
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64;

fn random(count: usize, rng: &mut Pcg64) -> Vec<f32> {
    (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
}

fn close(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() <= 1e-4 * (1.0 + b.abs()), "{i}: {a} {b}");
    }
}

#[test]
fn depthwise_is_its_definition() {
    let mut rng = Pcg64::seed_from_u64(1);
    // kernel, stride, rows, width, channels; widths with and without a rest of seven
    for (kernel, stride, rows, width, channels) in [
        (3, 1, 4, 14, 32),
        (3, 2, 3, 9, 16),
        (5, 1, 2, 7, 48),
        (5, 2, 3, 15, 16),
        (7, 3, 2, 5, 16),
        (1, 1, 1, 1, 16),
    ] {
        let input_width = (width - 1) * stride + kernel + 2;
        let input_rows = (rows - 1) * stride + kernel;
        let input = random(input_rows * input_width * channels, &mut rng);
        let weight_stride = channels + 16;
        let weights = random(kernel * kernel * weight_stride, &mut rng);
        let bias = random(channels, &mut rng);
        for relu6 in [false, true] {
            let mut expected = Vec::new();
            for y in 0..rows {
                for x in 0..width {
                    for c in 0..channels {
                        let mut sum = f64::from(bias[c]);
                        for ky in 0..kernel {
                            for kx in 0..kernel {
                                let pixel = (y * stride + ky) * input_width + x * stride + kx;
                                sum += f64::from(input[pixel * channels + c])
                                    * f64::from(weights[(ky * kernel + kx) * weight_stride + c]);
                            }
                        }
                        expected.push(if relu6 { sum.clamp(0.0, 6.0) } else { sum } as f32);
                    }
                }
            }
            for instructions in Instructions::all() {
                let mut output = vec![f32::NAN; rows * width * channels];
                Depthwise {
                    channels,
                    kernel,
                    stride,
                    rows,
                    width,
                    input: &input,
                    input_width,
                    weights: &weights,
                    weight_stride,
                    bias: &bias,
                    relu6,
                }
                .write(instructions, &mut output);
                close(&output, &expected);
            }
        }
    }
}

#[test]
fn product_is_its_definition() {
    let mut rng = Pcg64::seed_from_u64(2);
    for (lines, rows, inputs, outputs) in [
        (1, 14, 16, 96),
        (2, 23, 27, 32),
        (3, 7, 40, 40),
        (1, 1, 5, 10),
        (2, 25, 64, 112),
    ] {
        let columns = padded(outputs);
        let (left_stride, output_stride) = (inputs + 3, columns + 16);
        // lines with something between them
        let left_line = rows * left_stride + 5;
        let output_line = rows * output_stride + 32;
        let left = random(lines * left_line, &mut rng);
        let weights = random(outputs * inputs, &mut rng);
        let packed = pack(&weights, outputs, inputs);
        let mut bias = random(outputs, &mut rng);
        bias.resize(columns, 0.0);
        let before = random(lines * output_line, &mut rng);
        // all the inputs, then some in the middle
        for (first_input, depth) in [(0, inputs), (inputs / 3, inputs / 2)] {
            for (start, relu6) in [
                (Start::Bias(&bias), true),
                (Start::BiasAnd(&bias, &before), false),
                (Start::Nothing, false),
            ] {
                let mut expected = before.clone();
                for (line, r) in (0..lines).flat_map(|line| (0..rows).map(move |r| (line, r))) {
                    for o in 0..columns {
                        let at = line * output_line + r * output_stride + o;
                        let mut sum = match start {
                            Start::Bias(bias) => bias[o],
                            Start::BiasAnd(bias, residual) => bias[o] + residual[at],
                            Start::Nothing => 0.0,
                        };
                        if o < outputs {
                            for i in 0..depth {
                                sum += left[line * left_line + r * left_stride + i]
                                    * weights[o * inputs + first_input + i];
                            }
                        }
                        expected[at] = if relu6 { sum.clamp(0.0, 6.0) } else { sum };
                    }
                }
                for instructions in Instructions::all() {
                    let mut output = before.clone();
                    Product {
                        lines,
                        rows,
                        depth,
                        columns,
                        left: &left,
                        left_stride,
                        left_line,
                        packed: &packed,
                        packed_inputs: inputs,
                        first_input,
                        start,
                        relu6,
                        output_stride,
                        output_line,
                    }
                    .write(instructions, &mut output);
                    close(&output, &expected);
                }
            }
        }
    }
}
