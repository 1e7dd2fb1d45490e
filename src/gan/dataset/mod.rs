//! What training and evaluation see of a catalogue: framed pictures, their codes, and which are near which. Rows held
//! out never come into training.

pub(in crate::gan) mod framing;
mod mirrored;
pub(in crate::gan) mod pixels;
pub(in crate::gan) mod shoes;
pub(in crate::gan) mod training_set;
