//! The generator: dataset, networks, losses, training, decoding and evaluation.
//!
//! A generator turns a *code* (where in shoe space) and *noise* (which of the shoes that could be there)
//! into a picture. The code is made of the raw blocks of an embedding through a basis that lies in the generator's own
//! file, so that one generator serves any catalogue:
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (style, colour, silhouette) = (vec![0.0; 320], vec![0.0; 64], vec![0.0; 152]);
//! use shoespace::gan::Generator;
//! let generator = Generator::load("models/shoegan-grey-32.safetensors".as_ref())?;
//! let code = generator.code(&[&style, &colour, &silhouette])?;
//! let pictures = generator.decode(&[code], &[generator.noise(7, 0)])?;
//! # Ok(()) }
//! ```

mod code_basis;
mod dataset;
mod error;
mod evaluation;
mod features;
mod generator;
mod info;
mod linear_map;
mod losses;
mod networks;
pub mod ops;
mod prior;
pub(crate) mod random;
mod tensor_file;
mod training;

pub use code_basis::CODE_LIMIT;
pub use error::GanError;
pub use evaluation::{ClassReport, Evaluation, PROTOCOL, Refine, Report};
pub use features::FeatureExtractor;
pub use generator::Generator;
pub use info::{CodeBlock, GeneratorInfo};
pub(crate) use prior::words_of;
pub use prior::{Prior, Words};
pub use training::bench;
pub use training::{
    Ended, FrozenNetworks, NetworkKind, SHEET_COLUMNS, SHEET_ROWS, Told, TrainOptions, Training,
    checkpoint_path, log_path, plot, sheet_path,
};
