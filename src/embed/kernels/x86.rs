//! The loops with AVX-512 and with AVX2 and FMA: the same text for both, written once.
//!
//! A tile of the product keeps some rows by some vectors of columns in registers: enough sums to hide the latency of
//! an addition, and few enough that none is pushed out to memory, which made it slower by far. AVX-512 has 32
//! registers: 7 rows by three vectors, or 14 by one; the maps of the network are 112, 56, 28, 14 and 7 pixels wide, and
//! sevens divide them. AVX2 has 16: 6 rows by two (4 by three fill all of them, and one was pushed out; 14 by one take
//! two instructions more for each of their sums), or fewer where one row would be left over: alone it has too few sums.
//!
//! Where debug assertions are on, `pointer::add`, `*pointer` and the unaligned loads and stores of [`std::arch`] are
//! checked, each time, and vectors pushed out to memory for it. Loads and stores by a mask of all lanes are the same
//! instructions in the end, and neither they nor `wrapping_add` are checked. (What is needed of the pointers is
//! asserted once, in [`Product::write`](super::Product::write) and [`Depthwise::write`](super::Depthwise::write).)

macro_rules! kernels {
    (
        $name:ident, $features:literal, lanes: $lanes:literal, vectors: $most:literal,
        tiles: [$(($vectors:literal, $rows:literal, $rest:literal)),*],
        vector: $vector:ident, load: $load:expr, store: $store:expr, splat: $splat:ident,
        $set:ident, $zero:ident, $fma:ident, $add:ident, $min:ident, $max:ident
    ) => {
        pub(in super::super) mod $name {
            #![expect(
                unsafe_code,
                reason = "vector instructions on pointers; callers measure the slices first"
            )]

            use std::arch::x86_64::*;

            use super::super::{Depthwise, PANEL, Product, Start};

            const LANES: usize = $lanes;

            /// A vector of the numbers from `from` on.
            ///
            /// # Safety
            /// [`LANES`] numbers can be read there.
            #[target_feature(enable = $features)]
            #[inline]
            unsafe fn load(from: *const f32) -> $vector {
                // SAFETY: as asked of the caller; needs no alignment.
                unsafe { $load(from) }
            }

            /// Writes a vector from `to` on.
            ///
            /// # Safety
            /// [`LANES`] numbers can be written there.
            #[target_feature(enable = $features)]
            #[inline]
            unsafe fn store(to: *mut f32, values: $vector) {
                // SAFETY: as asked of the caller; needs no alignment.
                unsafe { $store(to, values) }
            }

            /// A vector of the number at `from`, over and over.
            ///
            /// # Safety
            /// It can be read.
            #[target_feature(enable = $features)]
            #[inline]
            unsafe fn splat(from: *const f32) -> $vector {
                // SAFETY: as asked of the caller.
                $splat(unsafe { _mm_load_ss(from) })
            }

            #[target_feature(enable = $features)]
            #[inline]
            fn relu6(on: bool, values: $vector) -> $vector {
                if on {
                    $min($max(values, $zero()), $set(6.0))
                } else {
                    values
                }
            }

            /// A tile of `ROWS` rows by `VECTORS` vectors: rows of the left side from `left` on, columns of the
            /// output from `column` on, the first of them `at` in the output. `weights` are those of the column's
            /// panel, `width` columns wide.
            ///
            /// # Safety
            /// The slices of `p` and the output are as long as `Product::write` asserts, and the tile lies in them:
            /// `ROWS` rows are left at `left`, `VECTORS` vectors of columns at `column`, `at` and `weights`.
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
                let mut sums = [[$zero(); VECTORS]; ROWS];
                let mut weights = weights;
                let mut left = left;
                for _input in 0..p.depth {
                    let mut weight = [$zero(); VECTORS];
                    for v in 0..VECTORS {
                        // SAFETY: the panel has `depth` lines of `width` columns, and this tile's lie in them.
                        weight[v] = unsafe { load(weights.wrapping_add(v * LANES)) };
                    }
                    for r in 0..ROWS {
                        let row = left.wrapping_add(r.wrapping_mul(p.left_stride));
                        // SAFETY: each of the rows has `depth` numbers.
                        let value = unsafe { splat(row) };
                        for v in 0..VECTORS {
                            sums[r][v] = $fma(value, weight[v], sums[r][v]);
                        }
                    }
                    weights = weights.wrapping_add(width);
                    left = left.wrapping_add(1);
                }
                for r in 0..ROWS {
                    for v in 0..VECTORS {
                        let column = column.wrapping_add(v * LANES);
                        let at = at
                            .wrapping_add(r.wrapping_mul(p.output_stride))
                            .wrapping_add(v * LANES);
                        // SAFETY: there is a bias for every column, and a residual for every number of the output.
                        let start = unsafe {
                            match p.start {
                                Start::Bias(bias) => load(bias.as_ptr().wrapping_add(column)),
                                Start::BiasAnd(bias, residual) => $add(
                                    load(bias.as_ptr().wrapping_add(column)),
                                    load(residual.as_ptr().wrapping_add(at)),
                                ),
                                Start::Nothing => $zero(),
                            }
                        };
                        let sum = relu6(p.relu6, $add(start, sums[r][v]));
                        // SAFETY: this tile's rows and columns lie in the output.
                        unsafe { store(output.wrapping_add(at), sum) };
                    }
                }
            }

            /// All rows of `VECTORS` vectors of columns.
            ///
            /// # Safety
            /// As for [`tile`], at `column` and `weights`.
            #[target_feature(enable = $features)]
            #[inline]
            unsafe fn columns<const VECTORS: usize>(
                p: &Product<'_>,
                column: usize,
                weights: *const f32,
                width: usize,
                output: *mut f32,
            ) {
                for line in 0..p.lines {
                    let mut left = p.left.as_ptr().wrapping_add(line * p.left_line);
                    let mut at = line * p.output_line + column;
                    let mut rows = p.rows;
                    // SAFETY: as asked of the caller, and `rows` rows are left at `left` and at `at`.
                    unsafe {
                        $(while VECTORS == $vectors && (rows == $rows || rows >= $rows + $rest) {
                            tile::<$rows, $vectors>(p, left, at, column, weights, width, output);
                            left = left.wrapping_add($rows * p.left_stride);
                            at += $rows * p.output_stride;
                            rows -= $rows;
                        })*
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
                let output = output.as_mut_ptr();
                for first in (0..p.columns).step_by(PANEL) {
                    let width = PANEL.min(p.columns - first);
                    let panel = p
                        .packed
                        .as_ptr()
                        .wrapping_add(first * p.packed_inputs + p.first_input * width);
                    let mut part = 0;
                    while part < width {
                        let (column, weights) = (first + part, panel.wrapping_add(part));
                        let vectors = ((width - part) / LANES).min($most);
                        // SAFETY: so many vectors of columns are left in the panel, whose first input that takes
                        // part is at `panel`.
                        unsafe {
                            match vectors {
                                3 => columns::<3>(p, column, weights, width, output),
                                2 => columns::<2>(p, column, weights, width, output),
                                _ => columns::<1>(p, column, weights, width, output),
                            }
                        }
                        part += vectors * LANES;
                    }
                }
            }

            /// `PIXELS` pixels of an output row, a vector of channels, kernel of side `K` (0: as `d` says).
            ///
            /// # Safety
            /// The slices of `d` and the output are as long as `Depthwise::write` asserts; the pixels are in the row
            /// and the channels among those that there are.
            #[target_feature(enable = $features)]
            #[inline]
            unsafe fn pixels<const PIXELS: usize, const K: usize>(
                d: &Depthwise<'_>,
                row: usize,
                column: usize,
                channel: usize,
                output: *mut f32,
            ) {
                let kernel = if K == 0 { d.kernel } else { K };
                let (c, stride) = (d.channels, d.stride.wrapping_mul(d.channels));
                // SAFETY: there is a bias for every channel.
                let mut sums = [unsafe { load(d.bias.as_ptr().wrapping_add(channel)) }; PIXELS];
                for y in 0..kernel {
                    let pixel = (row * d.stride + y) * d.input_width + column * d.stride;
                    let mut input = d.input.as_ptr().wrapping_add(pixel * c + channel);
                    let first = y * kernel * d.weight_stride + channel;
                    let mut weights = d.weights.as_ptr().wrapping_add(first);
                    for _x in 0..kernel {
                        // SAFETY: there are weights of every channel for every pixel of the kernel.
                        let weight = unsafe { load(weights) };
                        for p in 0..PIXELS {
                            // SAFETY: the padded map has every pixel that the kernel looks at.
                            let value = unsafe { load(input.wrapping_add(p.wrapping_mul(stride))) };
                            sums[p] = $fma(value, weight, sums[p]);
                        }
                        weights = weights.wrapping_add(d.weight_stride);
                        input = input.wrapping_add(c);
                    }
                }
                let first = (row * d.width + column) * c + channel;
                for p in 0..PIXELS {
                    let to = output.wrapping_add(first.wrapping_add(p.wrapping_mul(c)));
                    // SAFETY: the pixels lie in the output.
                    unsafe { store(to, relu6(d.relu6, sums[p])) };
                }
            }

            /// The whole map, kernel of side `K`.
            ///
            /// # Safety
            /// The slices of `d` and the output are as long as `Depthwise::write` asserts.
            #[target_feature(enable = $features)]
            #[inline]
            unsafe fn map<const K: usize>(d: &Depthwise<'_>, output: *mut f32) {
                for row in 0..d.rows {
                    for channel in (0..d.channels).step_by(LANES) {
                        let mut column = 0;
                        // SAFETY: rows, columns and channels stay below those that there are.
                        unsafe {
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
                // SAFETY: as asked of the caller.
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
    tiles: [(3, 7, 0), (2, 7, 0), (1, 14, 0), (1, 7, 0)],
    vector: __m512,
    load: |from| _mm512_maskz_loadu_ps(!0, from),
    store: |to, values| _mm512_mask_storeu_ps(to, !0, values),
    splat: _mm512_broadcastss_ps,
    _mm512_set1_ps, _mm512_setzero_ps,
    _mm512_fmadd_ps, _mm512_add_ps, _mm512_min_ps, _mm512_max_ps
);

kernels!(
    avx2, "avx2,fma", lanes: 8, vectors: 2,
    tiles: [(2, 6, 3), (2, 4, 3), (2, 3, 0), (2, 2, 0)],
    vector: __m256,
    load: |from| _mm256_maskload_ps(from, _mm256_set1_epi32(-1)),
    store: |to, values| _mm256_maskstore_ps(to, _mm256_set1_epi32(-1), values),
    splat: _mm256_broadcastss_ps,
    _mm256_set1_ps, _mm256_setzero_ps,
    _mm256_fmadd_ps, _mm256_add_ps, _mm256_min_ps, _mm256_max_ps
);
