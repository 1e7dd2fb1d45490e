//! Names of metadata columns: those that people gave them, and those of the file's fields.
//!
//! A user's column may be called `colour`, `image` or `id`, and keeps that name everywhere. The file needs some names for
//! itself, so there such a column is stored as `user:colour`. The sign in front is all that there is to know: whatever
//! program writes the file again, the name is found. Upper and lower case count as one, since DuckDB has it so.

use super::{CatalogInfo, LayoutInfo, same_letters};
use std::borrow::Cow;

/// What stands before the name of a user's column that the format has for itself.
const SIGN: &str = "user:";

/// The fields that are the format's own.
pub(super) const RESERVED: [&str; 6] = ["id", "image", "x", "y", "z", CARRIER];

/// The blocks that catalogues of this version have or may get: names of fields too.
pub const BLOCKS: [&str; 4] = ["style", "colour", "silhouette", "learned"];

/// The field in which the rows carry what is true of the whole, see [`carrier`](super::carrier).
pub(super) const CARRIER: &str = "shoespace";

/// The field that a user's column is stored in, in a catalogue of this info.
pub(super) fn field_of<'a>(name: &'a str, info: &CatalogInfo) -> Cow<'a, str> {
    let own = RESERVED.iter().chain(&BLOCKS).copied();
    let mut taken = own.chain(info.blocks.iter().map(|b| b.name.as_str()));
    let is_taken = taken.any(|taken| same_letters(taken, name));
    if name.starts_with(SIGN) || is_taken || is_of_layout(name, info) {
        return Cow::Owned(format!("{SIGN}{name}"));
    }
    Cow::Borrowed(name)
}

/// Whether a field is a coordinate of a layout.
pub(super) fn is_of_layout(field: &str, info: &CatalogInfo) -> bool {
    let mut fields = info.layouts.iter().flat_map(LayoutInfo::fields);
    fields.any(|own| same_letters(&own, field))
}

/// The user's name of a field.
pub(super) fn name_of(field: &str) -> &str {
    field
        .strip_prefix(SIGN)
        .filter(|name| !name.is_empty())
        .unwrap_or(field)
}

/// Whether pandas wrote this field for itself: the numbers of rows that were left by a filter.
pub(super) fn is_index_of_pandas(field: &str) -> bool {
    let number = field
        .strip_prefix("__index_level_")
        .and_then(|rest| rest.strip_suffix("__"));
    number.is_some_and(|number| number.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::super::{BlockInfo, EmbedderId};
    use super::*;

    #[test]
    fn every_name_comes_back_from_a_field_that_is_free() {
        let clip = BlockInfo {
            name: "clip".to_owned(),
            dims: 3,
        };
        let embedder = EmbedderId {
            name: "test".to_owned(),
            sha256: "0".to_owned(),
        };
        let mut info = CatalogInfo::new(embedder, vec![clip]);
        info.layouts.push(LayoutInfo {
            name: "round".to_owned(),
            of: String::new(),
            seed: 0,
        });
        for name in [
            "id",
            "Image",
            "x",
            "colour",
            "COLOUR",
            "style",
            "clip",
            "learned",
            "shoespace",
            "user:colour",
            "user:",
            "user:user:x",
            "path",
            "x:round",
            "Z:Round",
            "x:square",
            "brand",
            "größe",
            "用户",
        ] {
            let field = field_of(name, &info);
            assert_eq!(name_of(&field), name);
            assert!(!is_of_layout(&field, &info), "{name}");
            let is_taken = RESERVED.iter().chain(&BLOCKS).any(|own| *own == field);
            assert!(!is_taken && field != "clip", "{name}");
        }
        assert_eq!(field_of("brand", &info), "brand");
        assert_eq!(field_of("Colour", &info), "user:Colour");
    }

    #[test]
    fn the_index_of_pandas_is_known() {
        assert!(is_index_of_pandas("__index_level_0__"));
        assert!(!is_index_of_pandas("__index_level_x__") && !is_index_of_pandas("index"));
    }
}
