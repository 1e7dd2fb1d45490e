//! WebDataset: tars whose files belong together by their names (`000017.jpg`, `000017.json`, `000017.cls`), one tar or
//! a folder of them.
//!
//! The pictures stay in their tar and are read where they lie. What lies beside a picture becomes its metadata: each
//! key of a `.json`, and a `.txt` or `.cls` under the name of its ending. A tar of pictures alone is read as a folder.

use super::error::ImportError;
use super::fate::Fate;
use super::importer::{Found, Importer, Shoe};
use super::options::ImportOptions;
use super::parquet::split_of;
use super::sheet::Sheet;
use super::tables::add_given;
use super::tree::Tree;
use crate::catalog::{Column, Values};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// WebDataset tars.
#[derive(Debug)]
pub(super) struct WebDataset;

/// Endings of the texts that tell something of a picture.
const TEXTS: [&str; 9] = [
    "txt", "cls", "cls2", "text", "caption", "label", "class", "id", "url",
];

/// The largest file beside a picture that is read, in bytes.
const LARGEST: u64 = 4 << 20;

/// The longest text that is metadata, in bytes.
const LONGEST_TEXT: usize = 64 << 10;

/// At most so many columns: a `.json` can have a key for everything.
const MOST_COLUMNS: usize = 200;

impl Importer for WebDataset {
    fn name(&self) -> &'static str {
        "webdataset"
    }

    fn about(&self) -> &'static str {
        "Tars of pictures with their metadata beside them (1.jpg, 1.json, 1.cls), as WebDataset writes them"
    }

    fn recognise(&self, tree: &Tree) -> Option<String> {
        let telling: HashMap<&str, &str> = (0..tree.len())
            .filter(|&file| tree.shard(file).is_some())
            .map(|file| parts(tree.name(file)))
            .filter(|(_, ending)| is_telling(ending))
            .collect();
        let picture = tree
            .pictures()
            .into_iter()
            .find(|&file| telling.contains_key(parts(tree.name(file)).0))?;
        let (key, _) = parts(tree.name(picture));
        Some(format!(
            "{} beside {key}.{}",
            tree.name(picture),
            telling.get(key)?
        ))
    }

    fn import(
        &self,
        tree: &Arc<Tree>,
        given: Vec<Sheet>,
        options: &ImportOptions,
    ) -> Result<Found, ImportError> {
        let mut samples: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for file in 0..tree.len() {
            samples
                .entry(parts(tree.name(file)).0)
                .or_default()
                .push(file);
        }
        let mut found = Found::default();
        let mut table = Table::default();
        let mut splits = Vec::new();
        let mut keys = Vec::new();
        for (key, files) in samples {
            let Some(picture) = picture_of(tree, &files) else {
                let kind = "in samples without a picture";
                let fates = files.iter().map(|&file| (file, Fate::LeftOut(kind.into())));
                found.fates.extend(fates);
                continue;
            };
            for file in files.into_iter().filter(|&file| file != picture) {
                if tree.is_picture(file) {
                    let fate = Fate::LeftOut("further pictures of a sample".into());
                    found.fates.push((file, fate));
                } else if let Err(fate) = table.read(tree, file, found.shoes.len()) {
                    found.fates.push((file, fate));
                }
            }
            splits.push(tree.shard(picture).and_then(split_of));
            keys.push(key);
            found
                .shoes
                .push(Shoe::of_file(key.to_owned(), tree, picture));
        }
        if found.shoes.is_empty() {
            return Err(tree.no_pictures());
        }
        // Shards may number their samples each from 0.
        let short: Vec<&str> = keys.iter().map(|key| without_shard(key)).collect();
        let distinct: HashSet<&str> = short.iter().copied().collect();
        if distinct.len() == short.len() {
            for (shoe, short) in found.shoes.iter_mut().zip(short) {
                shoe.id = short.to_owned();
            }
        }
        found.columns = table.columns(tree, &mut found.warnings, found.shoes.len());
        let has_split = found.columns.iter().any(|column| column.name == "split");
        if !has_split && splits.iter().any(Option::is_some) {
            found
                .columns
                .push(Column::new("split", Values::text(splits)));
        }
        add_given(&mut found, tree, given, options);
        Ok(found)
    }
}

/// A file's key and ending: what stands before and behind the first dot of its name.
fn parts(name: &str) -> (&str, &str) {
    let start = name.rfind('/').map_or(0, |place| place + 1);
    match name[start..].find('.') {
        Some(dot) if dot > 0 => (&name[..start + dot], &name[start + dot + 1..]),
        _ => (name, ""),
    }
}

/// A key without the tar before it.
fn without_shard(key: &str) -> &str {
    match key.find(".tar/") {
        Some(place) => &key[place + 5..],
        None => key,
    }
}

fn is_telling(ending: &str) -> bool {
    let ending = ending.to_ascii_lowercase();
    ending == "json" || TEXTS.contains(&ending.as_str())
}

/// The picture of a sample: one with a plain ending (`.jpg`, not `.mask.png`) before others.
fn picture_of(tree: &Tree, files: &[usize]) -> Option<usize> {
    let pictures = || files.iter().copied().filter(|&file| tree.is_picture(file));
    pictures()
        .find(|&file| !parts(tree.name(file)).1.contains('.'))
        .or_else(|| pictures().next())
}

/// Metadata that is gathered picture by picture.
#[derive(Default)]
struct Table {
    names: Vec<String>,
    numbers: HashMap<String, usize>,
    rows: Vec<Vec<String>>,
    /// Values that are neither text nor numbers, by one of their names.
    left_out: Option<String>,
    broken: Vec<String>,
}

impl Table {
    /// Reads what a file tells of picture `row`; else what becomes of the file.
    fn read(&mut self, tree: &Tree, file: usize, row: usize) -> Result<(), Fate> {
        let (_, ending) = parts(tree.name(file));
        if !is_telling(ending) {
            return Err(Fate::LeftOut(tree.kind(file)));
        }
        let unreadable = |error: &dyn std::fmt::Display| Fate::Unreadable(error.to_string());
        let bytes = tree
            .bytes_up_to(file, LARGEST)
            .map_err(|error| unreadable(&error))?;
        if !ending.eq_ignore_ascii_case("json") {
            let text = String::from_utf8_lossy(&bytes);
            let text = text.trim_start_matches('\u{feff}').trim();
            if text.len() > LONGEST_TEXT {
                return Err(Fate::LeftOut("texts too long for metadata".into()));
            }
            self.set(row, &ending.to_ascii_lowercase(), text.to_owned());
            return Ok(());
        }
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(object)) => {
                for (name, value) in &object {
                    self.add(row, name, value, 0);
                }
                Ok(())
            }
            Ok(value) => {
                self.add(row, "json", &value, 0);
                Ok(())
            }
            Err(error) => {
                self.broken.push(tree.name(file).to_owned());
                Err(unreadable(&error))
            }
        }
    }

    /// Adds a value of a `.json`; those of an object within under both names.
    fn add(&mut self, row: usize, name: &str, value: &Value, depth: usize) {
        match value {
            Value::Null => {}
            Value::String(text) if text.len() <= LONGEST_TEXT => {
                self.set(row, name, text.clone());
            }
            Value::Number(number) => self.set(row, name, number.to_string()),
            Value::Bool(is_so) => self.set(row, name, is_so.to_string()),
            Value::Object(object) if depth < 3 => {
                for (inner, value) in object {
                    self.add(row, &format!("{name}.{inner}"), value, depth + 1);
                }
            }
            Value::Array(values) if values.iter().all(Value::is_string) && values.len() <= 100 => {
                let words: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
                self.set(row, name, words.join("; "));
            }
            _ => {
                self.left_out.get_or_insert_with(|| name.to_owned());
            }
        }
    }

    fn set(&mut self, row: usize, name: &str, text: String) {
        let column = match self.numbers.get(name) {
            Some(&column) => column,
            None if self.names.len() >= MOST_COLUMNS => {
                self.left_out.get_or_insert_with(|| name.to_owned());
                return;
            }
            None => {
                self.numbers.insert(name.to_owned(), self.names.len());
                self.names.push(name.to_owned());
                self.names.len() - 1
            }
        };
        if self.rows.len() <= row {
            self.rows.resize_with(row + 1, Vec::new);
        }
        let texts = &mut self.rows[row];
        if texts.len() <= column {
            texts.resize(column + 1, String::new());
        }
        texts[column] = text;
    }

    fn columns(mut self, tree: &Tree, warnings: &mut Vec<String>, count: usize) -> Vec<Column> {
        let source = tree.origin().display();
        if let Some(name) = &self.left_out {
            warnings.push(format!(
                "{source}: values that are neither text nor numbers are left out, as `{name}`"
            ));
        }
        if let Some(first) = self.broken.first() {
            warnings.push(format!(
                "{source}: {} .json cannot be read, as {first}; their pictures have no metadata of it",
                self.broken.len()
            ));
        }
        self.rows.resize_with(count, Vec::new);
        for row in &mut self.rows {
            row.resize(self.names.len(), String::new());
        }
        let sheet = Sheet::of_rows(source.to_string(), self.names, &self.rows);
        let rows: Vec<Option<usize>> = (0..count).map(Some).collect();
        sheet.columns(&rows, &[])
    }
}
