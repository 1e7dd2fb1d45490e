//! A file of annotations.

use super::super::error::ImportError;
use super::super::tree::Tree;
use serde::Deserialize;
use std::collections::HashMap;

/// A box of more than this share of its picture cuts nothing away that matters.
pub(super) const NEARLY_ALL: f64 = 0.8;

/// The number or name by which the parts of a file speak of each other.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(untagged)]
enum Id {
    Number(i64),
    Text(String),
}

/// What is read of a file; everything else in it is passed over.
#[derive(Debug, Deserialize)]
struct File {
    images: Vec<Picture>,
    #[serde(default)]
    annotations: Vec<Annotation>,
    categories: Vec<Category>,
}

/// A picture that a file tells of.
#[derive(Debug, Deserialize)]
pub(super) struct Picture {
    id: Id,
    pub(super) file_name: String,
    #[serde(default)]
    width: Option<f64>,
    #[serde(default)]
    height: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Annotation {
    image_id: Id,
    #[serde(default)]
    category_id: Option<Id>,
    #[serde(default)]
    bbox: Option<Vec<f64>>,
}

#[derive(Debug, Deserialize)]
struct Category {
    id: Id,
    name: String,
    #[serde(default)]
    supercategory: Option<String>,
}

/// A part of a picture: left, top, width and height, as shares of its sides.
pub(super) type Share = [f64; 4];

/// What is known of a picture.
#[derive(Debug, Clone)]
pub(super) struct Marked {
    pub(super) file_name: String,
    pub(super) category: Option<String>,
    pub(super) supercategory: Option<String>,
    /// The largest box, and the picture's width divided by its height as the file tells it.
    pub(super) cut: Option<(Share, f64)>,
    /// How many boxes there are.
    pub(super) boxes: usize,
}

/// The annotations of a file.
pub(super) struct Annotations {
    pub(super) pictures: Vec<Picture>,
    annotations: Vec<Annotation>,
    categories: Vec<Category>,
}

impl Annotations {
    pub(super) fn read(tree: &Tree, file: usize) -> Result<Self, ImportError> {
        let broken = |reason: String| ImportError::Coco {
            file: tree.full_name(file),
            reason,
        };
        let bytes = tree
            .bytes(file)
            .map_err(|error| broken(error.to_string()))?;
        let start = match bytes.starts_with(b"\xef\xbb\xbf") {
            true => 3,
            false => 0,
        };
        let file: File =
            serde_json::from_slice(&bytes[start..]).map_err(|error| broken(error.to_string()))?;
        Ok(Self {
            pictures: file.images,
            annotations: file.annotations,
            categories: file.categories,
        })
    }

    /// Each picture with what its largest box tells.
    pub(super) fn marked(self) -> Vec<Marked> {
        let categories: HashMap<Id, Category> = self
            .categories
            .into_iter()
            .map(|category| (category.id.clone(), category))
            .collect();
        let mut by_picture: HashMap<Id, Vec<Annotation>> = HashMap::new();
        for annotation in self.annotations {
            by_picture
                .entry(annotation.image_id.clone())
                .or_default()
                .push(annotation);
        }
        let marked = |picture: Picture| {
            let own = by_picture.get(&picture.id).map_or(&[][..], Vec::as_slice);
            let largest = own.iter().max_by(|a, b| area(a).total_cmp(&area(b)));
            let category =
                largest.and_then(|annotation| categories.get(annotation.category_id.as_ref()?));
            Marked {
                category: category.map(|category| category.name.clone()),
                supercategory: category
                    .and_then(|category| category.supercategory.clone())
                    .filter(|name| !matches!(name.as_str(), "" | "none")),
                cut: largest.and_then(|annotation| share(annotation, &picture)),
                boxes: own
                    .iter()
                    .filter(|annotation| area(annotation) > 0.0)
                    .count(),
                file_name: picture.file_name,
            }
        };
        self.pictures.into_iter().map(marked).collect()
    }
}

/// The area of a box; 0 where there is none.
fn area(annotation: &Annotation) -> f64 {
    match annotation.bbox.as_deref() {
        Some([_, _, width, height]) if *width > 0.0 && *height > 0.0 => {
            let area = width * height;
            if area.is_finite() { area } else { 0.0 }
        }
        _ => 0.0,
    }
}

/// A box as shares of its picture, where the file tells the picture's size, and the box is a part of it.
fn share(annotation: &Annotation, picture: &Picture) -> Option<(Share, f64)> {
    let (width, height) = (picture.width?, picture.height?);
    let is_size = |x: f64| x.is_finite() && x >= 1.0;
    let Some([x, y, w, h]) = annotation.bbox.as_deref() else {
        return None;
    };
    let share = [x / width, y / height, w / width, h / height];
    let [left, top, wide, high] = share;
    let is_inside = is_size(width)
        && is_size(height)
        && area(annotation) > 0.0
        && left > -0.05
        && top > -0.05
        && left + wide < 1.05
        && top + high < 1.05
        // A box of nearly all cuts nothing away.
        && wide * high <= NEARLY_ALL;
    is_inside.then_some((share, width / height))
}
