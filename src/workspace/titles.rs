//! What a shoe is called, and where its original is.

use super::Item;
use crate::catalog::{Column, Table};

/// Names of columns that hold a name for people, best first.
const TITLES: [&str; 5] = [
    "productdisplayname",
    "title",
    "name",
    "product_name",
    "product",
];
/// Names of columns that hold a web address or a file, best first.
const ORIGINALS: [&str; 6] = ["url", "link", "image_url", "imageurl", "path", "file"];

/// Names of columns that say what kind of shoe it is, and of which colour, best first.
const KINDS: [&str; 7] = [
    "articletype",
    "article_type",
    "label",
    "type",
    "subcategory",
    "category",
    "class",
];
const COLOURS: [&str; 5] = ["basecolour", "base_colour", "colour", "color", "basecolor"];

fn first<'a>(table: &'a dyn Table, names: &[&str]) -> Option<&'a Column> {
    names.iter().find_map(|name| {
        table
            .columns()
            .iter()
            .find(|c| c.name.eq_ignore_ascii_case(name))
    })
}

/// What to call a shoe in one line: its name where the catalogue has one, else its colour and kind, as
/// "Black Casual Shoes", else its id.
pub fn title(table: &dyn Table, row: usize) -> String {
    let word = |names: &[&str]| {
        let text = first(table, names)?.text(row)?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    if let Some(name) = word(&TITLES) {
        return name;
    }
    match (word(&COLOURS), word(&KINDS)) {
        (Some(colour), Some(kind)) => format!("{colour} {kind}"),
        (None, Some(kind)) => kind,
        _ => table.id(row).to_owned(),
    }
}

/// What to call anything in one line; a row that no `table` knows is called by its number.
pub fn name_of(table: Option<&dyn Table>, item: &Item) -> String {
    match (item, table) {
        (Item::Row(row), Some(table)) if *row < table.len() => title(table, *row),
        (Item::Row(row), _) => format!("shoe {row}"),
        (Item::Photo(photo), _) => photo.name.clone(),
        (Item::Design(design), _) => design.name.clone(),
    }
}

/// A web address or a file of the shoe's original, where a column `url`, `path` or the like has one.
pub fn original(table: &dyn Table, row: usize) -> Option<String> {
    ORIGINALS.iter().find_map(|name| {
        let column = table
            .columns()
            .iter()
            .find(|c| c.name.eq_ignore_ascii_case(name))?;
        let text = column.text(row)?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    })
}

/// A column's name as people write it: `articleType` is "article type", `base_colour` "base colour".
pub fn column_label(name: &str) -> String {
    let mut label = String::with_capacity(name.len() + 4);
    let mut previous: Option<char> = None;
    for c in name.chars() {
        if c == '_' || c == '-' {
            label.push(' ');
        } else if c.is_uppercase() && previous.is_some_and(char::is_lowercase) {
            label.push(' ');
            label.extend(c.to_lowercase());
        } else {
            label.push(c);
        }
        previous = Some(c);
    }
    let mut chars = label.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => label,
    }
}

/// The file's own name, without what leads to it.
pub fn file_name(path: &std::path::Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_people_write() {
        assert_eq!(column_label("articleType"), "Article type");
        assert_eq!(column_label("base_colour"), "Base colour");
        assert_eq!(column_label("label"), "Label");
        assert_eq!(column_label("URL"), "URL");
        assert_eq!(column_label(""), "");
    }
}
