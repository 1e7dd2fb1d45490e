//! What several rooms do with pictures: scaling them, telling the shoe from its background, colours as eyes see them.
//!
//! | file | owns |
//! | --- | --- |
//! | [`fit`] | a picture scaled to fit, or padded to a square |
//! | [`srgb`], [`oklab`] | linear light, and a space in which equal distances look equally different |
//! | [`foreground`] | how much each pixel of a small picture is shoe: for blocks and mean colours |
//! | [`cut_out`] | the picture with its background transparent: for the scene |
//! | [`cut_loss`] | whether that would eat the shoe, as a white one on white |
//! | [`blank`] | whether a picture shows anything at all |
//! | [`white_background`] | the rectangle that holds the shoe on a white background: for training pictures |
//! | [`grid`] | neighbours in a picture, and a smooth step |
//!
//! The background is told in three ways, on purpose. [`foreground`] is soft, follows a studio's vignette, works on 64
//! pixels, and every stored embedding depends on it to the bit. [`cut_out`] needs an edge of one pixel at full size and
//! keeps what is not surely background, since a hole in a shoe is worse than a rest of white. [`white_background`]
//! wants a rectangle, and to refuse photos whose background is not white; generators were trained on what it gives. They
//! share what they have in common.

pub mod blank;
pub mod cut_loss;
pub mod cut_out;
pub mod fit;
pub mod foreground;
pub mod frame;
pub mod grid;
pub mod oklab;
pub mod srgb;
pub mod white_background;
