//! The geometry of what is no plain matrix product: depthwise convolutions, and the columns of the stem.

use crate::embed::network::same;

/// Weights [kernel · kernel, channels] of a depthwise convolution.
pub(super) struct Depthwise {
    pub kernel: usize,
    pub stride: usize,
    pub channels: usize,
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

impl Depthwise {
    /// Calls `each(output pixel, input pixel, tap)` for every tap that lies inside a picture of `side`.
    #[inline(always)]
    fn for_each_tap(&self, side: usize, mut each: impl FnMut(usize, usize, usize)) {
        let (rows, before) = same(side, self.kernel, self.stride);
        for row in 0..rows {
            for column in 0..rows {
                for tap_row in 0..self.kernel {
                    let Some(y) = (row * self.stride + tap_row).checked_sub(before) else {
                        continue;
                    };
                    for tap_column in 0..self.kernel {
                        let x = (column * self.stride + tap_column).checked_sub(before);
                        let Some(x) = x.filter(|&x| x < side && y < side) else {
                            continue;
                        };
                        each(
                            row * rows + column,
                            y * side + x,
                            tap_row * self.kernel + tap_column,
                        );
                    }
                }
            }
        }
    }

    /// The convolution of `x`, pictures of `side`, with the bias.
    pub fn forward(&self, x: &[f32], side: usize) -> Vec<f32> {
        let rows = side.div_ceil(self.stride);
        let pictures = x.len() / (side * side * self.channels);
        let mut out = self.bias.repeat(pictures * rows * rows);
        add_taps(self, x, side, &mut out, false);
        out
    }

    /// The gradient of pictures of `side` from that of their convolution.
    pub fn backward(&self, gradient: &[f32], side: usize) -> Vec<f32> {
        let rows = side.div_ceil(self.stride);
        let pictures = gradient.len() / (rows * rows * self.channels);
        let mut out = vec![0.0; pictures * side * side * self.channels];
        add_taps(self, gradient, side, &mut out, true);
        out
    }
}

/// Adds to every pixel of `out` what the taps bring it from `x`; with `back`, `x` is a gradient of the small side and
/// `out` that of the large one.
#[multiversion::multiversion(targets(
    "x86_64+avx512f+avx512vl",
    "x86_64+avx2+fma",
    "aarch64+neon"
))]
fn add_taps(depthwise: &Depthwise, x: &[f32], side: usize, out: &mut [f32], back: bool) {
    let channels = depthwise.channels;
    let large = side * side * channels;
    let small = side.div_ceil(depthwise.stride).pow(2) * channels;
    let (of_x, of_out) = if back { (small, large) } else { (large, small) };
    for (x, out) in x.chunks_exact(of_x).zip(out.chunks_exact_mut(of_out)) {
        depthwise.for_each_tap(side, |output, input, tap| {
            let (to, from) = if back {
                (input, output)
            } else {
                (output, input)
            };
            let to = &mut out[to * channels..][..channels];
            let from = &x[from * channels..][..channels];
            let weight = &depthwise.weight[tap * channels..][..channels];
            for ((to, from), w) in to.iter_mut().zip(from).zip(weight) {
                *to += from * w;
            }
        });
    }
}

/// The 27 numbers under the stem's kernel, for every second pixel; a grey picture is grey in all three channels.
pub(super) fn gather_stem(pictures: &[f32], side: usize, channels: usize, columns: &mut [f32]) {
    for_each_stem_tap(
        side,
        pictures.len() / (side * side * channels),
        |column, pixel| {
            for c in 0..3 {
                columns[column + c] = pictures[pixel * channels + c % channels];
            }
        },
    );
}

/// The way back of [`gather_stem`].
pub(super) fn scatter_stem(columns: &[f32], side: usize, channels: usize, of_x: &mut [f32]) {
    for_each_stem_tap(
        side,
        of_x.len() / (side * side * channels),
        |column, pixel| {
            for c in 0..3 {
                of_x[pixel * channels + c % channels] += columns[column + c];
            }
        },
    );
}

/// Calls `each(where its three numbers begin, pixel)` for what lies under the stem's kernel of 3×3, stride 2.
#[inline(always)]
fn for_each_stem_tap(side: usize, pictures: usize, mut each: impl FnMut(usize, usize)) {
    let (rows, before) = same(side, 3, 2);
    for picture in 0..pictures {
        for row in 0..rows {
            for column in 0..rows {
                let start = ((picture * rows + row) * rows + column) * 27;
                for tap in 0..9 {
                    let y = (2 * row + tap / 3)
                        .checked_sub(before)
                        .filter(|&y| y < side);
                    let x = (2 * column + tap % 3)
                        .checked_sub(before)
                        .filter(|&x| x < side);
                    if let (Some(y), Some(x)) = (y, x) {
                        each(start + 3 * tap, (picture * side + y) * side + x);
                    }
                }
            }
        }
    }
}
