//! All tables of a source, joined to its pictures: those that somebody named, or those that lie with the photos.

use super::ImportOptions;
use super::error::ImportError;
use super::fate::Fate;
use super::importer::Found;
use super::join::{Join, JoinReport, Pictures, Rules};
use super::sheet::{Sheet, column_of, is_table_name};
use super::tree::{Tree, kind_of_name, stem};
use super::words::{shown, shown_path};
use crate::catalog::Column;
use std::collections::{HashMap, HashSet};

/// At most so many tables of a source are read.
const MOST_TABLES: usize = 2000;

/// How many tables are told of one by one.
const TOLD: usize = 12;

/// What the tables of a source tell of its pictures.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// The metadata, one value a picture.
    pub(super) columns: Vec<Column>,
    /// For each picture the id that a table gives it.
    pub(super) ids: Vec<Option<String>>,
    /// Whether a picture is a further one of a shoe which another picture shows.
    pub(super) is_further: Vec<bool>,
    pub(super) warnings: Vec<String>,
    pub(super) joins: Vec<JoinReport>,
    /// The files that were looked at as tables and tell of no picture.
    pub(super) fates: Vec<(usize, Fate)>,
    /// The given tables of which no row names a picture here, and why.
    pub(super) refused: Vec<(String, ImportError)>,
}

impl Tables {
    /// Joins the tables that were given, or else those that lie in the source, to the pictures of `names`, whose ids
    /// are `ids` where no table tells another.
    pub(super) fn join(
        tree: &Tree,
        names: &[&str],
        ids: &[String],
        given: Vec<Sheet>,
        options: &ImportOptions,
    ) -> Self {
        let pictures = Pictures::new(names);
        let mut tables = Self {
            ids: vec![None; names.len()],
            is_further: vec![false; names.len()],
            ..Self::default()
        };
        let joins = match given.is_empty() {
            true => tables.own(tree, &pictures, options),
            false => tables.given(given, &pictures, options),
        };
        tables.merge(joins, names, ids);
        tables
    }

    /// Joins the tables that somebody named, each to all pictures.
    fn given(
        &mut self,
        given: Vec<Sheet>,
        pictures: &Pictures<'_>,
        options: &ImportOptions,
    ) -> Vec<Join> {
        let mut joins = Vec::new();
        for sheet in given {
            let rules = Rules {
                scope: "",
                each_picture: options.each_picture,
                is_given: true,
            };
            match Join::new(sheet, pictures, rules) {
                Ok(join) => joins.push(join),
                Err(refused) => self.refused.push((refused.0.name, refused.1)),
            }
        }
        joins
    }

    /// Joins the tables of the source, each to the pictures under its own folder, or else under the nearest folder above
    /// it that has any which it names.
    fn own(&mut self, tree: &Tree, pictures: &Pictures<'_>, options: &ImportOptions) -> Vec<Join> {
        let stems: HashSet<&str> = pictures.names.iter().map(|name| stem(name)).collect();
        let is_table = |&file: &usize| {
            let name = tree.name(file);
            // Data that lies beside each picture under its name is no table of all.
            let own = name.rsplit_once('.').map_or(name, |(own, _)| own);
            is_table_name(name) && !stems.contains(own)
        };
        let mut files: Vec<usize> = (0..tree.len()).filter(is_table).collect();
        // Tables that are surely such come first where there are too many.
        files.sort_by_key(|&file| (!is_surely_a_table(tree.name(file)), file));
        if files.len() > MOST_TABLES {
            self.warnings.push(format!(
                "{}: has {} tables; only {MOST_TABLES} of them are read",
                shown_path(&tree.origin().display().to_string()),
                files.len()
            ));
            files.truncate(MOST_TABLES);
        }
        let (mut joins, mut strange, mut strangers) = (Vec::new(), None, 0_usize);
        for file in files {
            let mut sheet = match Sheet::of_file(tree, file, options.encoding) {
                Ok(sheet) => sheet,
                Err(error) => {
                    if is_surely_a_table(tree.name(file)) {
                        self.warnings.push(format!("{error}; it is left out"));
                    }
                    self.leave(tree, file);
                    continue;
                }
            };
            let mut scope = folder_of(tree.name(file));
            loop {
                let rules = Rules {
                    scope,
                    each_picture: options.each_picture,
                    is_given: false,
                };
                match Join::new(sheet, pictures, rules) {
                    Ok(join) => {
                        joins.push((
                            std::cmp::Reverse(scope.matches('/').count()),
                            std::cmp::Reverse(join.pairs.len()),
                            file,
                            join,
                        ));
                        break;
                    }
                    Err(refused) if scope.is_empty() => {
                        if is_surely_a_table(tree.name(file)) {
                            strangers += 1;
                            strange.get_or_insert(refused.1);
                        }
                        self.leave(tree, file);
                        break;
                    }
                    Err(refused) => {
                        sheet = refused.0;
                        scope = folder_of(&scope[..scope.len() - 1]);
                    }
                }
            }
        }
        if let Some(error) = strange {
            let others = match strangers {
                1 => String::new(),
                count => format!(" (and {} other tables)", count - 1),
            };
            self.warnings
                .push(format!("{error}; it is left out{others}"));
        }
        // What lies nearest to a picture tells of it first, then what tells of the most.
        joins.sort_by_key(|&(depth, pictures, file, _)| (depth, pictures, file));
        joins.into_iter().map(|(.., join)| join).collect()
    }

    fn leave(&mut self, tree: &Tree, file: usize) {
        let kind = kind_of_name(tree.name(file)).into_owned();
        self.fates.push((file, Fate::LeftOut(kind.into())));
    }

    /// Puts what the tables tell together, the first that tells something of a picture first.
    fn merge(&mut self, joins: Vec<Join>, names: &[&str], ids: &[String]) {
        let mut order: HashMap<&str, usize> = HashMap::new();
        let mut columns: Vec<(&str, Vec<Option<&str>>, usize)> = Vec::new();
        for join in &joins {
            let id = self.take_ids(join, ids);
            for &picture in &join.further {
                self.is_further[picture] = true;
            }
            for (column, name) in join.sheet.header.iter().enumerate() {
                if join.of_names.contains(&column) || id == Some(column) {
                    continue;
                }
                let place = *order.entry(name).or_insert_with(|| {
                    columns.push((name, vec![None; names.len()], 0));
                    columns.len() - 1
                });
                let (_, texts, conflicts) = &mut columns[place];
                for &(picture, row) in &join.pairs {
                    let text = Some(join.sheet.value(row, column)).filter(|text| !text.is_empty());
                    match (&texts[picture], text) {
                        (None, text) => texts[picture] = text,
                        (Some(old), Some(text)) if *old != text => *conflicts += 1,
                        _ => {}
                    }
                }
            }
        }
        let mut told = Vec::new();
        for (name, texts, conflicts) in columns {
            if conflicts > 0 {
                told.push(format!(
                    "tables tell of {conflicts} pictures different values of `{}`; the table nearest to the picture counts",
                    shown(name)
                ));
            }
            let (column, note) = column_of(name, texts);
            told.extend(note);
            self.columns.push(column);
        }
        for (number, join) in joins.into_iter().enumerate() {
            if number < TOLD {
                self.warnings.extend(join.report.notes.iter().cloned());
                self.warnings.extend(join.sheet.warnings);
            }
            self.joins.push(join.report);
        }
        if let Some(rest) = self.joins.get(TOLD..).filter(|rest| !rest.is_empty()) {
            let pictures: usize = rest.iter().map(|join| join.pictures).sum();
            let left: usize = rest.iter().map(|join| join.pictures_left).sum();
            let rows: usize = rest.iter().map(|join| join.rows_left).sum();
            self.warnings.push(format!(
                "{} further tables are joined to {pictures} pictures; {left} pictures have no row in them, and {rows} rows no picture",
                rest.len()
            ));
        }
        self.warnings.extend(told);
    }

    /// Takes the ids that a table gives, and tells by which column. A running number that is another picture's name is no
    /// id: `1` in the row of `5.jpg`, where there is a `1.jpg`.
    fn take_ids(&mut self, join: &Join, ids: &[String]) -> Option<usize> {
        let sheet = &join.sheet;
        let id = sheet
            .find("id")
            .filter(|&id| id != join.key && !join.of_names.contains(&id))?;
        let owners: HashMap<&str, usize> = ids
            .iter()
            .enumerate()
            .map(|(picture, id)| (id.rsplit('/').next().unwrap_or(id), picture))
            .collect();
        let is_of_another = |&(picture, row): &(usize, usize)| {
            owners
                .get(sheet.cell(row, id))
                .is_some_and(|&owner| owner != picture)
        };
        if join.pairs.iter().any(is_of_another) {
            return None;
        }
        for &(picture, row) in &join.pairs {
            let text = sheet.cell(row, id);
            if !text.is_empty() && self.ids[picture].is_none() {
                self.ids[picture] = Some(text.to_owned());
            }
        }
        Some(id)
    }
}

/// Joins the tables that somebody named to shoes whose source has metadata of its own: what that tells stays, and so do
/// its shoes, of which each is one by itself.
pub(super) fn add_given(
    found: &mut Found,
    tree: &Tree,
    given: Vec<Sheet>,
    options: &ImportOptions,
) {
    if given.is_empty() {
        return;
    }
    let ids: Vec<String> = found.shoes.iter().map(|shoe| shoe.id.clone()).collect();
    let names: Vec<&str> = (found.shoes.iter())
        .map(|shoe| match shoe.path.as_str() {
            "" => shoe.id.as_str(),
            path => path,
        })
        .collect();
    let options = ImportOptions {
        each_picture: true,
        ..options.clone()
    };
    let tables = Tables::join(tree, &names, &ids, given, &options);
    let is_new = |column: &Column| !found.columns.iter().any(|own| own.name == column.name);
    let columns: Vec<Column> = tables.columns.into_iter().filter(is_new).collect();
    found.columns.extend(columns);
    found.warnings.extend(tables.warnings);
    found.joins.extend(tables.joins);
    found.refused.extend(tables.refused);
}

/// The folder of a path, with a `/` behind it; empty for a path without one.
fn folder_of(path: &str) -> &str {
    path.rfind('/').map_or("", |place| &path[..=place])
}

/// Whether a file by its ending can be nothing but a table; others are tables only where they name pictures.
fn is_surely_a_table(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    !["txt", "json"]
        .iter()
        .any(|other| other.eq_ignore_ascii_case(ending))
}
