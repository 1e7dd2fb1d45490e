//! COCO annotations: a JSON of `images`, `annotations` and `categories` beside pictures.
//!
//! One shoe a picture. Of several boxes the largest counts, and the picture is cut to it, with some room around: what
//! else is in the picture is not what the category names. Pictures without a box stay whole, without a category.

mod annotations;
mod crops;

use super::error::ImportError;
use super::folder::{common_folders, ids_of};
use super::importer::{Found, Importer, Shoe};
use super::options::ImportOptions;
use super::parquet::split_of;
use super::sheet::Sheet;
use super::tables::add_given;
use super::tree::Tree;
use crate::catalog::{Column, Values};
use annotations::{Annotations, Marked};
use crops::Crops;
use std::collections::HashMap;
use std::sync::Arc;

/// COCO annotations.
#[derive(Debug)]
pub(super) struct Coco;

/// How much of a file is looked at to tell whether it can be one of annotations, in bytes.
const LOOKED_AT: u64 = 1 << 18;

/// At most so many files are looked at: a folder can have a JSON for each picture.
const MOST_LOOKED_AT: usize = 64;

impl Importer for Coco {
    fn name(&self) -> &'static str {
        "coco"
    }

    fn about(&self) -> &'static str {
        "Pictures with a JSON of images, annotations and categories, as COCO comes"
    }

    fn recognise(&self, tree: &Tree) -> Option<String> {
        if tree.pictures().is_empty() {
            return None;
        }
        let places = Places::of(tree);
        candidates(tree).into_iter().find_map(|file| {
            let annotations = Annotations::read(tree, file).ok()?;
            let names_one = annotations
                .pictures
                .iter()
                .any(|picture| places.find(&picture.file_name, tree.name(file)).is_some());
            names_one.then(|| format!("images, annotations and categories in {}", tree.name(file)))
        })
    }

    fn import(
        &self,
        tree: &Arc<Tree>,
        given: Vec<Sheet>,
        options: &ImportOptions,
    ) -> Result<Found, ImportError> {
        let pictures = tree.pictures();
        if pictures.is_empty() {
            return Err(tree.no_pictures());
        }
        let mut found = Found::default();
        let (marks, failed) = gather(tree, &mut found);
        if marks.is_empty() {
            return Err(failed.unwrap_or_else(|| {
                tree.other_layout(
                    self.name(),
                    "there is no JSON of images, annotations and categories that names a picture",
                )
            }));
        }
        let of = |file: &usize| marks.get(file).map(|(marked, _)| marked);
        let category = |part: fn(&Marked) -> &Option<String>| {
            Values::text(
                pictures
                    .iter()
                    .map(|file| of(file).and_then(|m| part(m).as_deref())),
            )
        };
        found.columns = vec![Column::new("category", category(|m| &m.category))];
        if marks
            .values()
            .any(|(marked, _)| marked.supercategory.is_some())
        {
            let values = category(|m| &m.supercategory);
            found.columns.push(Column::new("supercategory", values));
        }
        if marks.values().any(|(_, split)| split.is_some()) {
            let splits = pictures.iter().map(|file| marks.get(file)?.1.as_deref());
            found
                .columns
                .push(Column::new("split", Values::text(splits)));
        }
        tell(tree, &pictures, &marks, &mut found.warnings);
        let names: Vec<&str> = pictures.iter().map(|&file| tree.name(file)).collect();
        let common = common_folders(&names);
        let short: Vec<&str> = names.iter().map(|name| &name[common..]).collect();
        let cut = pictures
            .iter()
            .map(|&file| (file, of(&file).and_then(|m| m.cut)));
        let crops = Arc::new(Crops::new(tree.clone(), cut.collect()));
        let shoes = ids_of(&short).into_iter().zip(&pictures).enumerate();
        found.shoes = shoes
            .map(|(number, (id, &file))| Shoe::of_part(id, (tree, file), crops.clone(), number))
            .collect();
        add_given(&mut found, tree, given, options);
        Ok(found)
    }
}

/// What each picture shows, and its split; by the number of its file.
type Marks = HashMap<usize, (Marked, Option<String>)>;

/// Reads all files of annotations. Of two that tell of the same picture, the first counts.
fn gather(tree: &Tree, found: &mut Found) -> (Marks, Option<ImportError>) {
    let places = Places::of(tree);
    let (mut marks, mut failed) = (Marks::new(), None);
    for file in candidates(tree) {
        let annotations = match Annotations::read(tree, file) {
            Ok(annotations) => annotations,
            Err(error) => {
                found.warnings.push(format!("{error}; it is left out"));
                failed.get_or_insert(error);
                continue;
            }
        };
        let (mut lost, mut several) = (Vec::new(), 0);
        let split = split_of_annotations(tree.name(file));
        for marked in annotations.marked() {
            match places.find(&marked.file_name, tree.name(file)) {
                Some((picture, is_only)) => {
                    several += usize::from(!is_only);
                    marks
                        .entry(picture)
                        .or_insert_with(|| (marked, split.clone()));
                }
                None => lost.push(marked.file_name),
            }
        }
        if let Some(first) = lost.first() {
            found.warnings.push(format!(
                "{}: {} of its pictures are not there, as {first}",
                tree.full_name(file),
                lost.len()
            ));
        }
        if several > 0 {
            found.warnings.push(format!(
                "{}: {several} of its names are those of several pictures; the nearest is taken",
                tree.full_name(file)
            ));
        }
    }
    (marks, failed)
}

/// Says what was made of boxes.
fn tell(tree: &Tree, pictures: &[usize], marks: &Marks, warnings: &mut Vec<String>) {
    let source = tree.origin().display();
    let mut note = |fits: &dyn Fn(Option<&Marked>) -> bool, words: &str| {
        let of = |file: &usize| marks.get(file).map(|(marked, _)| marked);
        let mut fitting = pictures.iter().filter(|file| fits(of(file)));
        if let Some(&first) = fitting.next() {
            warnings.push(format!(
                "{source}: {} pictures {words} (as {})",
                1 + fitting.count(),
                tree.name(first)
            ));
        }
    };
    note(
        &|marked| marked.is_some_and(|m| m.cut.is_some()),
        "are cut to their box, with some room around it",
    );
    note(
        &|marked| marked.is_some_and(|m| m.boxes > 1),
        "have several boxes; the largest tells the category",
    );
    note(
        &|marked| marked.is_none_or(|m| m.category.is_none()),
        "have no box; they stay whole, without a category",
    );
}

/// The files that can be annotations, the likeliest first.
fn candidates(tree: &Tree) -> Vec<usize> {
    let mut files: Vec<(u8, usize)> = (0..tree.len())
        .filter(|&file| tree.name(file).to_lowercase().ends_with(".json"))
        .map(|file| {
            let name = tree.name(file).to_lowercase();
            let rank = match () {
                () if name.contains("instances") => 0,
                () if name.contains("coco") => 1,
                () if name.contains("annotation") => 2,
                () => 3,
            };
            (rank, file)
        })
        .collect();
    files.sort_unstable();
    files.truncate(MOST_LOOKED_AT);
    let files = files.into_iter().map(|(_, file)| file);
    files.filter(|&file| can_be(tree, file)).collect()
}

/// Whether a file begins as one of annotations can.
fn can_be(tree: &Tree, file: usize) -> bool {
    let Ok(start) = tree.beginning(file, LOOKED_AT) else {
        return false;
    };
    let text = String::from_utf8_lossy(&start);
    let has = |word: &str| text.contains(&format!("\"{word}\""));
    has("images") && (has("file_name") || has("categories"))
        || has("annotations") && (has("image_id") || has("bbox"))
        || has("categories") && has("supercategory")
}

/// The split that a file of annotations tells by its name (`instances_train2017.json`) or its folder.
fn split_of_annotations(name: &str) -> Option<String> {
    split_of(name).or_else(|| {
        let file = name.rsplit('/').next()?.to_lowercase();
        let words = file.split(|c: char| !c.is_ascii_alphabetic());
        words.filter(|word| !word.is_empty()).find_map(split_of)
    })
}

/// The pictures of a source by the last part of their paths.
struct Places<'a>(HashMap<String, Vec<(usize, &'a str)>>);

impl<'a> Places<'a> {
    fn of(tree: &'a Tree) -> Self {
        let mut places: HashMap<String, Vec<(usize, &str)>> = HashMap::new();
        for file in tree.pictures() {
            let name = tree.name(file);
            let last = name.rsplit('/').next().unwrap_or(name).to_lowercase();
            places.entry(last).or_default().push((file, name));
        }
        Self(places)
    }

    /// The picture that annotations in the file `by` mean with a name, and whether it is the only one of that name.
    fn find(&self, file_name: &str, by: &str) -> Option<(usize, bool)> {
        let wanted = file_name.replace('\\', "/").to_lowercase();
        let wanted = wanted.split('?').next().unwrap_or_default();
        let all = self.0.get(wanted.rsplit('/').next()?)?;
        // The longest tail of the path that both have, then what lies near the annotations, or is called as they are.
        let common = |name: &str| {
            let name = name.to_lowercase();
            let tail = name
                .rsplit('/')
                .zip(wanted.rsplit('/'))
                .take_while(|(a, b)| a == b)
                .count();
            let by = by.to_lowercase();
            let is_called = name
                .rsplit('/')
                .skip(1)
                .any(|folder| folder.len() > 2 && by.contains(folder));
            let near = name
                .split('/')
                .zip(by.split('/'))
                .take_while(|(a, b)| a == b)
                .count();
            (tail, is_called, near)
        };
        let best = all.iter().map(|(_, name)| common(name)).max()?;
        let mut best_ones = all.iter().filter(|(_, name)| common(name) == best);
        let (file, _) = best_ones.next()?;
        Some((*file, best_ones.next().is_none()))
    }
}
