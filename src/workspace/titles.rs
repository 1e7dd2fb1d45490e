//! What a shoe is called, and where its original is.

use super::Item;
use crate::catalog::roles::{Role, column_of, columns_of};
use crate::catalog::{Column, Table};

/// The column's text of a row, unless it is blank.
fn word(column: &Column, row: usize) -> Option<String> {
    let text = column.text(row)?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// What to call a shoe in one line: its name where the catalogue has one, else its colour and kind, as
/// "Black Casual Shoes", else its id.
pub fn title(table: &dyn Table, row: usize) -> String {
    if let Some(name) = columns_of(table, Role::Title).find_map(|column| word(column, row)) {
        return name;
    }
    let of = |role| word(column_of(table, role)?, row);
    match (of(Role::Colour), of(Role::Kind)) {
        (Some(colour), Some(kind)) => format!("{colour} {kind}"),
        (None, Some(kind)) => kind,
        _ => table.id(row).to_owned(),
    }
}

/// Whether the catalogue has names for shoes, which are longer than their kinds.
pub fn has_names(table: &dyn Table) -> bool {
    column_of(table, Role::Title).is_some()
}

/// Whether the catalogue says what shoes cost.
pub fn has_price(table: &dyn Table) -> bool {
    column_of(table, Role::Price).is_some()
}

/// What a shoe costs, as the catalogue writes it.
pub fn price(table: &dyn Table, row: usize) -> Option<String> {
    columns_of(table, Role::Price).find_map(|column| word(column, row))
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
    columns_of(table, Role::Original).find_map(|column| word(column, row))
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

/// The name of a file; with its folder where another of `all` is called the same.
pub fn file_name_among(path: &std::path::Path, all: &[std::path::PathBuf]) -> String {
    let name = file_name(path);
    let is_shared = (all.iter()).any(|other| other != path && file_name(other) == name);
    match path.parent().filter(|_| is_shared) {
        Some(folder) => format!("{name} · {}", folder.display()),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_name_are_told_apart_by_their_folders() {
        let all: Vec<std::path::PathBuf> = ["/a/shoes.parquet", "/b/shoes.parquet", "/b/x.parquet"]
            .map(Into::into)
            .into();
        let named = |at: usize| file_name_among(&all[at], &all);
        assert_eq!(named(0), "shoes.parquet · /a");
        assert_eq!(named(2), "x.parquet");
    }

    #[test]
    fn columns_are_named_as_people_write() {
        assert_eq!(column_label("articleType"), "Article type");
        assert_eq!(column_label("base_colour"), "Base colour");
        assert_eq!(column_label("label"), "Label");
        assert_eq!(column_label("URL"), "URL");
        assert_eq!(column_label(""), "");
    }
}
