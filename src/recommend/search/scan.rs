//! The scan: integer dot products of a tile of codes with a panel of queries, the bounds that follow from
//! them, and the few rows that pass.

use std::ops::Range;

use super::codes::{Codes, GROUP, Line, Query};
use super::index::Bias;
use super::score::VectorMetric;
use super::top::Candidates;
use crate::processor::Level;

/// Queries that meet a group of codes at once, so that two digits of each fill the registers.
pub(super) const PANEL: usize = 6;

/// The instructions that the scan uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kernel {
    /// `vpdpbusd` on 512 bits.
    #[cfg(target_arch = "x86_64")]
    Vnni,
    /// `vpmaddubsw` on 256 bits.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Whatever the compiler makes of it.
    Portable,
}

impl Kernel {
    /// The best that this machine has and [`Level::most`] allows.
    pub(super) fn detect() -> Self {
        let most = Level::most();
        let is_allowed = |kernel: &Self| kernel.level() <= most;
        let best = Self::available().into_iter().find(is_allowed);
        best.unwrap_or(Self::Portable)
    }

    fn level(self) -> Level {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Vnni => Level::Avx512,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => Level::Avx2,
            Self::Portable => Level::Portable,
        }
    }

    /// All that this machine has, the best first.
    pub(super) fn available() -> Vec<Self> {
        let mut kernels = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512vnni")
            {
                kernels.push(Self::Vnni);
            }
            if is_x86_feature_detected!("avx2") {
                kernels.push(Self::Avx2);
            }
        }
        kernels.push(Self::Portable);
        kernels
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Vnni => "avx512vnni",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "avx2",
            Self::Portable => "portable",
        }
    }
}

/// Rows to look at, and what applies to them.
#[derive(Clone, Copy)]
pub(super) struct Tile<'a> {
    pub(super) codes: &'a Codes,
    pub(super) mask: Option<&'a [bool]>,
    pub(super) bias: Option<Bias<'a>>,
}

/// Up to [`PANEL`] queries side by side.
pub(super) struct Panel<'a> {
    queries: &'a [Query],
    /// Number of the first query, as the bias knows it.
    first: usize,
    /// For each line of codes, the digits of each query: 2 · queries words a line.
    digits: Vec<i32>,
}

impl<'a> Panel<'a> {
    /// # Panics
    /// If there is no query or more than [`PANEL`].
    pub(super) fn new(queries: &'a [Query], first: usize) -> Self {
        assert!((1..=PANEL).contains(&queries.len()), "one to six queries");
        let lines = queries[0].digits.len();
        let digits = (0..lines)
            .flat_map(|line| queries.iter().flat_map(move |query| query.digits[line]))
            .map(|digits| i32::from_ne_bytes(digits.map(|digit| digit as u8)))
            .collect();
        Self {
            queries,
            first,
            digits,
        }
    }

    /// Looks at some groups of rows and hands those that may be among the best to `candidates`, one for
    /// each query.
    pub(super) fn scan(
        &self,
        kernel: Kernel,
        tile: Tile<'_>,
        groups: Range<usize>,
        candidates: &mut [Candidates],
    ) {
        match self.queries.len() {
            1 => self.scan_as::<2>(kernel, tile, groups, candidates),
            2 => self.scan_as::<4>(kernel, tile, groups, candidates),
            3 => self.scan_as::<6>(kernel, tile, groups, candidates),
            4 => self.scan_as::<8>(kernel, tile, groups, candidates),
            5 => self.scan_as::<10>(kernel, tile, groups, candidates),
            _ => self.scan_as::<12>(kernel, tile, groups, candidates),
        }
    }

    fn scan_as<const V: usize>(
        &self,
        kernel: Kernel,
        tile: Tile<'_>,
        groups: Range<usize>,
        candidates: &mut [Candidates],
    ) {
        match kernel {
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "instructions that not every machine has")]
            // SAFETY: `Kernel::available` found these instructions on this machine.
            Kernel::Vnni => unsafe { x86::scan_vnni::<V>(self, tile, groups, candidates) },
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "instructions that not every machine has")]
            // SAFETY: `Kernel::available` found these instructions on this machine.
            Kernel::Avx2 => unsafe { x86::scan_avx2::<V>(self, tile, groups, candidates) },
            Kernel::Portable => self.scan_with::<V, false>(tile, groups, candidates, portable::<V>),
        }
    }

    /// `dots` gives, for each of V digits, the sums over dimensions of code times digit, of 16 rows; the
    /// codes signed, or as they are stored, with 128 added.
    #[inline(always)]
    fn scan_with<const V: usize, const SIGNED: bool>(
        &self,
        tile: Tile<'_>,
        groups: Range<usize>,
        candidates: &mut [Candidates],
        dots: impl Fn(&[Line], &[[i32; V]]) -> [[i32; GROUP]; V],
    ) {
        let (digits, _) = self.digits.as_chunks::<V>();
        for group in groups {
            let first_row = group * GROUP;
            let rows = GROUP.min(tile.codes.len() - first_row);
            let open = open_rows(tile.mask, first_row, rows);
            if open == 0 {
                continue;
            }
            let lines = tile.codes.group(group);
            let sums = dots(lines.codes, digits);
            let numbers = Numbers {
                scale: lines.scale.numbers(),
                left_out: lines.left_out.numbers(),
                length: lines.length.numbers(),
                square: lines.square.numbers(),
            };
            for (number, (query, candidates)) in
                self.queries.iter().zip(&mut *candidates).enumerate()
            {
                let offsets = if SIGNED { [0; 2] } else { query.offsets };
                let dots = [&sums[2 * number], &sums[2 * number + 1]];
                let mut bounds = Bounds::new(query, dots, offsets, &numbers);
                if let Some(add) = tile.bias {
                    let mut bias = [0f32; GROUP];
                    add(self.first + number, first_row, &mut bias[..rows]);
                    bounds.shift(&bias);
                }
                let mut passed = open & bounds.reaching(candidates.threshold);
                while passed != 0 {
                    let lane = passed.trailing_zeros() as usize;
                    passed &= passed - 1;
                    let (lower, upper) = (bounds.lower(lane), bounds.upper[lane]);
                    candidates.push((first_row + lane) as u32, lower, upper);
                }
            }
        }
    }
}

/// Which of a group's rows may be found, a bit a row.
#[inline(always)]
fn open_rows(mask: Option<&[bool]>, first_row: usize, rows: usize) -> u32 {
    let all = u32::MAX >> (32 - rows);
    let Some(mask) = mask else {
        return all;
    };
    let mask = &mask[first_row..first_row + rows];
    let bits = mask
        .iter()
        .rev()
        .fold(0, |bits, &set| bits << 1 | u32::from(set));
    all & bits
}

/// What is kept of a group's rows beside their codes.
struct Numbers {
    scale: [f32; GROUP],
    left_out: [f32; GROUP],
    length: [f32; GROUP],
    square: [f32; GROUP],
}

/// The scores of a group's rows as far as the codes tell: each lies within `reach` of `middle`, plus the bias.
struct Bounds {
    middle: [f32; GROUP],
    reach: [f32; GROUP],
    bias: [f32; GROUP],
    upper: [f32; GROUP],
}

impl Bounds {
    /// From the dot products of the codes with the query's two digits, less what the +128 of the codes adds.
    #[inline(always)]
    fn new(
        query: &Query,
        [high, low]: [&[i32; GROUP]; 2],
        offsets: [i32; 2],
        rows: &Numbers,
    ) -> Self {
        let mut middle = [0f32; GROUP];
        let mut reach = [0f32; GROUP];
        for lane in 0..GROUP {
            // Cannot overflow; a check would keep this loop from running on vectors.
            let high = high[lane].wrapping_sub(offsets[0]) as f32;
            let low = low[lane].wrapping_sub(offsets[1]) as f32;
            middle[lane] = rows.scale[lane] * (query.worth[0] * high + query.worth[1] * low);
            reach[lane] =
                query.per_left_out * rows.left_out[lane] + query.per_length * rows.length[lane];
        }
        if query.metric == VectorMetric::SquaredEuclidean {
            for lane in 0..GROUP {
                let squares = query.square + rows.square[lane];
                middle[lane] = 2.0 * middle[lane] - squares;
                reach[lane] = 2.0 * reach[lane] + query.rounding * squares;
            }
        }
        let upper = std::array::from_fn(|lane| middle[lane] + reach[lane]);
        Self {
            middle,
            reach,
            bias: [0.0; GROUP],
            upper,
        }
    }

    #[inline(always)]
    fn shift(&mut self, bias: &[f32; GROUP]) {
        self.bias = *bias;
        for (upper, bias) in self.upper.iter_mut().zip(bias) {
            *upper += bias;
        }
    }

    /// Rows whose upper bound is at least the threshold, a bit a row.
    #[inline(always)]
    fn reaching(&self, threshold: f32) -> u32 {
        let mut passed = 0;
        for (lane, upper) in self.upper.iter().enumerate() {
            passed |= u32::from(*upper >= threshold) << lane;
        }
        passed
    }

    #[inline(always)]
    fn lower(&self, lane: usize) -> f32 {
        self.middle[lane] - self.reach[lane] + self.bias[lane]
    }
}

#[inline(always)]
fn portable<const V: usize>(lines: &[Line], digits: &[[i32; V]]) -> [[i32; GROUP]; V] {
    let mut sums = [[0i32; GROUP]; V];
    for (line, digits) in lines.iter().zip(digits) {
        for (sums, digit) in sums.iter_mut().zip(digits) {
            let [a, b, c, d] = digit.to_ne_bytes().map(|digit| i32::from(digit as i8));
            for (sum, codes) in sums.iter_mut().zip(&line.0) {
                let codes = codes.map(i32::from);
                // Products of two bytes cannot overflow, nor can their sums over any embedding.
                let products = codes[0] * a + codes[1] * b + codes[2] * c + codes[3] * d;
                *sum = sum.wrapping_add(products);
            }
        }
    }
    sums
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;
    use std::ops::Range;

    use super::{Candidates, GROUP, Line, Panel, Tile};

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
    pub(super) fn scan_vnni<const V: usize>(
        panel: &Panel<'_>,
        tile: Tile<'_>,
        groups: Range<usize>,
        candidates: &mut [Candidates],
    ) {
        panel.scan_with::<V, false>(tile, groups, candidates, |lines, digits| {
            vnni(lines, digits)
        });
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn scan_avx2<const V: usize>(
        panel: &Panel<'_>,
        tile: Tile<'_>,
        groups: Range<usize>,
        candidates: &mut [Candidates],
    ) {
        panel.scan_with::<V, true>(tile, groups, candidates, |lines, digits| {
            avx2(lines, digits)
        });
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
    #[inline]
    fn vnni<const V: usize>(lines: &[Line], digits: &[[i32; V]]) -> [[i32; GROUP]; V] {
        // Two sums a digit, so that one query does not wait for its own last product.
        let mut sums = [[_mm512_setzero_si512(); 2]; V];
        let (line_pairs, line_rest) = lines.as_chunks::<2>();
        let (digit_pairs, digit_rest) = digits.as_chunks::<2>();
        for (lines, digits) in line_pairs.iter().zip(digit_pairs) {
            for (half, line) in lines.iter().enumerate() {
                let codes = load512(line);
                for (sums, digits) in sums.iter_mut().zip(&digits[half]) {
                    let which = if V <= 8 { half } else { 0 };
                    sums[which] =
                        _mm512_dpbusd_epi32(sums[which], codes, _mm512_set1_epi32(*digits));
                }
            }
        }
        for (line, digits) in line_rest.iter().zip(digit_rest) {
            let codes = load512(line);
            for (sums, digits) in sums.iter_mut().zip(digits) {
                sums[0] = _mm512_dpbusd_epi32(sums[0], codes, _mm512_set1_epi32(*digits));
            }
        }
        sums.map(|[a, b]| {
            let sum = _mm512_add_epi32(a, b);
            #[expect(unsafe_code, reason = "a register as numbers")]
            // SAFETY: both are 64 bytes, any of which are numbers.
            unsafe {
                std::mem::transmute::<__m512i, [i32; GROUP]>(sum)
            }
        })
    }

    #[target_feature(enable = "avx512f")]
    #[inline]
    fn load512(line: &Line) -> __m512i {
        #[expect(unsafe_code, reason = "a load of a cache line")]
        // SAFETY: a line is 64 bytes, aligned to 64.
        unsafe {
            _mm512_load_si512(std::ptr::from_ref(line).cast())
        }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn avx2<const V: usize>(lines: &[Line], digits: &[[i32; V]]) -> [[i32; GROUP]; V] {
        let mut out = [[0i32; GROUP]; V];
        // Two digits at a time: with both halves of a line all that sixteen registers hold.
        for first in (0..V).step_by(2) {
            let mut sums = [[_mm256_setzero_si256(); 2]; 2];
            for (line, digits) in lines.iter().zip(digits) {
                let halves = load256(line);
                let sizes = halves.map(|half| _mm256_abs_epi8(half));
                for (sums, digits) in sums.iter_mut().zip(&digits[first..]) {
                    let digits = _mm256_set1_epi32(*digits);
                    for half in 0..2 {
                        // |c| · (d with the sign of c): pairs stay below 2 · 127 · 127, so nothing saturates.
                        let signed = _mm256_sign_epi8(digits, halves[half]);
                        let pairs = _mm256_maddubs_epi16(sizes[half], signed);
                        let fours = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
                        sums[half] = _mm256_add_epi32(sums[half], fours);
                    }
                }
            }
            for (out, sums) in out[first..].iter_mut().zip(&sums) {
                for (out, sum) in out.as_chunks_mut::<8>().0.iter_mut().zip(sums) {
                    #[expect(unsafe_code, reason = "a register as numbers")]
                    // SAFETY: both are 32 bytes, any of which are numbers.
                    unsafe {
                        *out = std::mem::transmute::<__m256i, [i32; 8]>(*sum);
                    }
                }
            }
        }
        out
    }

    /// The two halves of a line as signed codes.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn load256(line: &Line) -> [__m256i; 2] {
        let from = std::ptr::from_ref(line).cast::<__m256i>();
        let flip = _mm256_set1_epi8(-128);
        #[expect(unsafe_code, reason = "loads of half a cache line")]
        // SAFETY: a line is 64 bytes, aligned to 64. (`wrapping_add`: `add` is checked in builds with debug assertions.)
        unsafe {
            [
                _mm256_xor_si256(_mm256_load_si256(from), flip),
                _mm256_xor_si256(_mm256_load_si256(from.wrapping_add(1)), flip),
            ]
        }
    }
}
