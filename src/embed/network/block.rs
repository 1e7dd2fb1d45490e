//! An inverted residual: expand (1×1), depthwise (3×3 or 5×5), project (1×1), add.
//!
//! M. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018,
//! <https://arxiv.org/abs/1801.04381>.
//!
//! The expanded map is six times as large as what goes in and comes out: 4.8 MB in the largest block. Here it
//! is never whole. Large maps with few channels are worked off in tiles of rows, where the rows that two tiles
//! share are kept; small maps with many channels in groups of channels, whose projections are added up. Either
//! way the scratch stays within 400 KiB a thread and so in the second-level cache.
//!
//! Threads share a large map out by rows and a small one by groups: each then reads its own part of the weights,
//! most of which are in these blocks, and none expands a row that another one expands too. The groups are the
//! same for any number of threads, and so are the sums.

use std::cell::RefCell;
use std::ops::Range;

use candle_core::Result;
use candle_nn::VarBuilder;

use super::map::{Map, Shape, Source, Tiles};
use super::pointwise::{Lines, Pointwise};
use super::pool::Worker;
use super::stem::{self, Patches, Stem};
use super::{padded_vec, same};
use crate::embed::kernels::{Aligned, Depthwise, Instructions, PANEL, padded};

/// Numbers of scratch a thread: 400 KiB.
const SCRATCH: usize = 100 * 1024;

/// The most groups of channels in a small map.
pub(super) const GROUPS: usize = 4;

thread_local! {
    static SCRATCHES: RefCell<Scratch> = RefCell::default();
}

/// What one thread needs for a tile or a group.
#[derive(Default)]
struct Scratch {
    patches: Patches,
    /// The expanded map, padded.
    wide: Aligned,
    /// The depthwise convolution of it.
    narrow: Aligned,
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

/// What a block reads.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    pub(super) shape: Shape,
    pub(super) source: Source<'a>,
}

/// Where a block writes.
#[derive(Clone, Copy)]
pub(super) struct Output<'a> {
    pub(super) shape: Shape,
    pub(super) tiles: &'a Tiles,
}

/// Where the wide map comes from.
enum Widen {
    /// From the picture, in the first block: a stem.
    Stem(Stem),
    /// From the map, in all the others: a 1×1 convolution.
    Expand(Pointwise),
}

/// A block with its weights.
pub struct Block {
    config: BlockConfig,
    widen: Widen,
    /// For each pixel of the kernel, a number a channel.
    weights: Aligned,
    bias: Aligned,
    project: Pointwise,
}

impl Block {
    /// Takes `_expand_conv`, `_depthwise_conv` and `_project_conv` from `vb`, each with `weight` and `bias`.
    /// The first block of a network is given the stem and has no expansion.
    ///
    /// # Errors
    /// If a tensor is missing or has another shape.
    pub fn new(config: BlockConfig, stem: Option<Stem>, vb: VarBuilder) -> Result<Self> {
        let wide = config.expanded();
        let widen = match stem {
            Some(stem) if wide == stem::OUTPUTS => Widen::Stem(stem),
            Some(_) => candle_core::bail!("a stem in front of {wide} channels"),
            None => {
                let vb = vb.pp("_expand_conv");
                Widen::Expand(Pointwise::new(config.inputs, wide, true, vb)?)
            }
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
            widen,
            weights: Aligned::from(weights.as_slice()),
            bias: padded_vec(&depthwise.get(wide, "bias")?)?,
            project: Pointwise::new(wide, config.outputs, false, vb.pp("_project_conv"))?,
        })
    }

    /// Numbers a pixel of what goes in.
    pub(super) fn inputs(&self) -> usize {
        match &self.widen {
            Widen::Stem(_) => stem::INPUTS,
            Widen::Expand(_) => padded(self.config.inputs),
        }
    }

    /// The map that comes out where `input` goes in, a tile a thread.
    pub(super) fn output(&self, input: Shape, threads: usize) -> Shape {
        let sizes = self.sizes(input);
        Shape {
            height: sizes.rows,
            width: sizes.columns,
            channels: self.project.outputs(),
            tile_rows: sizes.rows.div_ceil(threads),
        }
    }

    fn sizes(&self, input: Shape) -> Sizes {
        let (height, width) = match &self.widen {
            Widen::Stem(_) => Stem::output(input.height, input.width),
            Widen::Expand(_) => (input.height, input.width),
        };
        Sizes::new(&self.config, height, width)
    }

    /// This thread's part of the block; `parts` is room for what each group of channels adds.
    pub(super) fn run(
        &self,
        worker: &mut Worker<'_>,
        input: Input<'_>,
        parts: &Tiles,
        output: Output<'_>,
    ) {
        let (sizes, shape) = (self.sizes(input.shape), output.shape);
        let Some(groups) = self.groups(&sizes) else {
            worker.step(shape.tiles(), |tile| {
                let map = Map::new(input.shape, input.source);
                let rows = shape.rows(tile);
                let count = rows.len() * shape.line();
                self.tile(&map, &sizes, rows, output.tiles.write(tile).first(count));
            });
            return;
        };
        worker.step(groups.len(), |group| {
            let map = Map::new(input.shape, input.source);
            let count = shape.height * shape.line();
            let mut part = parts.write(group);
            self.group(&map, &sizes, &groups[group], part.first(count));
        });
        worker.step(shape.tiles(), |tile| {
            let rows = shape.rows(tile);
            let mut output = output.tiles.write(tile);
            let output = output.first(rows.len() * shape.line());
            for group in 0..groups.len() {
                let part = parts.read(group);
                let part = &part[rows.start * shape.line()..][..output.len()];
                match group {
                    0 => output.copy_from_slice(part),
                    _ => (output.iter_mut().zip(part)).for_each(|(sum, part)| *sum += part),
                }
            }
        });
    }

    /// The groups of channels to work off a small map in, the larger ones first.
    fn groups(&self, sizes: &Sizes) -> Option<Vec<Range<usize>>> {
        let panels = sizes.expanded.div_ceil(PANEL);
        let groups = panels.min(GROUPS);
        let (each, more) = (panels / groups, panels % groups);
        let largest = panels.div_ceil(groups) * PANEL;
        let fits = sizes.numbers(sizes.rows) * largest <= SCRATCH;
        let begin = |group: usize| sizes.expanded.min((group * each + group.min(more)) * PANEL);
        // what a stem gives is all of it at once
        (fits && matches!(self.widen, Widen::Expand(_)))
            .then(|| (0..groups).map(|g| begin(g)..begin(g + 1)).collect())
    }

    /// What some of the wide channels add to the whole output.
    fn group(&self, map: &Map<'_>, sizes: &Sizes, channels: &Range<usize>, output: &mut [f32]) {
        let rows = 0..sizes.rows;
        SCRATCHES.with_borrow_mut(|scratch| {
            self.widen(map, sizes, &rows, 0, channels, scratch);
            self.depthwise(sizes, rows.len(), channels, scratch);
            self.project(map, sizes, &rows, channels, &scratch.narrow, output);
        });
    }

    /// The rows `range` of the output, so many at a time as there is scratch for.
    fn tile(&self, map: &Map<'_>, sizes: &Sizes, range: Range<usize>, output: &mut [f32]) {
        let all = 0..sizes.expanded;
        let tile = (1..=range.len())
            .take_while(|&rows| sizes.numbers(rows) * sizes.expanded <= SCRATCH)
            .last()
            .unwrap_or(1);
        let line = sizes.columns * self.project.outputs();
        let shared = self.config.kernel.saturating_sub(self.config.stride);
        SCRATCHES.with_borrow_mut(|scratch| {
            for first in range.clone().step_by(tile) {
                let rows = first..range.end.min(first + tile);
                let mut kept = 0;
                if first > range.start {
                    // the rows that this tile shares with the one before move to the front
                    kept = shared;
                    let line = sizes.padded_width * sizes.expanded;
                    let from = tile * self.config.stride * line;
                    scratch.wide.copy_within(from..from + kept * line, 0);
                }
                self.widen(map, sizes, &rows, kept, &all, scratch);
                self.depthwise(sizes, rows.len(), &all, scratch);
                let output = &mut output[(first - range.start) * line..][..rows.len() * line];
                self.project(map, sizes, &rows, &all, &scratch.narrow, output);
            }
        });
    }

    /// Fills `wide` with the padded wide map that the output rows `rows` need; its first `kept` rows are
    /// there already.
    fn widen(
        &self,
        map: &Map<'_>,
        sizes: &Sizes,
        rows: &Range<usize>,
        kept: usize,
        channels: &Range<usize>,
        scratch: &mut Scratch,
    ) {
        let line = sizes.padded_width * channels.len();
        let count = (rows.len() - 1) * self.config.stride + self.config.kernel;
        let wide = &mut scratch.wide.first(count * line)[kept * line..];
        // the rows of the padded map to fill, and which of them are not padding
        let begin = rows.start * self.config.stride + kept;
        let end = begin + count - kept;
        let inside = sizes.above.clamp(begin, end)..(sizes.above + sizes.height).clamp(begin, end);
        let (above, wide) = wide.split_at_mut((inside.start - begin) * line);
        let (wide, below) = wide.split_at_mut(inside.len() * line);
        above.fill(0.0);
        below.fill(0.0);
        if inside.is_empty() {
            return;
        }
        // whatever lies beyond the last column that is looked at is dropped
        let columns = sizes.width.min(sizes.padded_width - sizes.left);
        let left = sizes.left * channels.len();
        for wide in wide.chunks_exact_mut(line) {
            wide[..left].fill(0.0);
            wide[left + columns * channels.len()..].fill(0.0);
        }
        let rows = inside.start - sizes.above..inside.end - sizes.above;
        match &self.widen {
            Widen::Expand(expand) => {
                for (held, numbers) in map.pieces(rows.clone()) {
                    let wide = &mut wide[(held.start - rows.start) * line + left..];
                    let from = Lines {
                        numbers,
                        stride: map.shape.line(),
                    };
                    let to = Lines {
                        numbers: wide,
                        stride: line,
                    };
                    expand.columns(held.len(), columns, from, channels, to);
                }
            }
            Widen::Stem(stem) => {
                for (_, picture) in map.pieces(0..map.shape.height) {
                    for (row, wide) in rows.clone().zip(wide.chunks_exact_mut(line)) {
                        let (patches, wide) = (&mut scratch.patches, &mut wide[left..]);
                        stem.row(picture, map.shape.width, row, patches, wide);
                    }
                }
            }
        }
    }

    fn depthwise(
        &self,
        sizes: &Sizes,
        rows: usize,
        channels: &Range<usize>,
        scratch: &mut Scratch,
    ) {
        let count = rows * sizes.columns * channels.len();
        Depthwise {
            channels: channels.len(),
            kernel: self.config.kernel,
            stride: self.config.stride,
            rows,
            width: sizes.columns,
            input: &scratch.wide,
            input_width: sizes.padded_width,
            weights: &self.weights[channels.start..],
            weight_stride: sizes.expanded,
            bias: &self.bias[channels.start..],
            relu6: true,
        }
        .write(Instructions::best(), scratch.narrow.first(count));
    }

    /// Writes to `output` what `narrow`, the output rows `rows` before the projection, adds to them.
    fn project(
        &self,
        map: &Map<'_>,
        sizes: &Sizes,
        rows: &Range<usize>,
        channels: &Range<usize>,
        narrow: &[f32],
        output: &mut [f32],
    ) {
        let part = |rows: Range<usize>, residual: Option<&[f32]>, output: &mut [f32]| {
            let pixels = rows.len() * sizes.columns;
            let narrow = &narrow[rows.start * sizes.columns * channels.len()..];
            let output = &mut output[rows.start * sizes.columns * self.project.outputs()..];
            (self.project).part(pixels, narrow, channels, residual, output);
        };
        if !self.config.residual() || channels.start > 0 {
            part(0..rows.len(), None, output);
            return;
        }
        for (held, residual) in map.pieces(rows.clone()) {
            let held = held.start - rows.start..held.end - rows.start;
            part(held, Some(residual), output);
        }
    }
}

/// The sizes of one picture's maps inside a block; channels are padded.
struct Sizes {
    kernel: usize,
    stride: usize,
    /// Of the wide map.
    height: usize,
    width: usize,
    /// Of the output.
    rows: usize,
    columns: usize,
    /// Zeros before the wide map.
    above: usize,
    left: usize,
    /// Columns of the padded map that the depthwise convolution looks at.
    padded_width: usize,
    expanded: usize,
}

impl Sizes {
    fn new(config: &BlockConfig, height: usize, width: usize) -> Self {
        let (rows, above) = same(height, config.kernel, config.stride);
        let (columns, left) = same(width, config.kernel, config.stride);
        Self {
            kernel: config.kernel,
            stride: config.stride,
            height,
            width,
            rows,
            columns,
            above,
            left,
            padded_width: (columns - 1) * config.stride + config.kernel,
            expanded: padded(config.expanded()),
        }
    }

    /// Numbers of scratch for some rows of the output, for one channel.
    fn numbers(&self, rows: usize) -> usize {
        let wide = ((rows - 1) * self.stride + self.kernel) * self.padded_width;
        wide + rows * self.columns
    }
}
