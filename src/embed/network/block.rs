//! An inverted residual as one Candle custom op: expand (1×1), depthwise (3×3 or 5×5), project (1×1), add.
//!
//! M. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018,
//! <https://arxiv.org/abs/1801.04381>.
//!
//! The expanded map is six times as large as what goes in and comes out: 4.8 MB in the largest block. Here it
//! is never whole. Wide maps with few channels are worked off in strips of rows, where the rows that two strips
//! share are kept; small maps with many channels in groups of channels, whose projections are added up. Either
//! way the scratch stays within [`SCRATCH`] and so in the second-level cache.

use std::cell::RefCell;
use std::ops::Range;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use candle_nn::VarBuilder;
use rayon::prelude::*;

use super::pointwise::Pointwise;
use super::{Spread, numbers, padded_vec, same};
use crate::embed::kernels::{Depthwise, Instructions, PANEL, padded};

/// Numbers of scratch a thread: 384 KiB.
const SCRATCH: usize = 96 * 1024;

thread_local! {
    static SCRATCHES: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// The sizes of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockConfig {
    /// The side of the depthwise kernel.
    pub kernel: usize,
    /// The step of the depthwise convolution.
    pub stride: usize,
    /// How many times wider the map is inside.
    pub expansion: usize,
    /// Channels that go in.
    pub inputs: usize,
    /// Channels that come out.
    pub outputs: usize,
}

impl BlockConfig {
    /// Channels inside.
    pub fn expanded(&self) -> usize {
        self.inputs * self.expansion
    }

    /// Whether what goes in is added to what comes out.
    pub fn residual(&self) -> bool {
        self.stride == 1 && self.inputs == self.outputs
    }
}

/// A block with its weights.
pub struct Block {
    config: BlockConfig,
    expand: Option<Pointwise>,
    /// For each pixel of the kernel, a number a channel.
    weights: Vec<f32>,
    bias: Vec<f32>,
    project: Pointwise,
}

impl Block {
    /// Takes `_expand_conv` (where the expansion is not 1), `_depthwise_conv` and `_project_conv` from `vb`,
    /// each with `weight` and `bias`.
    ///
    /// # Errors
    /// If a tensor is missing or has another shape.
    pub fn new(config: BlockConfig, vb: VarBuilder) -> Result<Self> {
        let wide = config.expanded();
        let expand = if config.expansion == 1 {
            None
        } else {
            let vb = vb.pp("_expand_conv");
            Some(Pointwise::new(config.inputs, wide, true, vb)?)
        };
        let depthwise = vb.pp("_depthwise_conv");
        let kernel = config.kernel;
        let weights = depthwise
            .get((wide, 1, kernel, kernel), "weight")?
            .reshape((wide, kernel * kernel))?
            .t()?
            .pad_with_zeros(1, 0, padded(wide) - wide)?
            .flatten_all()?
            .to_vec1::<f32>()?;
        Ok(Self {
            config,
            expand,
            weights,
            bias: padded_vec(&depthwise.get(wide, "bias")?)?,
            project: Pointwise::new(wide, config.outputs, false, vb.pp("_project_conv"))?,
        })
    }

    /// batch × height × width × inputs to batch × ⌈height/stride⌉ × ⌈width/stride⌉ × outputs, channels padded.
    ///
    /// # Errors
    /// If the map has another shape.
    pub fn forward(&self, map: &Tensor, spread: Spread) -> Result<Tensor> {
        map.contiguous()?.apply_op1_no_bwd(&Forward {
            block: self,
            spread,
        })
    }

    /// The rows `range` of one picture's output.
    fn rows(&self, map: &[f32], sizes: &Sizes, range: Range<usize>, output: &mut [f32]) {
        let plan = Plan::new(&self.config, sizes, range.len());
        SCRATCHES.with_borrow_mut(|scratch| {
            if scratch.len() < plan.scratch() {
                scratch.resize(plan.scratch(), 0.0);
            }
            let (wide, narrow) = scratch.split_at_mut(plan.wide());
            for first in range.clone().step_by(plan.strip) {
                let rows = first..range.end.min(first + plan.strip);
                let line = sizes.columns * self.project.outputs();
                let output = &mut output[(first - range.start) * line..][..rows.len() * line];
                let kept = plan.kept(&self.config, first > range.start, wide);
                for group in (0..sizes.expanded).step_by(plan.group) {
                    let channels = plan.group.min(sizes.expanded - group);
                    self.widen(map, sizes, &rows, kept, group, channels, wide);
                    self.depthwise(sizes, rows.len(), group, channels, wide, narrow);
                    let residual = self.config.residual().then(|| &map[first * line..]);
                    let pixels = rows.len() * sizes.columns;
                    self.project
                        .part(pixels, narrow, group, channels, residual, output);
                }
            }
        });
    }

    /// Fills `wide` with the padded, expanded map that the output rows `rows` need; its first `kept` rows
    /// are there already.
    fn widen(
        &self,
        map: &[f32],
        sizes: &Sizes,
        rows: &Range<usize>,
        kept: usize,
        group: usize,
        channels: usize,
        wide: &mut [f32],
    ) {
        let line = sizes.padded_width * channels;
        let count = (rows.len() - 1) * self.config.stride + self.config.kernel;
        let left = sizes.left * channels;
        let inside = sizes.width * channels;
        for (index, wide) in wide
            .chunks_exact_mut(line)
            .take(count)
            .enumerate()
            .skip(kept)
        {
            let y = (rows.start * self.config.stride + index)
                .checked_sub(sizes.above)
                .filter(|&y| y < sizes.height);
            let Some(y) = y else {
                wide.fill(0.0);
                continue;
            };
            // whatever lies beyond the last column that is looked at is dropped
            let inside = inside.min(line - left);
            wide[..left].fill(0.0);
            wide[left + inside..].fill(0.0);
            let wide = &mut wide[left..left + inside];
            let map = &map[y * sizes.width * sizes.inputs..][..sizes.width * sizes.inputs];
            match &self.expand {
                Some(expand) => expand.columns(inside / channels, map, group, channels, wide),
                None => wide.copy_from_slice(&map[..inside]),
            }
        }
    }

    fn depthwise(
        &self,
        sizes: &Sizes,
        rows: usize,
        group: usize,
        channels: usize,
        wide: &[f32],
        narrow: &mut [f32],
    ) {
        Depthwise {
            channels,
            kernel: self.config.kernel,
            stride: self.config.stride,
            rows,
            width: sizes.columns,
            input: wide,
            input_width: sizes.padded_width,
            weights: &self.weights[group..],
            weight_stride: sizes.expanded,
            bias: &self.bias[group..],
            relu6: true,
        }
        .write(Instructions::best(), narrow);
    }
}

/// The sizes of one picture's maps; channels are padded.
struct Sizes {
    height: usize,
    width: usize,
    rows: usize,
    columns: usize,
    above: usize,
    left: usize,
    /// Columns of the padded map that the depthwise convolution looks at.
    padded_width: usize,
    inputs: usize,
    expanded: usize,
}

impl Sizes {
    fn new(config: &BlockConfig, height: usize, width: usize) -> Self {
        let (rows, above) = same(height, config.kernel, config.stride);
        let (columns, left) = same(width, config.kernel, config.stride);
        Self {
            height,
            width,
            rows,
            columns,
            above,
            left,
            padded_width: (columns.max(1) - 1) * config.stride + config.kernel,
            inputs: padded(config.inputs),
            expanded: padded(config.expanded()),
        }
    }
}

/// How a block is worked off: `strip` output rows and `group` channels at a time.
struct Plan {
    strip: usize,
    group: usize,
    /// Numbers of the expanded map, and of the depthwise result, for one channel.
    per_channel: (usize, usize),
    /// All channels.
    channels: usize,
    padded_width: usize,
}

impl Plan {
    fn new(config: &BlockConfig, sizes: &Sizes, rows: usize) -> Self {
        let cost = |rows: usize| {
            let wide = ((rows.max(1) - 1) * config.stride + config.kernel) * sizes.padded_width;
            (wide, rows * sizes.columns)
        };
        let total = |rows: usize| cost(rows).0 + cost(rows).1;
        // by the whole map, however many of its rows are asked for: the sums are the same however it is spread
        let fitting = SCRATCH / total(sizes.rows).max(1) / PANEL * PANEL;
        let group = if fitting >= sizes.expanded {
            sizes.expanded
        } else if fitting >= 2 * PANEL && config.expansion > 1 {
            // two panels at least, or the input is read too often; without expansion there is nothing to group
            fitting
        } else {
            sizes.expanded
        };
        let strip = (1..=rows)
            .take_while(|&strip| total(strip) * group <= SCRATCH)
            .last()
            .unwrap_or(1);
        Self {
            strip,
            group,
            per_channel: cost(strip),
            channels: sizes.expanded,
            padded_width: sizes.padded_width,
        }
    }

    fn wide(&self) -> usize {
        self.per_channel.0 * self.group
    }

    fn scratch(&self) -> usize {
        self.wide() + self.per_channel.1 * self.group
    }

    /// Moves the rows that this strip shares with the one before to the front of `wide`; how many they are.
    fn kept(&self, config: &BlockConfig, follows: bool, wide: &mut [f32]) -> usize {
        if !follows || self.group < self.channels {
            return 0;
        }
        let line = self.padded_width * self.group;
        let shared = config.kernel.saturating_sub(config.stride);
        let from = self.strip * config.stride * line;
        wide.copy_within(from..from + shared * line, 0);
        shared
    }
}

struct Forward<'a> {
    block: &'a Block,
    spread: Spread,
}

impl CustomOp1 for Forward<'_> {
    fn name(&self) -> &'static str {
        "inverted-residual-nhwc"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let maps = numbers(storage, layout)?;
        let config = &self.block.config;
        let &[batch, height, width, inputs] = layout.dims() else {
            candle_core::bail!(
                "batch × height × width × channels wanted, {:?} given",
                layout.shape()
            );
        };
        let sizes = Sizes::new(config, height, width);
        if inputs != sizes.inputs || batch * height * width == 0 {
            candle_core::bail!(
                "{} channels wanted, {:?} given",
                sizes.inputs,
                layout.shape()
            );
        }
        let outputs = self.block.project.outputs();
        let line = sizes.columns * outputs;
        let mut output = vec![0f32; batch * sizes.rows * line];
        let size = height * width * inputs;
        for (map, output) in maps
            .chunks_exact(size)
            .zip(output.chunks_exact_mut(sizes.rows * line))
        {
            match self.spread {
                Spread::One => self.block.rows(map, &sizes, 0..sizes.rows, output),
                Spread::Rows => {
                    let share = sizes.rows.div_ceil(rayon::current_num_threads().max(1));
                    output
                        .par_chunks_mut(share * line)
                        .enumerate()
                        .for_each(|(index, output)| {
                            let first = index * share;
                            let range = first..first + output.len() / line;
                            self.block.rows(map, &sizes, range, output);
                        });
                }
            }
        }
        let shape = (batch, sizes.rows, sizes.columns, outputs).into();
        Ok((CpuStorage::F32(output), shape))
    }
}
