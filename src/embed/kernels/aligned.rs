//! Numbers that begin at a cache line.

use std::ops::{Deref, DerefMut};

use super::LANES;

/// A cache line, and a vector of AVX-512.
#[derive(Debug, Clone, Copy, bytemuck::Zeroable, bytemuck::Pod)]
#[repr(C, align(64))]
struct Line([f32; LANES]);

/// Numbers that begin at a cache line and are a whole number of them. A `Vec<f32>` begins anywhere, and a vector
/// that is loaded across two lines takes twice as long.
#[derive(Debug, Default)]
pub struct Aligned(Vec<Line>);

impl Aligned {
    /// The first `count` numbers, for writing; there are so many afterwards, whatever they are.
    pub fn first(&mut self, count: usize) -> &mut [f32] {
        let lines = count.div_ceil(LANES);
        if self.0.len() < lines {
            self.0.resize(lines, Line([0.0; LANES]));
        }
        &mut self[..count]
    }
}

impl From<&[f32]> for Aligned {
    fn from(values: &[f32]) -> Self {
        let mut aligned = Self::default();
        aligned.first(values.len()).copy_from_slice(values);
        aligned
    }
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        bytemuck::cast_slice(&self.0)
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        bytemuck::cast_slice_mut(&mut self.0)
    }
}
