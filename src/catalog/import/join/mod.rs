//! Which rows of a table belong to which pictures: found by what is in its columns, whatever they are called.

mod naming;
mod pictures;
mod reference;

use super::error::{ImportError, SheetError};
use super::sheet::{Sheet, ShopKind};
use super::tree::stem;
use super::words::{shown, shown_path};
use naming::{Choice, choose};
use pictures::file_of;
use reference::folded;
use serde::Serialize;
use std::collections::HashSet;

pub(super) use pictures::Pictures;

/// How many examples of one kind a message names.
const EXAMPLES: usize = 3;

/// What a table was joined to: in words by [`notes`](Self::notes).
#[derive(Debug, Clone, Default, Serialize)]
pub struct JoinReport {
    /// The table, with the source that it lies in.
    pub table: String,
    /// The columns that name pictures, the key first; none where the table was not joined.
    pub columns: Vec<String>,
    /// Pictures that have a row.
    pub pictures: usize,
    /// Pictures among those that the table is about which have none.
    pub pictures_left: usize,
    /// Rows (in a shop's table products) that have a picture.
    pub rows: usize,
    /// Rows (or products) that have none.
    pub rows_left: usize,
    /// Further pictures of products of which only the first is a shoe.
    pub further: usize,
    /// What people should know of it.
    pub notes: Vec<String>,
}

/// A table and the pictures that its rows name.
#[derive(Debug)]
pub(super) struct Join {
    pub(super) sheet: Sheet,
    /// The column that names the picture.
    pub(super) key: usize,
    /// The columns that say nothing but what the pictures are called.
    pub(super) of_names: Vec<usize>,
    /// Each picture that has a row, with that row, in order of the pictures.
    pub(super) pairs: Vec<(usize, usize)>,
    /// The pictures of `pairs` that are further pictures of a shoe which another one shows.
    pub(super) further: Vec<usize>,
    pub(super) report: JoinReport,
}

/// How tables are joined.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    /// The folder whose pictures the table may be about, with a `/` behind it; empty for all.
    pub(super) scope: &'a str,
    /// Whether further pictures of a product in a shop's table are shoes too.
    pub(super) each_picture: bool,
    /// Whether somebody named the table; one that only lies there needs a better reason.
    pub(super) is_given: bool,
}

impl Join {
    /// Joins a table to pictures.
    ///
    /// # Errors
    /// Gives the table back with the error that no row of it names a picture.
    pub(super) fn new(
        sheet: Sheet,
        pictures: &Pictures<'_>,
        rules: Rules<'_>,
    ) -> Result<Self, Box<(Sheet, ImportError)>> {
        let choice = choose(&sheet, pictures, rules.scope)
            .filter(|choice| rules.is_given || !is_chance(&sheet, choice, pictures));
        let Some(choice) = choice else {
            let error = sheet.error(no_picture(&sheet, pictures.names));
            return Err(Box::new((sheet, error)));
        };
        let Choice {
            key: naming,
            further,
            overruled,
        } = choice;
        let key = naming.column;
        let mut pairs: Vec<(usize, usize)> = naming
            .claims
            .iter()
            .map(|(&picture, claim)| (picture as usize, claim.row))
            .collect();
        pairs.sort_unstable();
        let columns: Vec<usize> = std::iter::once(key)
            .chain(further.iter().map(|naming| naming.column))
            .collect();
        let mut join = Self {
            of_names: columns
                .iter()
                .copied()
                .filter(|&column| is_only_a_name(&sheet, column, &pairs, pictures.names))
                .collect(),
            further: match sheet.shop.is_some() && !rules.each_picture {
                true => further_pictures(&sheet, &naming, pictures.names),
                false => Vec::new(),
            },
            report: JoinReport::default(),
            sheet,
            key,
            pairs,
        };
        join.report(&columns, &naming, overruled, pictures, rules.scope);
        Ok(join)
    }

    /// A row as people find it: by what should name its picture, or by its first words where that is empty.
    fn example(&self, row: usize) -> String {
        let cell = |column: usize| self.sheet.cell(row, column);
        let filled = std::iter::once(self.key)
            .chain(0..self.sheet.header.len())
            .find(|&column| !cell(column).is_empty());
        match filled {
            Some(column) if column == self.key => format!("`{}`", shown(cell(column))),
            Some(column) => {
                let name = shown(&self.sheet.header[column]);
                format!("{name} `{}`", shown(cell(column)))
            }
            None => "an empty row".to_owned(),
        }
    }

    /// For each of `count` pictures its row.
    #[cfg(test)]
    pub(super) fn rows(&self, count: usize) -> Vec<Option<usize>> {
        let mut rows = vec![None; count];
        for &(picture, row) in &self.pairs {
            rows[picture] = Some(row);
        }
        rows
    }

    /// Says what was joined by what, and what was left over on either side.
    fn report(
        &mut self,
        columns: &[usize],
        naming: &naming::Naming,
        overruled: Option<usize>,
        pictures: &Pictures<'_>,
        scope: &str,
    ) {
        let (sheet, names) = (&self.sheet, pictures.names);
        let is_joined: HashSet<usize> = self.pairs.iter().map(|(picture, _)| *picture).collect();
        let has_picture: HashSet<usize> = self
            .pairs
            .iter()
            .map(|(_, row)| sheet.product(*row))
            .collect();
        let products: HashSet<usize> = (0..sheet.len()).map(|row| sheet.product(row)).collect();
        let in_scope = || (0..names.len()).filter(|&picture| names[picture].starts_with(scope));
        let left: Vec<usize> = in_scope()
            .filter(|picture| !is_joined.contains(picture))
            .collect();
        let mut lost: Vec<usize> = products.difference(&has_picture).copied().collect();
        lost.sort_unstable();
        let column = |column: usize| shown(&sheet.header[column]);
        let row = |row: usize| shown(sheet.cell(row, self.key));
        let mut notes = Vec::new();
        let table = sheet.name.clone();
        let kind = sheet.shop.as_ref().map(|shop| shop.kind);
        let what = match kind {
            Some(ShopKind::Shopify | ShopKind::WooCommerce) => "products",
            _ => "rows",
        };
        let as_kind = kind
            .map(|kind| format!(" ({})", kind.name()))
            .unwrap_or_default();
        let by_start = if naming.by_start {
            ", with which the pictures' names begin"
        } else {
            ""
        };
        notes.push(format!(
            "{table}{as_kind}: its rows belong to the pictures by {}{by_start}: {} of {} pictures have a row, {} of {} {what} a picture",
            columns.iter().map(|&c| format!("`{}`", column(c))).collect::<Vec<_>>().join(" and "),
            self.pairs.len(),
            in_scope().count(),
            has_picture.len(),
            products.len(),
        ));
        if let Some(&first) = left.first() {
            notes.push(format!(
                "{table}: {} of {} pictures have no row in it, as {}",
                left.len(),
                in_scope().count(),
                shown_path(names[first])
            ));
        }
        if let Some(&first) = lost.first() {
            notes.push(format!(
                "{table}: {} {what} have no picture, as {}",
                lost.len(),
                self.example(first)
            ));
        }
        if let Some(other) = overruled {
            notes.push(format!(
                "{table}: column `{}` names pictures too, but of other rows; `{}` is believed",
                column(other),
                column(self.key)
            ));
        }
        let picture = |picture: u32| shown_path(names[picture as usize]);
        if !naming.contested.is_empty() {
            let examples: Vec<String> = naming
                .contested
                .iter()
                .take(EXAMPLES)
                .map(|&p| picture(p))
                .collect();
            notes.push(format!(
                "{table}: {} pictures are named by several rows, and nothing tells which is meant, as {}; they have none",
                naming.contested.len(),
                examples.join(", ")
            ));
        }
        if let Some(&(first, example)) = naming.doubtful.first() {
            notes.push(format!(
                "{table}: {} rows name one of several pictures, and nothing tells which, as `{}` of {}; they have none",
                naming.doubtful.len(),
                row(first),
                picture(example)
            ));
        }
        if let Some(&(first, example)) = naming
            .repeated
            .iter()
            .find(|(row, _)| sheet.product(*row) == *row)
        {
            notes.push(format!(
                "{table}: {} rows name a picture that an earlier row names, as `{}` of {}; the first row counts",
                naming.repeated.len(),
                row(first),
                picture(example)
            ));
        }
        if let Some(&first) = self.further.first() {
            notes.push(format!(
                "{table}: {} further pictures of products are no shoes of their own, as {}; each picture can be one if that is asked for",
                self.further.len(),
                shown_path(names[first])
            ));
        }
        self.report = JoinReport {
            table,
            columns: columns
                .iter()
                .map(|&column| sheet.header[column].clone())
                .collect(),
            pictures: self.pairs.len(),
            pictures_left: left.len(),
            rows: has_picture.len(),
            rows_left: lost.len(),
            further: self.further.len(),
            notes,
        };
    }
}

/// Pictures that show a shoe which another picture of the same product shows before them.
fn further_pictures(sheet: &Sheet, naming: &naming::Naming, names: &[&str]) -> Vec<usize> {
    let shoe = |row: usize| sheet.shop.as_ref().map_or(row, |shop| shop.shoe(row));
    let mut claims: Vec<(usize, usize, usize, &str, usize)> = naming
        .claims
        .iter()
        .map(|(&picture, claim)| {
            (
                shoe(claim.row),
                claim.row,
                claim.order,
                names[picture as usize],
                picture as usize,
            )
        })
        .collect();
    claims.sort_unstable();
    let mut further: Vec<usize> = claims
        .windows(2)
        .filter(|pair| pair[0].0 == pair[1].0)
        .map(|pair| pair[1].4)
        .collect();
    further.sort_unstable();
    further
}

/// Whether a column that names pictures says nothing else: no address, and no name that the picture has not.
fn is_only_a_name(sheet: &Sheet, column: usize, pairs: &[(usize, usize)], names: &[&str]) -> bool {
    pairs.iter().all(|&(picture, row)| {
        let cell = sheet.cell(row, column);
        let is_path = !cell.contains("://") && (reference::is_of_files(cell) || cell.contains('/'));
        cell.is_empty() || is_path || folded(file_of(cell)) == folded(stem(file_of(names[picture])))
    })
}

/// Whether a table that only lies there may name pictures by chance: numbers of another thing, as sizes.
fn is_chance(sheet: &Sheet, choice: &Choice, pictures: &Pictures<'_>) -> bool {
    const KEYS: [&str; 24] = [
        "id", "sku", "image", "img", "file", "filename", "name", "path", "picture", "photo", "no",
        "nr", "num", "number", "nummer", "code", "key", "item", "product", "article", "artikel",
        "index", "handle", "ean",
    ];
    let key = &choice.key;
    let name = crate::catalog::fold_case(&sheet.header[key.column]);
    let mut words = name.split(|letter: char| !letter.is_alphanumeric());
    if key.is_of_files || words.any(|word| KEYS.iter().any(|key| word.ends_with(key))) {
        return false;
    }
    let number = |&picture: &u32| {
        stem(file_of(pictures.names[picture as usize])).len() <= 4
            && stem(file_of(pictures.names[picture as usize]))
                .bytes()
                .all(|byte| byte.is_ascii_digit())
    };
    // A header that says nothing, of letters or of another script, is believed where every row names a picture.
    key.claims.keys().all(number) && key.claims.len() * 2 < sheet.len().min(pictures.names.len())
}

/// The error that no row names a picture, with what was tried.
fn no_picture(sheet: &Sheet, names: &[&str]) -> SheetError {
    const KEYS: [&str; 5] = ["id", "image", "filename", "file", "path"];
    let named = KEYS.iter().find_map(|key| sheet.find(key));
    let filled =
        |&column: &usize| (0..sheet.len().min(1000)).any(|row| !sheet.cell(row, column).is_empty());
    let of_files = (0..sheet.header.len()).find(|&column| {
        (0..sheet.len().min(100)).any(|row| reference::is_of_files(sheet.cell(row, column)))
    });
    let column = of_files
        .or(named)
        .or_else(|| (0..sheet.header.len()).find(filled))
        .unwrap_or(0);
    let value = (0..sheet.len())
        .map(|row| sheet.cell(row, column))
        .find(|cell| !cell.is_empty());
    SheetError::NoPicture {
        column: sheet
            .header
            .get(column)
            .map(|name| shown(name))
            .unwrap_or_default(),
        value: shown(value.unwrap_or("")),
        picture: names
            .first()
            .map(|name| shown_path(name))
            .unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
