//! The two loops in which the network spends its time, for the vectors that this machine has.
//!
//! Maps lie in memory as rows of pixels, the channels of a pixel side by side (NHWC), and every number of
//! channels is padded to a multiple of [`LANES`]. So a 1×1 convolution is a product of matrices, a depthwise
//! convolution is a sum of pixels times weights, and both run over whole vectors with no loose ends.
//!
//! Which instructions there are is found out once, at run time: AVX-512, AVX2 with FMA, or none of them.

#[cfg(target_arch = "x86_64")]
mod x86;

mod aligned;
mod portable;

use crate::processor::Level;
use std::sync::OnceLock;

pub use aligned::Aligned;

/// Channels are padded to a multiple of this.
pub const LANES: usize = 16;

/// Columns in a full panel of packed weights.
pub const PANEL: usize = 48;

/// The instructions to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instructions {
    /// Whatever the compiler makes of plain loops.
    Portable,
    /// AVX2 and FMA: 8 numbers at once.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512: 16 numbers at once.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Instructions {
    /// Those that are used: the best that this machine has and [`Level::most`] allows.
    pub fn best() -> Self {
        static BEST: OnceLock<Instructions> = OnceLock::new();
        *BEST.get_or_init(|| {
            let mut all = Self::all();
            all.retain(|one| one.level() <= Level::most());
            all.last().copied().unwrap_or(Self::Portable)
        })
    }

    fn level(self) -> Level {
        match self {
            Self::Portable => Level::Portable,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => Level::Avx2,
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => Level::Avx512,
        }
    }

    /// What people call them.
    pub fn name(self) -> &'static str {
        match self.level() {
            Level::Portable => "portable",
            Level::Avx2 => "AVX2",
            Level::Avx512 => "AVX-512",
        }
    }

    /// All that this machine has, the best one last.
    pub fn all() -> Vec<Self> {
        #[cfg_attr(
            not(target_arch = "x86_64"),
            expect(unused_mut, reason = "only x86-64 has others")
        )]
        let mut all = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                all.push(Self::Avx2);
                if is_x86_feature_detected!("avx512f") {
                    all.push(Self::Avx512);
                }
            }
        }
        all
    }
}

/// The next larger multiple of [`LANES`].
pub fn padded(channels: usize) -> usize {
    channels.next_multiple_of(LANES)
}

/// Packs a matrix of weights, `outputs` × `inputs` row by row as PyTorch has them, for [`Product`]:
/// panels of [`PANEL`] outputs (the last one of [`LANES`] where only so many are left), in each of them
/// the weights of one input after the other. Outputs are padded with zeros.
pub fn pack(weights: &[f32], outputs: usize, inputs: usize) -> Vec<f32> {
    let columns = padded(outputs);
    let mut packed = Vec::with_capacity(columns * inputs);
    for first in (0..columns).step_by(PANEL) {
        for input in 0..inputs {
            packed.extend((first..columns.min(first + PANEL)).map(|output| {
                if output < outputs {
                    weights[output * inputs + input]
                } else {
                    0.0
                }
            }));
        }
    }
    packed
}

/// What a [`Product`] adds its sums to.
#[derive(Clone, Copy)]
pub enum Start<'a> {
    /// One number a column.
    Bias(&'a [f32]),
    /// One number a column, and a matrix of the shape of the output (a residual connection).
    BiasAnd(&'a [f32], &'a [f32]),
    /// Nothing: a part of a sum.
    Nothing,
}

/// A product of matrices: `rows` × `depth` times `depth` × `columns`, with what surrounds it in the network.
pub struct Product<'a> {
    /// Lines of the left side and of the output.
    pub lines: usize,
    /// Rows in a line: pixels.
    pub rows: usize,
    /// How many numbers are summed up: input channels.
    pub depth: usize,
    /// Columns of the output, a multiple of [`LANES`]: output channels.
    pub columns: usize,
    /// The left side, row by row, `left_stride` apart.
    pub left: &'a [f32],
    /// From one row of the left side to the next.
    pub left_stride: usize,
    /// From one line of the left side to the next.
    pub left_line: usize,
    /// Weights from [`pack`].
    pub packed: &'a [f32],
    /// The inputs that were packed; `depth` of them, from `first_input` on, take part.
    pub packed_inputs: usize,
    /// The first input that takes part.
    pub first_input: usize,
    /// What the sums are added to.
    pub start: Start<'a>,
    /// Whether the result is kept between 0 and 6.
    pub relu6: bool,
    /// From one row of the output to the next; a residual has the same.
    pub output_stride: usize,
    /// From one line of the output to the next; a residual has the same.
    pub output_line: usize,
}

impl Product<'_> {
    /// Writes the product to `output`.
    ///
    /// # Panics
    /// If a slice is shorter than the sizes say: a bug of the caller.
    pub fn write(&self, instructions: Instructions, output: &mut [f32]) {
        if self.lines * self.rows == 0 {
            return;
        }
        let reach = |line: usize, stride: usize, width: usize| {
            (self.lines - 1) * line + (self.rows - 1) * stride + width
        };
        assert!(self.columns.is_multiple_of(LANES) && self.output_stride >= self.columns);
        assert!(self.left.len() >= reach(self.left_line, self.left_stride, self.depth));
        assert!(output.len() >= reach(self.output_line, self.output_stride, self.columns));
        assert!(self.packed.len() >= self.packed_inputs * self.columns);
        assert!(self.first_input + self.depth <= self.packed_inputs);
        match self.start {
            Start::Bias(bias) => assert!(bias.len() >= self.columns),
            Start::BiasAnd(bias, residual) => {
                assert!(bias.len() >= self.columns);
                assert!(
                    residual.len() >= reach(self.output_line, self.output_stride, self.columns)
                );
            }
            Start::Nothing => {}
        }
        match instructions {
            Instructions::Portable => portable::product(self, output),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => {
                #[expect(unsafe_code, reason = "instructions that not every machine has")]
                // SAFETY: the slices were measured above, and `Instructions::all` found AVX2 on this machine.
                unsafe {
                    x86::avx2::product(self, output)
                }
            }
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => {
                #[expect(unsafe_code, reason = "instructions that not every machine has")]
                // SAFETY: the slices were measured above, and `Instructions::all` found AVX-512 on this machine.
                unsafe {
                    x86::avx512::product(self, output)
                }
            }
        }
    }
}

/// A depthwise convolution of a map that is padded already, followed by ReLU6 if wanted.
pub struct Depthwise<'a> {
    /// Channels, a multiple of [`LANES`].
    pub channels: usize,
    /// The side of the kernel.
    pub kernel: usize,
    /// The step from one output pixel to the next.
    pub stride: usize,
    /// Output rows.
    pub rows: usize,
    /// Pixels in an output row.
    pub width: usize,
    /// The padded map, rows of `input_width` pixels.
    pub input: &'a [f32],
    /// Pixels in an input row, at least `(width − 1) · stride + kernel`.
    pub input_width: usize,
    /// Weights: for each of the kernel's pixels, row by row, `channels` numbers, `weight_stride` apart.
    pub weights: &'a [f32],
    /// From the weights of one pixel of the kernel to those of the next.
    pub weight_stride: usize,
    /// One number a channel.
    pub bias: &'a [f32],
    /// Whether the result is kept between 0 and 6.
    pub relu6: bool,
}

impl Depthwise<'_> {
    /// Writes `rows` × `width` × `channels` numbers to `output`.
    ///
    /// # Panics
    /// If a slice is shorter than the sizes say: a bug of the caller.
    pub fn write(&self, instructions: Instructions, output: &mut [f32]) {
        if self.rows == 0 || self.width == 0 {
            return;
        }
        assert!(self.channels.is_multiple_of(LANES) && self.kernel > 0);
        assert!(self.input_width >= (self.width - 1) * self.stride + self.kernel);
        let input_rows = (self.rows - 1) * self.stride + self.kernel;
        assert!(self.input.len() >= input_rows * self.input_width * self.channels);
        let taps = self.kernel * self.kernel;
        assert!(self.weights.len() >= (taps - 1) * self.weight_stride + self.channels);
        assert!(self.bias.len() >= self.channels);
        assert!(output.len() >= self.rows * self.width * self.channels);
        match instructions {
            Instructions::Portable => portable::depthwise(self, output),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => {
                #[expect(unsafe_code, reason = "instructions that not every machine has")]
                // SAFETY: the slices were measured above, and `Instructions::all` found AVX2 on this machine.
                unsafe {
                    x86::avx2::depthwise(self, output)
                }
            }
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => {
                #[expect(unsafe_code, reason = "instructions that not every machine has")]
                // SAFETY: the slices were measured above, and `Instructions::all` found AVX-512 on this machine.
                unsafe {
                    x86::avx512::depthwise(self, output)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
