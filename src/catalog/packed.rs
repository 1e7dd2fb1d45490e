//! Rows of `f32` in JSON: base64 (RFC 4648, padded) of their little-endian bytes, a third of the length of
//! the decimal digits and exact.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

pub(crate) fn serialize<S: Serializer>(values: &[f32], serializer: S) -> Result<S::Ok, S::Error> {
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    serializer.serialize_str(&STANDARD.encode(bytes))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f32>, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
    let bytes = STANDARD.decode(&*text).map_err(D::Error::custom)?;
    let (values, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(D::Error::custom("numbers cut short"));
    }
    Ok(values
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Row(#[serde(with = "super")] Vec<f32>);

    #[test]
    fn known_texts() {
        for (values, text) in [
            (&[][..], ""),
            (&[1.0], "AACAPw=="),
            (&[0.0, -2.5], "AAAAAAAAIMA="),
        ] {
            let row = Row(values.to_vec());
            assert_eq!(serde_json::to_value(&row).unwrap(), json!(text));
            assert_eq!(serde_json::from_value::<Row>(json!(text)).unwrap(), row);
        }
        // Cut short, without padding, with too much of it, with a letter that is none, and no whole number of values.
        for wrong in ["Z", "Zg", "Zg=", "Z===", "Zm9*", "é===", "Zm9v"] {
            assert!(
                serde_json::from_value::<Row>(json!(wrong)).is_err(),
                "{wrong}"
            );
        }
    }

    proptest! {
        #[test]
        fn there_and_back(values in prop::collection::vec(any::<u32>(), 0..40)) {
            let row = Row(values.iter().map(|bits| f32::from_bits(*bits)).collect());
            let text = serde_json::to_string(&row).unwrap();
            let back: Row = serde_json::from_str(&text).unwrap();
            let bits: Vec<u32> = back.0.iter().map(|value| value.to_bits()).collect();
            prop_assert_eq!(bits, values);
        }
    }
}
