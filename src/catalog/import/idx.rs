//! IDX pairs, as MNIST and Fashion-MNIST come: one file of pictures, one of labels, gzipped or not.
//!
//! Format: <http://yann.lecun.com/exdb/mnist/>. Pictures whose edges are dark are inverted, so that the
//! background is white as on every other photo of a shop.

use super::sheet::Sheet;
use super::tree::Tree;
use super::{Found, ImportError, Place};
use crate::catalog::{Column, Values};
use image::{Rgb, RgbImage};
use std::collections::HashMap;
use std::io::Read as _;

/// The labels of Fashion-MNIST (<https://github.com/zalandoresearch/fashion-mnist>), by number.
pub(super) const FASHION_LABELS: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];

/// The most bytes that a gzipped file may unpack to.
const LARGEST: u64 = 4 << 30;

/// The pictures of one IDX file: grey, one after the other.
pub(super) struct Set {
    pixels: Vec<u8>,
    width: usize,
    height: usize,
    is_inverted: bool,
}

impl std::fmt::Debug for Set {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Set({} pictures of {}x{})",
            self.len(),
            self.width,
            self.height
        )
    }
}

impl Set {
    fn len(&self) -> usize {
        self.pixels.len() / (self.width * self.height)
    }

    /// A picture, with a white background.
    pub(super) fn picture(&self, number: usize) -> RgbImage {
        let size = self.width * self.height;
        let pixels = &self.pixels[number * size..(number + 1) * size];
        RgbImage::from_fn(self.width as u32, self.height as u32, |x, y| {
            let shade = pixels[y as usize * self.width + x as usize];
            Rgb([if self.is_inverted { 255 - shade } else { shade }; 3])
        })
    }

    /// Whether the edges of the pictures are dark on the whole.
    fn has_dark_edges(&self) -> bool {
        let (w, h) = (self.width, self.height);
        let (mut sum, mut count) = (0_u64, 0_u64);
        for picture in self.pixels.chunks_exact(w * h) {
            for (place, &shade) in picture.iter().enumerate() {
                let (x, y) = (place % w, place / w);
                if x == 0 || y == 0 || x == w - 1 || y == h - 1 {
                    sum += u64::from(shade);
                    count += 1;
                }
            }
        }
        count > 0 && sum < count * 128
    }
}

fn is_pictures(name: &str) -> bool {
    name.contains("idx3-ubyte")
}

/// Whether the source holds such files.
pub(super) fn fits(tree: &Tree) -> bool {
    tree.names().any(is_pictures)
}

/// Reads all pairs of a source.
pub(super) fn import(tree: &Tree, sheet: Option<Sheet>) -> Result<Found, ImportError> {
    let mut found = Found::default();
    let (mut labels, mut splits) = (Vec::new(), Vec::new());
    // A file and its gzipped copy are the same pair.
    let mut pairs: Vec<(String, usize)> = Vec::new();
    for file in (0..tree.len()).filter(|&file| is_pictures(tree.name(file))) {
        let stem = tree.name(file).trim_end_matches(".gz").to_owned();
        if !pairs.iter().any(|(other, _)| *other == stem) {
            pairs.push((stem, file));
        }
    }
    if pairs.is_empty() {
        return Err(ImportError::Layout {
            path: tree.origin().to_owned(),
            format: "idx",
            reason: "there is no file with `idx3-ubyte` in its name".to_owned(),
        });
    }
    // Training pictures first, as everybody lists them.
    pairs.sort_by_key(|(stem, _)| (split_of(stem) != "train", stem.clone()));
    for (stem, file) in pairs {
        let bad = |reason: String| ImportError::Idx {
            file: tree.full_name(file),
            reason,
        };
        let set = read_pictures(&unpacked(tree, file)?).map_err(bad)?;
        let split = split_of(&stem);
        let numbers = match labels_of(tree, &stem) {
            Some(file) => {
                let bad = |reason: String| ImportError::Idx {
                    file: tree.full_name(file),
                    reason,
                };
                let numbers = read_labels(&unpacked(tree, file)?).map_err(bad)?;
                if numbers.len() != set.len() {
                    return Err(bad(format!(
                        "has {} labels for {} pictures; the files are not a pair, or one is cut short",
                        numbers.len(),
                        set.len()
                    )));
                }
                numbers.into_iter().map(Some).collect()
            }
            None => {
                found.notes.push(format!(
                    "{}: no file of labels goes with it",
                    tree.full_name(file)
                ));
                vec![None; set.len()]
            }
        };
        let index = found.sets.len();
        for number in 0..set.len() {
            found.items.push((
                format!("{split}-{:05}", number + 1),
                String::new(),
                Place::Raw(index, number),
            ));
            splits.push(split.clone());
        }
        labels.extend(numbers);
        found.sets.push(set);
    }
    if found.items.is_empty() {
        return Err(ImportError::NoPictures {
            path: tree.origin().to_owned(),
            files: tree.len(),
        });
    }
    // One question for all: do the pictures of the first file need it?
    let is_inverted = found.sets.first().is_some_and(Set::has_dark_edges);
    for set in &mut found.sets {
        set.is_inverted = is_inverted;
    }
    if labels.iter().any(Option::is_some) {
        let is_fashion = labels
            .iter()
            .flatten()
            .all(|&n| usize::from(n) < FASHION_LABELS.len());
        let values = if is_fashion {
            Values::text(
                labels
                    .iter()
                    .map(|n| n.map(|n| FASHION_LABELS[usize::from(n)])),
            )
        } else {
            Values::Integer(labels.iter().map(|n| n.map(i64::from)).collect())
        };
        found.columns.push(Column::new("label", values));
    }
    found
        .columns
        .push(Column::new("split", Values::text(splits.iter().map(Some))));
    if let Some(sheet) = sheet {
        let key = sheet.expect(&["id"])?;
        let rows: HashMap<&str, usize> = sheet
            .rows
            .iter()
            .enumerate()
            .map(|(i, r)| (r[key].as_str(), i))
            .collect();
        let matched: Vec<_> = found
            .items
            .iter()
            .map(|(id, _, _)| rows.get(id.as_str()).copied())
            .collect();
        let own: Vec<_> = ["label", "split"]
            .iter()
            .filter_map(|name| sheet.find(name))
            .chain([key])
            .collect();
        found.columns.extend(sheet.columns(&matched, &own));
        found.notes.extend(sheet.notes);
    }
    Ok(found)
}

/// The split that a file's name tells: `train`, `test` (also as `t10k`), or what stands before the first `-`.
fn split_of(stem: &str) -> String {
    let name = stem.rsplit('/').next().unwrap_or(stem).to_lowercase();
    let first = name.split(['-', '.', '_']).next().unwrap_or_default();
    match first {
        "t10k" | "test" => "test".to_owned(),
        "" | "images" => "train".to_owned(),
        other => other.to_owned(),
    }
}

/// The file of labels that goes with a file of pictures.
fn labels_of(tree: &Tree, stem: &str) -> Option<usize> {
    let name = stem.replace("images", "labels").replace("idx3", "idx1");
    tree.find(&name)
        .or_else(|| tree.find(&format!("{name}.gz")))
}

fn unpacked(tree: &Tree, file: usize) -> Result<Vec<u8>, ImportError> {
    let bad = |reason: String| ImportError::Idx {
        file: tree.full_name(file),
        reason,
    };
    let bytes = tree
        .read(file)
        .map_err(|reason| bad(format!("cannot be read ({reason})")))?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut whole = Vec::new();
    flate2::read::MultiGzDecoder::new(&bytes[..])
        .take(LARGEST)
        .read_to_end(&mut whole)
        .map_err(|error| bad(format!("cannot be unpacked ({error}); copy it again")))?;
    Ok(whole)
}

fn number(bytes: &[u8], place: usize) -> Option<usize> {
    let four = bytes.get(place..place + 4)?.try_into().ok()?;
    Some(u32::from_be_bytes(four) as usize)
}

fn read_pictures(bytes: &[u8]) -> Result<Set, String> {
    if number(bytes, 0) != Some(0x0803) {
        return Err("is no IDX file of pictures (it does not begin with 00 00 08 03)".to_owned());
    }
    let sizes = (number(bytes, 4), number(bytes, 8), number(bytes, 12));
    let (Some(count), Some(height), Some(width)) = sizes else {
        return Err("is cut short; copy it again".to_owned());
    };
    if width == 0 || height == 0 || width > 4096 || height > 4096 {
        return Err(format!(
            "tells of pictures of {width}×{height} pixels, which cannot be"
        ));
    }
    let pixels = bytes.get(16..).unwrap_or_default();
    if pixels.len() as u64 != count as u64 * width as u64 * height as u64 {
        return Err(format!(
            "is cut short or too long: it tells of {count} pictures of {width}×{height} pixels and has {} bytes of them; copy it again",
            pixels.len()
        ));
    }
    Ok(Set {
        pixels: pixels.to_vec(),
        width,
        height,
        is_inverted: false,
    })
}

fn read_labels(bytes: &[u8]) -> Result<Vec<u8>, String> {
    if number(bytes, 0) != Some(0x0801) {
        return Err("is no IDX file of labels (it does not begin with 00 00 08 01)".to_owned());
    }
    let labels = bytes.get(8..).unwrap_or_default();
    if number(bytes, 4) != Some(labels.len()) {
        return Err("is cut short or too long; copy it again".to_owned());
    }
    Ok(labels.to_vec())
}
