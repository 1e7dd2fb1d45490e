//! Rows as 8 bit codes.
//!
//! Row x is kept as `scale` · c with c in −127..=127 and `scale` = max|x| / 127. A group of 16 rows lies
//! together: line after line of 64 bytes, four dimensions of each of the 16 rows in a line (as the
//! instruction `vpdpbusd` takes them, so that no sum runs across lanes), codes stored as c + 128; then
//! one line each of the 16 scales, the lengths of what the codes leave out |x − scale·c|, the lengths
//! |scale·c|, and the squares |x|².
//!
//! A query q is kept in two digits of base 254: q ≈ `step` · (254·high + low), both in −127..=127.

use rayon::prelude::*;

use super::index::SearchError;
use super::score::{Rows, VectorMetric};
use crate::spill::Spill;

/// Rows in a group: the lanes of a 512 bit register.
pub(super) const GROUP: usize = 16;
/// Dimensions in a line of codes.
const STEP: usize = 4;
/// Lines of numbers after a group's codes.
const TAIL: usize = 4;
/// Groups that are made before the rows are let go of: 65,536 rows.
pub(super) const PIECE: usize = 4096;
/// Bytes of codes that lie in memory at most, those of nearly two million shoes: every question looks at all of them.
const IN_MEMORY: usize = 1 << 30;
/// Values beyond this would overflow when squared and summed.
const LARGEST: f32 = 1e16;
/// Of the two digits of a query.
const BASE: i32 = 254;
/// Both digits at their largest, less one that would round the high digit up.
const LARGEST_WHOLE: i32 = 127 * BASE + 126;

/// One cache line: the codes of 16 rows in four dimensions, or a number for each of 16 rows.
#[derive(Clone, Copy, bytemuck::Zeroable, bytemuck::Pod)]
#[repr(C, align(64))]
pub(super) struct Line(pub(super) [[u8; STEP]; GROUP]);

impl Line {
    #[inline(always)]
    pub(super) fn numbers(&self) -> [f32; GROUP] {
        std::array::from_fn(|lane| f32::from_ne_bytes(self.0[lane]))
    }

    fn set_number(&mut self, lane: usize, number: f32) {
        self.0[lane] = number.to_ne_bytes();
    }
}

/// The codes of all rows.
pub(super) struct Codes {
    dims: usize,
    len: usize,
    lines: Spill<Line>,
}

/// A group's lines, apart.
#[derive(Clone, Copy)]
pub(super) struct GroupLines<'a> {
    /// ⌈dims / 4⌉ lines of codes.
    pub(super) codes: &'a [Line],
    pub(super) scale: &'a Line,
    pub(super) left_out: &'a Line,
    pub(super) length: &'a Line,
    pub(super) square: &'a Line,
}

impl Codes {
    pub(super) fn of(dims: usize, rows: &Rows) -> Result<Self, SearchError> {
        if dims == 0 || !rows.len().is_multiple_of(dims) {
            return Err(SearchError::Dims {
                found: rows.len(),
                wanted: dims,
            });
        }
        let len = rows.len() / dims;
        if u32::try_from(len).is_err() {
            return Err(SearchError::TooMany);
        }
        let stride = stride(dims);
        let groups = len.div_ceil(GROUP);
        let mut lines = Spill::zeroed_beyond(IN_MEMORY, groups * stride);
        for first in (0..groups).step_by(PIECE) {
            let end = groups.min(first + PIECE);
            lines[first * stride..end * stride]
                .par_chunks_exact_mut(stride)
                .enumerate()
                .try_for_each_init(
                    || vec![0f32; dims],
                    |line, (group, lines)| {
                        let from = (first + group) * GROUP;
                        for row in from..(from + GROUP).min(len) {
                            rows.read(row, line);
                            encode(line, row - from, lines).ok_or(SearchError::Row(row))?;
                        }
                        Ok(())
                    },
                )?;
            lines.release();
            rows.release();
        }
        Ok(Self { dims, len, lines })
    }

    /// Lets go of the memory of what was read so far, where the codes lie in a file.
    pub(super) fn release(&self) {
        self.lines.release();
    }

    pub(super) fn dims(&self) -> usize {
        self.dims
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn groups(&self) -> usize {
        self.len.div_ceil(GROUP)
    }

    #[inline(always)]
    pub(super) fn group(&self, group: usize) -> GroupLines<'_> {
        let stride = stride(self.dims);
        let lines = &self.lines[group * stride..][..stride];
        let (codes, tail) = lines.split_at(stride - TAIL);
        GroupLines {
            codes,
            scale: &tail[0],
            left_out: &tail[1],
            length: &tail[2],
            square: &tail[3],
        }
    }
}

fn stride(dims: usize) -> usize {
    dims.div_ceil(STEP) + TAIL
}

/// Writes one row into its lane; `None` if a value is not finite or too large.
fn encode(row: &[f32], lane: usize, lines: &mut [Line]) -> Option<()> {
    let largest = largest(row)?;
    // So small that the scale would lose its digits: all of it is left out.
    let scale = if largest > 1e-30 {
        largest / 127.0
    } else {
        0.0
    };
    let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    let (codes, tail) = lines.split_at_mut(lines.len() - TAIL);
    let (mut left_out, mut square, mut code_square) = (0f64, 0f64, 0f64);
    for (line, values) in codes.iter_mut().zip(row.chunks(STEP)) {
        line.0[lane] = [128; STEP];
        for (code, &value) in line.0[lane].iter_mut().zip(values) {
            let whole = (value * inverse).round().clamp(-127.0, 127.0);
            // By way of i8 the compiler sees that nothing overflows.
            let number = i32::from(whole as i8);
            *code = (number + 128) as u8;
            let left = f64::from(value) - f64::from(scale) * f64::from(whole);
            left_out += left * left;
            square += f64::from(value) * f64::from(value);
            code_square += f64::from(number * number);
        }
    }
    tail[0].set_number(lane, scale);
    tail[1].set_number(lane, up(left_out.sqrt()));
    tail[2].set_number(lane, up(f64::from(scale) * code_square.sqrt()));
    tail[3].set_number(lane, square as f32);
    Some(())
}

/// The largest absolute value; `None` if one is not finite or too large.
fn largest(values: &[f32]) -> Option<f32> {
    let fine = values.iter().all(|value| value.abs() <= LARGEST);
    fine.then(|| {
        values
            .iter()
            .fold(0f32, |largest, value| largest.max(value.abs()))
    })
}

/// To 32 bit, never downward.
fn up(value: f64) -> f32 {
    (value * (1.0 + 1e-6)) as f32
}

/// A query in two digits, with what is needed to bound the error of a score.
pub(super) struct Query {
    /// Digits (high, low), four dimensions at a time as they meet a line of codes.
    pub(super) digits: Vec<[[i8; STEP]; 2]>,
    /// 128 times the sum of each digit: what the +128 of the codes adds.
    pub(super) offsets: [i32; 2],
    /// What a unit of each digit is worth.
    pub(super) worth: [f32; 2],
    /// Error for each unit of a row's left out length.
    pub(super) per_left_out: f32,
    /// Error for each unit of a row's code length.
    pub(super) per_length: f32,
    /// |q|².
    pub(super) square: f32,
    /// Rounding of 32 bit sums, as a share.
    pub(super) rounding: f32,
    pub(super) metric: VectorMetric,
}

impl Query {
    /// `None` if a value is not finite or too large.
    pub(super) fn of(query: &[f32], metric: VectorMetric) -> Option<Self> {
        let largest = largest(query)?;
        let step = if largest > 1e-28 {
            largest / LARGEST_WHOLE as f32
        } else {
            0.0
        };
        let (mut left_out, mut square) = (0f64, 0f64);
        let mut offsets = [0i32; 2];
        let mut digits = Vec::with_capacity(query.len().div_ceil(STEP));
        for values in query.chunks(STEP) {
            let mut pair = [[0i8; STEP]; 2];
            for (at, &value) in values.iter().enumerate() {
                let whole = if step > 0.0 {
                    (value / step).round() as i32
                } else {
                    0
                };
                let whole = whole.clamp(-LARGEST_WHOLE, LARGEST_WHOLE);
                let high = (whole + 127 * whole.signum()) / BASE;
                let low = whole - high * BASE;
                pair[0][at] = high as i8;
                pair[1][at] = low as i8;
                offsets[0] += 128 * high;
                offsets[1] += 128 * low;
                let left = f64::from(value) - f64::from(step) * f64::from(whole);
                left_out += left * left;
                square += f64::from(value) * f64::from(value);
            }
            digits.push(pair);
        }
        // Sums of 32 bit products in 16 lanes, of the scores as of the bounds, with room to spare.
        let rounding = (query.len() / 16 + 64) as f32 * f32::EPSILON;
        let length = square.sqrt();
        Some(Self {
            digits,
            offsets,
            worth: [step * BASE as f32, step],
            per_left_out: up(length * (1.0 + f64::from(rounding))),
            per_length: up(left_out.sqrt() + length * f64::from(rounding)),
            square: square as f32,
            rounding,
            metric,
        })
    }
}
