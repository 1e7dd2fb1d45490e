//! Digests that tell files, catalogues and pictures apart.

use sha2::{Digest as _, Sha256};

/// SHA-256 of `parts`, one behind the other, in lower-case hexadecimal.
pub fn sha256_hex<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    let digest = hash.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_published_values() {
        // FIPS 180-2, appendix B.1, and the digest of nothing.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(["abc"]), abc);
        assert_eq!(sha256_hex(["a", "bc"]), abc);
        assert!(sha256_hex([""]).starts_with("e3b0c44298fc1c14"));
    }
}
