//! Which shoes are for testing: one rule for learn, train and evaluate.

/// The metadata column that says `train` or `test`, where a catalogue has one.
pub const SPLIT_COLUMN: &str = "split";

/// The rule where there is no such column: the 64-bit FNV-1a hash of the id's UTF-8 bytes, modulo 5,
/// equal to 0 is a test shoe.
pub fn is_test_id(id: &str) -> bool {
    fnv1a(id.as_bytes()).is_multiple_of(5)
}

/// FNV-1a, 64 bits (Fowler, Noll and Vo; <http://www.isthe.com/chongo/tech/comp/fnv/>).
pub(super) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fnv1a_gives_its_published_values() {
        // From the reference's test vectors.
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn about_a_fifth_is_for_testing() {
        let tests = (0..10_000).filter(|n| is_test_id(&n.to_string())).count();
        assert!((1_800..2_200).contains(&tests), "{tests}");
    }
}
