//! The generator: networks, training, decoding and judging.
//!
//! A generator turns a *code* (where in shoe space) and *noise* (which of the shoes that could be there)
//! into a picture. The code is made of the raw blocks `style` and `colour` of an embedding through a basis
//! that lies in the generator's own file, so that one generator serves any catalogue:
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (style, colour) = (vec![0.0; 320], vec![0.0; 64]);
//! use shoespace::gan::Generator;
//! let generator = Generator::load("models/shoegan-grey-32.safetensors".as_ref())?;
//! let code = generator.code(&style, &colour)?;
//! let pictures = generator.decode(&[code], &[generator.noise(7, 0)])?;
//! # Ok(()) }
//! ```

mod basis;
mod critic;
mod data;
mod error;
mod eyes;
mod file;
mod frame;
mod generator;
mod info;
mod judge;
mod losses;
pub mod measure;
mod network;
pub mod ops;
mod original;
mod perceiver;
mod random;
mod synthesis;
mod tint;
mod train;
mod trainable;
mod wasserstein;
mod weights;

pub use basis::CODE_LIMIT;
pub use error::GanError;
pub use generator::Generator;
pub use info::GeneratorInfo;
pub use judge::{ClassReport, Judge, PROTOCOL, Report};
pub use perceiver::Perceiver;
pub use train::{
    Ended, NetworkKind, TrainOptions, Training, checkpoint_path, log_path, plot, sheet_path,
};
