//! The loops with AVX-512 and with AVX2 and FMA: the same text for both, written once.
//!
//! A tile of the product keeps 7 rows by three vectors of columns in registers, or 14 by one: enough sums to
//! hide the latency of an addition, and few enough that none is pushed out to memory, which made it three times
//! slower (14 by two did). The maps of the network are 112, 56, 28, 14 and 7 pixels wide: sevens divide them.

macro_rules! kernels {
    (
        $name:ident, $features:literal, lanes: $lanes:literal, vectors: $vectors:literal,
        $load:ident, $store:ident, $set:ident, $zero:ident, $fma:ident, $add:ident, $min:ident, $max:ident
    ) => {
        pub(in super::super) mod $name {
            #![expect(
                unsafe_code,
                reason = "vector instructions on pointers; callers measure the slices first"
            )]

            use std::arch::x86_64::*;

            use super::super::{Depthwise, PANEL, Product, Start};

            const LANES: usize = $lanes;

            /// A tile of `ROWS` rows by `VECTORS` vectors: rows of the left side from `left` on, columns of the
            /// output from `column` on, the first of them `at` in the output. `weights` are those of the column's
            /// panel, `width` columns wide.
            #[target_feature(enable = $features)]
            #[inline]
            unsafe fn tile<const ROWS: usize, const VECTORS: usize>(
                p: &Product<'_>,
                left: *const f32,
                at: usize,
                column: usize,
                weights: *const f32,
                width: usize,
                output: *mut f32,
            ) {
                unsafe {
                    let mut sums = [[$zero(); VECTORS]; ROWS];
                    for input in 0..p.depth {
                        let mut weight = [$zero(); VECTORS];
                        for v in 0..VECTORS {
                            weight[v] = $load(weights.add(input * width + v * LANES));
                        }
                        for r in 0..ROWS {
                            let value = $set(*left.add(r * p.left_stride + input));
                            for v in 0..VECTORS {
                                sums[r][v] = $fma(value, weight[v], sums[r][v]);
                            }
                        }
                    }
                    for r in 0..ROWS {
                        for v in 0..VECTORS {
                            let column = column + v * LANES;
                            let at = at + r * p.output_stride + v * LANES;
                            let start = match p.start {
                                Start::Bias(bias) => $load(bias.as_ptr().add(column)),
                                Start::BiasAnd(bias, residual) => $add(
                                    $load(bias.as_ptr().add(column)),
                                    $load(residual.as_ptr().add(at)),
                                ),
                                Start::Nothing => $zero(),
                            };
                            let mut sum = $add(start, sums[r][v]);
                            if p.relu6 {
                                sum = $min($max(sum, $zero()), $set(6.0));
                            }
                            $store(output.add(at), sum);
                        }
                    }
                }
            }

            #[target_feature(enable = $features)]
            #[inline]
            unsafe fn strip<const VECTORS: usize>(
                p: &Product<'_>,
                column: usize,
                weights: *const f32,
                width: usize,
                output: *mut f32,
            ) {
                unsafe {
                    for line in 0..p.lines {
                        let mut left = p.left.as_ptr().add(line * p.left_line);
                        let mut at = line * p.output_line + column;
                        let mut rows = p.rows;
                        // more sums than this in a tile and there are not registers enough
                        while VECTORS == 1 && rows >= 14 {
                            tile::<14, VECTORS>(p, left, at, column, weights, width, output);
                            left = left.wrapping_add(14 * p.left_stride);
                            at += 14 * p.output_stride;
                            rows -= 14;
                        }
                        while rows >= 7 {
                            tile::<7, VECTORS>(p, left, at, column, weights, width, output);
                            left = left.wrapping_add(7 * p.left_stride);
                            at += 7 * p.output_stride;
                            rows -= 7;
                        }
                        while rows > 0 {
                            tile::<1, VECTORS>(p, left, at, column, weights, width, output);
                            left = left.wrapping_add(p.left_stride);
                            at += p.output_stride;
                            rows -= 1;
                        }
                    }
                }
            }

            /// # Safety
            /// The machine has the instructions, and the slices are as long as `Product::write` asserts.
            #[target_feature(enable = $features)]
            pub(in super::super) unsafe fn product(p: &Product<'_>, output: &mut [f32]) {
                unsafe {
                    let output = output.as_mut_ptr();
                    for first in (0..p.columns).step_by(PANEL) {
                        let width = PANEL.min(p.columns - first);
                        let panel = p
                            .packed
                            .as_ptr()
                            .add(first * p.packed_inputs + p.first_input * width);
                        let mut part = 0;
                        while part < width {
                            let (column, weights) = (first + part, panel.add(part));
                            let vectors = ((width - part) / LANES).min($vectors);
                            match vectors {
                                3 => strip::<3>(p, column, weights, width, output),
                                2 => strip::<2>(p, column, weights, width, output),
                                _ => strip::<1>(p, column, weights, width, output),
                            }
                            part += vectors.min(3) * LANES;
                        }
                    }
                }
            }

            /// `PIXELS` pixels of an output row, a vector of channels, kernel of side `K` (0: as `d` says).
            #[target_feature(enable = $features)]
            #[inline]
            unsafe fn pixels<const PIXELS: usize, const K: usize>(
                d: &Depthwise<'_>,
                row: usize,
                column: usize,
                channel: usize,
                output: *mut f32,
            ) {
                unsafe {
                    let kernel = if K == 0 { d.kernel } else { K };
                    let (c, stride) = (d.channels, d.stride * d.channels);
                    let mut sums = [$load(d.bias.as_ptr().add(channel)); PIXELS];
                    for y in 0..kernel {
                        let input = d.input.as_ptr().add(
                            ((row * d.stride + y) * d.input_width + column * d.stride) * c
                                + channel,
                        );
                        let weights = d
                            .weights
                            .as_ptr()
                            .add(y * kernel * d.weight_stride + channel);
                        for x in 0..kernel {
                            let weight = $load(weights.add(x * d.weight_stride));
                            for p in 0..PIXELS {
                                sums[p] =
                                    $fma($load(input.add(p * stride + x * c)), weight, sums[p]);
                            }
                        }
                    }
                    for p in 0..PIXELS {
                        let mut sum = sums[p];
                        if d.relu6 {
                            sum = $min($max(sum, $zero()), $set(6.0));
                        }
                        $store(output.add((row * d.width + column + p) * c + channel), sum);
                    }
                }
            }

            #[target_feature(enable = $features)]
            #[inline]
            unsafe fn map<const K: usize>(d: &Depthwise<'_>, output: *mut f32) {
                unsafe {
                    for row in 0..d.rows {
                        for channel in (0..d.channels).step_by(LANES) {
                            let mut column = 0;
                            while d.width - column >= 7 {
                                pixels::<7, K>(d, row, column, channel, output);
                                column += 7;
                            }
                            while column < d.width {
                                pixels::<1, K>(d, row, column, channel, output);
                                column += 1;
                            }
                        }
                    }
                }
            }

            /// # Safety
            /// The machine has the instructions, and the slices are as long as `Depthwise::write` asserts.
            #[target_feature(enable = $features)]
            pub(in super::super) unsafe fn depthwise(d: &Depthwise<'_>, output: &mut [f32]) {
                unsafe {
                    match d.kernel {
                        3 => map::<3>(d, output.as_mut_ptr()),
                        5 => map::<5>(d, output.as_mut_ptr()),
                        _ => map::<0>(d, output.as_mut_ptr()),
                    }
                }
            }
        }
    };
}

kernels!(
    avx512, "avx512f", lanes: 16, vectors: 3,
    _mm512_loadu_ps, _mm512_storeu_ps, _mm512_set1_ps, _mm512_setzero_ps,
    _mm512_fmadd_ps, _mm512_add_ps, _mm512_min_ps, _mm512_max_ps
);

kernels!(
    avx2, "avx2,fma", lanes: 8, vectors: 1,
    _mm256_loadu_ps, _mm256_storeu_ps, _mm256_set1_ps, _mm256_setzero_ps,
    _mm256_fmadd_ps, _mm256_add_ps, _mm256_min_ps, _mm256_max_ps
);
