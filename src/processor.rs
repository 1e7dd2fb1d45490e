//! How far the processor's vector instructions are used.
//!
//! Each room that has loops of its own for them asks what the machine has; this is what the user allows. To measure
//! what lesser machines do, set the variable on a greater one. (Candle's own products of matrices know nothing of it.)

/// The environment variable that allows no better instructions than it names: `portable`, `avx2` or `avx512`.
pub const VARIABLE: &str = "SHOESPACE_INSTRUCTIONS";

/// Vector instructions, from the least to the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Whatever the compiler makes of plain loops.
    Portable,
    /// AVX2 and FMA.
    Avx2,
    /// AVX-512.
    Avx512,
}

impl Level {
    /// The most that is allowed.
    pub fn most() -> Self {
        std::env::var(VARIABLE).map_or(Self::Avx512, |name| Self::named(&name))
    }

    /// By name; one that there is not limits nothing.
    fn named(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "portable" => Self::Portable,
            "avx2" => Self::Avx2,
            _ => Self::Avx512,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Level;

    #[test]
    fn a_name_limits_what_is_better() {
        assert!(Level::named("portable") < Level::named("AVX2"));
        assert!(Level::named("avx2") < Level::named("avx512"));
        assert_eq!(Level::named(""), Level::Avx512);
    }
}
