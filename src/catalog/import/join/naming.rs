//! Which pictures a column of a table names, and which column names them best.

use super::super::sheet::Sheet;
use super::super::tree::stem;
use super::pictures::{Named, Pictures, Strength, file_of};
use super::reference::{folded, is_of_files, parts};
use std::collections::HashMap;

/// Names of columns that name pictures in many tables, as [`folded`] and without signs: of a tie they are taken.
const KEYS: [&str; 16] = [
    "image",
    "filename",
    "file",
    "path",
    "picture",
    "photo",
    "img",
    "imagefile",
    "imagename",
    "imagepath",
    "filepath",
    "id",
    "sku",
    "imagesrc",
    "imagelink",
    "images",
];

/// A picture that a row names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    pub(super) row: usize,
    /// The place of the picture among those that the row names.
    pub(super) order: usize,
    strength: Strength,
    /// The row's text, as a number.
    text: u64,
    /// Whether another row names it as well as this one, by another text.
    is_contested: bool,
}

/// What a column names.
#[derive(Debug)]
pub(super) struct Naming {
    pub(super) column: usize,
    pub(super) claims: HashMap<u32, Claim>,
    /// Rows that name one of several pictures, and nothing tells which; with one of those.
    pub(super) doubtful: Vec<(usize, u32)>,
    /// Rows that name a picture which an earlier row names by the same text; with that picture.
    pub(super) repeated: Vec<(usize, u32)>,
    /// Pictures that rows name by different texts equally well.
    pub(super) contested: Vec<u32>,
    /// Whether its cells are names of files or addresses, mostly.
    pub(super) is_of_files: bool,
    /// Whether pictures begin with what its cells say, as `SKU_1.jpg`.
    pub(super) by_start: bool,
}

impl Naming {
    fn new(column: usize) -> Self {
        Self {
            column,
            claims: HashMap::new(),
            doubtful: Vec::new(),
            repeated: Vec::new(),
            contested: Vec::new(),
            is_of_files: false,
            by_start: false,
        }
    }

    /// What the cells of a column name, in full, among the pictures under a folder.
    pub(super) fn of(sheet: &Sheet, column: usize, pictures: &Pictures<'_>, scope: &str) -> Self {
        let mut naming = Self::new(column);
        let (mut filled, mut of_files) = (0_usize, 0_usize);
        for row in 0..sheet.len() {
            let cell = sheet.cell(row, column);
            if cell.is_empty() {
                continue;
            }
            filled += 1;
            of_files += usize::from(is_of_files(cell));
            let parts: Vec<(&str, Named)> = parts(cell)
                .into_iter()
                .map(|part| (part, pictures.named(part, scope)))
                .collect();
            let several = parts.iter().filter(|(_, named)| *named != Named::Nothing);
            // A list of addresses ends as its last one does; a name may have the sign of a list in it.
            let is_list = several.count() > 1 && !file_of(cell).contains([',', ';', '|', '\n']);
            let whole = match is_list {
                true => Named::Nothing,
                false => pictures.named(cell, scope),
            };
            if whole != Named::Nothing {
                naming.take(sheet, row, 0, cell, whole, (pictures, scope));
                continue;
            }
            for (order, (part, named)) in parts.into_iter().enumerate() {
                naming.take(sheet, row, order, part, named, (pictures, scope));
            }
        }
        naming.is_of_files = of_files * 2 > filled;
        let mut contested: Vec<u32> = naming
            .claims
            .iter()
            .filter(|(_, claim)| claim.is_contested)
            .map(|(&picture, _)| picture)
            .collect();
        contested.sort_unstable();
        for picture in &contested {
            naming.claims.remove(picture);
        }
        naming.contested = contested;
        naming
    }

    fn take(
        &mut self,
        sheet: &Sheet,
        row: usize,
        order: usize,
        text: &str,
        named: Named,
        (pictures, scope): (&Pictures<'_>, &str),
    ) {
        match named {
            Named::Nothing => {}
            Named::Pictures(found, strength) => {
                for picture in found {
                    self.claim(sheet, picture, row, order, text, strength);
                }
            }
            Named::AnyOf(found, strength) => {
                // The row may say in another cell which folder is meant.
                let cells = (0..sheet.header.len()).filter(|&column| column != self.column);
                let cells = cells.map(|column| sheet.cell(row, column));
                let fitting = pictures.in_folder_called(text, cells, scope);
                match fitting.as_slice() {
                    &[picture] => self.claim(sheet, picture, row, order, text, strength),
                    _ => self.doubtful.push((row, found[0])),
                }
            }
        }
    }

    fn claim(
        &mut self,
        sheet: &Sheet,
        picture: u32,
        row: usize,
        order: usize,
        text: &str,
        strength: Strength,
    ) {
        let text = crate::catalog::hash(folded(text).as_bytes());
        let new = Claim {
            row,
            order,
            strength,
            text,
            is_contested: false,
        };
        let Some(old) = self.claims.get_mut(&picture) else {
            self.claims.insert(picture, new);
            return;
        };
        if strength > old.strength {
            *old = new;
        } else if strength == old.strength && row != old.row {
            if text == old.text || sheet.product(row) == sheet.product(old.row) {
                self.repeated.push((row, picture));
            } else {
                old.is_contested = true;
            }
        }
    }

    /// Adds the pictures whose names begin with a cell of the column, as `SKU_1.jpg`, and that no row names in full. A
    /// cell that stands in several rows tells nothing.
    pub(super) fn add_starts(&mut self, sheet: &Sheet, pictures: &Pictures<'_>, scope: &str) {
        let mut rows: HashMap<String, Option<usize>> = HashMap::new();
        for row in 0..sheet.len() {
            let cell = sheet.cell(row, self.column);
            if cell.is_empty() || cell.len() > 200 || is_of_files(cell) {
                continue;
            }
            rows.entry(folded(cell))
                .and_modify(|known| {
                    *known = known.filter(|&known| sheet.product(known) == sheet.product(row))
                })
                .or_insert(Some(row));
        }
        if rows.is_empty() {
            return;
        }
        for (number, name) in pictures
            .names
            .iter()
            .enumerate()
            .filter(|(_, name)| name.starts_with(scope))
        {
            let picture = u32::try_from(number).unwrap_or(u32::MAX);
            if self.claims.contains_key(&picture) || self.contested.binary_search(&picture).is_ok()
            {
                continue;
            }
            let full = folded(stem(file_of(name)));
            // A picture that is named in full by a doubtful row is none of another one.
            if rows.contains_key(&full) {
                continue;
            }
            // The longest start counts: of `A` and `A-1` it is `A-1` that names `A-1_2.jpg`.
            let found = starts(&full)
                .into_iter()
                .find_map(|(start, order)| Some((*rows.get(start)?, order)));
            if let Some((Some(row), order)) = found {
                self.by_start = true;
                let strength = Strength::start();
                self.claims.insert(
                    picture,
                    Claim {
                        row,
                        order: order + 1,
                        strength,
                        text: 0,
                        is_contested: false,
                    },
                );
            }
        }
    }

    /// How many rows name a picture.
    fn rows(&self) -> usize {
        let mut rows: Vec<usize> = self.claims.values().map(|claim| claim.row).collect();
        rows.sort_unstable();
        rows.dedup();
        rows.len()
    }

    /// Whether one gives a picture to another product than the other does.
    fn disagrees(&self, other: &Self, sheet: &Sheet) -> bool {
        self.claims.iter().any(|(picture, claim)| {
            let other = other.claims.get(picture);
            other.is_some_and(|other| sheet.product(other.row) != sheet.product(claim.row))
        })
    }
}

/// What a name may begin with where a view follows it: the longest first, each with the number of the view.
fn starts(name: &str) -> Vec<(&str, usize)> {
    const VIEWS: [&str; 22] = [
        "front", "back", "side", "top", "bottom", "left", "right", "main", "alt", "detail", "sole",
        "pair", "zoom", "view", "angle", "hero", "a", "b", "c", "d", "e", "f",
    ];
    let is_sign = |letter: char| matches!(letter, '_' | '-' | ' ' | '.' | '(' | '#');
    let mut found = Vec::new();
    for (place, _) in name
        .char_indices()
        .rev()
        .filter(|(_, letter)| is_sign(*letter))
        .take(4)
    {
        let start = name[..place].trim_end_matches(is_sign);
        let view = name[place..].trim_matches(|letter: char| is_sign(letter) || letter == ')');
        let number = view.trim_start_matches(|letter: char| letter.is_alphabetic());
        let word = &view[..view.len() - number.len()];
        let is_number = number.len() <= 3 && number.bytes().all(|byte| byte.is_ascii_digit());
        let is_view = !view.is_empty() && is_number && (word.is_empty() || VIEWS.contains(&word));
        let is_new = found.last().is_none_or(|(last, _)| *last != start);
        if is_view && is_new && !start.is_empty() {
            found.push((start, number.parse().unwrap_or(0)));
        }
    }
    found
}

/// The column that names the pictures, and further ones that name others of the same rows.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) key: Naming,
    pub(super) further: Vec<Naming>,
    /// A column that names as many pictures, but gives them to other rows.
    pub(super) overruled: Option<usize>,
}

/// The column that names the most pictures under a folder, by what is in it; of a tie, and where two columns give
/// pictures to different rows, the one whose cells are names of files. None where no column names any.
pub(super) fn choose(sheet: &Sheet, pictures: &Pictures<'_>, scope: &str) -> Option<Choice> {
    let all = (0..sheet.header.len()).map(|column| Naming::of(sheet, column, pictures, scope));
    let mut namings: Vec<Naming> = all.filter(|naming| !naming.claims.is_empty()).collect();
    if namings.is_empty() {
        return by_starts(sheet, pictures, scope);
    }
    let rank = |naming: &Naming| {
        let name: String = folded(&sheet.header[naming.column])
            .chars()
            .filter(|letter| letter.is_alphanumeric())
            .collect();
        let known = KEYS.iter().position(|key| *key == name);
        let place = std::cmp::Reverse((known.unwrap_or(KEYS.len()), naming.column));
        (
            naming.claims.len(),
            naming.is_of_files,
            naming.rows(),
            place,
        )
    };
    namings.sort_by_key(|naming| std::cmp::Reverse(rank(naming)));
    let mut overruled = None;
    if !namings[0].is_of_files
        && let Some(files) = namings.iter().position(|naming| naming.is_of_files)
        && namings[files].claims.len() * 4 >= namings[0].claims.len()
        && namings[files].disagrees(&namings[0], sheet)
    {
        overruled = Some(namings[0].column);
        let files = namings.remove(files);
        namings.insert(0, files);
    } else if let Some(other) = namings.iter().skip(1).find(|other| {
        other.claims.len() == namings[0].claims.len() && other.disagrees(&namings[0], sheet)
    }) {
        overruled = Some(other.column);
    }
    let mut namings = namings.into_iter();
    let mut key = namings.next()?;
    if !key.is_of_files {
        key.add_starts(sheet, pictures, scope);
    }
    let mut further = Vec::new();
    let mut others: Vec<Naming> = namings.filter(|naming| naming.is_of_files).collect();
    others.sort_by_key(|naming| naming.column);
    for mut naming in others {
        if naming.disagrees(&key, sheet) {
            continue;
        }
        naming.claims.retain(|picture, _| {
            !key.claims.contains_key(picture) && key.contested.binary_search(picture).is_err()
        });
        for (picture, claim) in &mut naming.claims {
            // Behind those of the columns before it.
            claim.order += 1000 * (1 + further.len());
            key.claims.insert(*picture, *claim);
        }
        further.push(naming);
    }
    Some(Choice {
        key,
        further,
        overruled,
    })
}

/// The column whose cells begin the names of the most pictures.
fn by_starts(sheet: &Sheet, pictures: &Pictures<'_>, scope: &str) -> Option<Choice> {
    let all = (0..sheet.header.len()).map(|column| {
        let mut naming = Naming::new(column);
        naming.add_starts(sheet, pictures, scope);
        naming
    });
    let key = all
        .filter(|naming| !naming.claims.is_empty())
        .max_by_key(|naming| {
            (
                naming.claims.len(),
                naming.rows(),
                std::cmp::Reverse(naming.column),
            )
        })?;
    Some(Choice {
        key,
        further: Vec::new(),
        overruled: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_follow_the_name_of_a_product() {
        assert_eq!(starts("ab-12_2"), [("ab-12", 2)]);
        assert_eq!(starts("sku-1"), [("sku", 1)]);
        assert_eq!(starts("sku_front"), [("sku", 0)]);
        assert_eq!(starts("sku (2)"), [("sku", 2)]);
        assert!(
            starts("red-runner").is_empty() && starts("sku").is_empty() && starts("_1").is_empty()
        );
    }
}
