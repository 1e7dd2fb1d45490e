//! Names in SQL: whatever people call their columns, no statement is made of it.

use crate::catalog::same_letters;

/// A name as SQL takes it, whatever stands in it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL takes it, where no parameter can stand.
pub(super) fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Bytes of a name that PostgreSQL keeps.
const LONGEST: usize = 63;

/// Names that tables have for themselves, ours and PostgreSQL's.
const TAKEN: [&str; 17] = [
    "row",
    "id",
    "x",
    "y",
    "z",
    "embedding",
    "learned",
    "lengths",
    "digest",
    "picture",
    "path",
    "tableoid",
    "xmin",
    "cmin",
    "xmax",
    "cmax",
    "ctid",
];

/// What stands before the name of a user's column that a table has for itself, as in a catalogue's file.
const SIGN: &str = "user:";

/// The fields of metadata columns of these names, in their order: none twice, none that is `taken`, none longer than
/// PostgreSQL keeps.
pub(super) fn fields<'a>(
    names: impl IntoIterator<Item = &'a str>,
    taken: &[String],
) -> Vec<String> {
    let mut fields: Vec<String> = Vec::new();
    for name in names {
        let name = name.replace('\0', "\u{fffd}");
        let is_taken = |field: &str| {
            let mut own = TAKEN
                .iter()
                .copied()
                .chain(taken.iter().map(String::as_str));
            own.any(|own| same_letters(own, field))
        };
        let name = match name.is_empty() || name.starts_with(SIGN) || is_taken(&name) {
            true => format!("{SIGN}{name}"),
            false => name,
        };
        let mut field = shortened(&name, "");
        let mut number = 2;
        while fields.contains(&field) || is_taken(&field) {
            field = shortened(&name, &format!("~{number}"));
            number += 1;
        }
        fields.push(field);
    }
    fields
}

/// The name with `end` behind it, as much of it as PostgreSQL keeps.
fn shortened(name: &str, end: &str) -> String {
    let mut length = name.len().min(LONGEST - end.len());
    while !name.is_char_boundary(length) {
        length -= 1;
    }
    format!("{}{end}", &name[..length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_column_is_called_its_field_is_one_of_its_own() {
        let long = "é".repeat(60);
        let names = [
            "price", "ID", "row", "user:row", "", "a\0b", &long, &long, "style",
        ];
        let fields = fields(names, &["style".to_owned()]);
        assert_eq!(
            fields[..6],
            [
                "price",
                "user:ID",
                "user:row",
                "user:user:row",
                "user:",
                "a\u{fffd}b"
            ]
        );
        assert!(fields[6].len() <= 63 && fields[7].len() <= 63 && fields[6] != fields[7]);
        assert_eq!(fields[8], "user:style");
    }

    #[test]
    fn no_name_and_no_text_ends_before_its_end() {
        assert_eq!(quoted("a\"; DROP TABLE b --"), "\"a\"\"; DROP TABLE b --\"");
        assert_eq!(literal("it's \\' all"), "E'it\\'s \\\\\\' all'");
    }
}
