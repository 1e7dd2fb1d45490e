//! The learning-rate schedule of a run.

use super::TrainOptions;

/// The last part of a run, in which the learning rate falls linearly so that the two networks settle.
const DECAY_PART: f64 = 0.25;
/// The share of the learning rate that is left at the end.
const FINAL_SHARE: f64 = 0.05;

/// The share of the full learning rate after so many `images` and `seconds` of a run. A run that goes on for longer
/// than it was begun for rises again.
pub(super) fn share(options: &TrainOptions, images: u64, seconds: f64) -> f32 {
    let by_images = options.images.map(|n| images as f64 / n.max(1) as f64);
    let by_minutes = options.minutes.map(|m| seconds / (60.0 * m));
    let done = by_images.into_iter().chain(by_minutes).fold(0.0, f64::max);
    ((1.0 - done) / DECAY_PART).clamp(FINAL_SHARE, 1.0) as f32
}
