//! The generator: networks, training, decoding and judging.
