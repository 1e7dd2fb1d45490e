//! IDX pairs, as MNIST and Fashion-MNIST come: one file of pictures, one of labels, gzipped or not.
//!
//! Format: <http://yann.lecun.com/exdb/mnist/>. Pictures whose edges are dark are inverted, so that the
//! background is white as on every other photo of a shop.

use super::ImportOptions;
use super::error::{IdxError, ImportError, ReadError};
use super::importer::{Found, Importer, Shoe};
use super::pictures::{Pictures, ReadPicture};
use super::sheet::Sheet;
use super::tree::Tree;
use crate::catalog::picture::Decoded;
use crate::catalog::{Column, Values};
use image::{Rgb, RgbImage};
use std::collections::HashMap;
use std::io::Read as _;
use std::sync::Arc;

/// The labels of Fashion-MNIST (<https://github.com/zalandoresearch/fashion-mnist>), by number.
const FASHION_LABELS: [&str; 10] = [
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

/// The most bytes that all files of a source may have, or unpack to: they lie in memory.
const LARGEST: u64 = 1 << 30;

/// A gzipped file unpacks to at most so many times its size, where that is more than [`SMALL`]: MNIST's to six times.
const MOST_UNPACKED: u64 = 64;

/// So many bytes any file may unpack to.
const SMALL: u64 = 64 << 20;

/// Where the pixels begin in a file of pictures.
const PIXELS: usize = 16;

/// IDX pairs.
#[derive(Debug)]
pub(super) struct Idx;

impl Importer for Idx {
    fn name(&self) -> &'static str {
        "idx"
    }

    fn about(&self) -> &'static str {
        "IDX pairs, as Fashion-MNIST comes"
    }

    fn recognise(&self, tree: &Tree) -> Option<String> {
        let file = tree.names().find(|name| is_pictures(name))?;
        Some(format!("the name {file}"))
    }

    fn import(
        &self,
        tree: &Arc<Tree>,
        given: Vec<Sheet>,
        _: &ImportOptions,
    ) -> Result<Found, ImportError> {
        let files = files_of_pictures(tree);
        if files.is_empty() {
            return Err(tree.other_layout(
                self.name(),
                "there is no file with `idx3-ubyte` in its name",
            ));
        }
        let mut found = Found::default();
        let mut pairs: Vec<Pair> = Vec::with_capacity(files.len());
        let mut room = LARGEST;
        for (stem, file) in &files {
            pairs.push(Pair::read(
                tree,
                (stem, *file),
                &mut room,
                &mut found.warnings,
            )?);
        }
        // One question for all: do the pictures of the first file need it?
        let is_inverted = pairs[0].set.has_dark_edges();
        let (mut labels, mut splits) = (Vec::new(), Vec::new());
        for pair in pairs {
            let count = pair.set.len();
            let set = Arc::new(Set {
                is_inverted,
                ..pair.set
            });
            found.shoes.extend((0..count).map(|number| {
                let id = format!("{}-{:05}", pair.split, number + 1);
                Shoe::of_pictures(id, set.clone(), number)
            }));
            labels.extend(pair.labels);
            splits.extend(std::iter::repeat_n(pair.split, count));
        }
        if found.shoes.is_empty() {
            return Err(tree.no_pictures());
        }
        found.columns.extend(label_column(&labels));
        let splits = splits.iter().map(Some);
        found
            .columns
            .push(Column::new("split", Values::text(splits)));
        for sheet in given {
            join(&mut found, sheet)?;
        }
        Ok(found)
    }
}

fn is_pictures(name: &str) -> bool {
    name.contains("idx3-ubyte")
}

/// The files of pictures, each with its name without `.gz`: training pictures first, as everybody lists them.
fn files_of_pictures(tree: &Tree) -> Vec<(&str, usize)> {
    // A file and its gzipped copy are the same pair.
    let mut files: Vec<(&str, usize)> = Vec::new();
    for file in (0..tree.len()).filter(|&file| is_pictures(tree.name(file))) {
        let stem = tree.name(file).trim_end_matches(".gz");
        if !files.iter().any(|(other, _)| *other == stem) {
            files.push((stem, file));
        }
    }
    files.sort_by_key(|(stem, _)| (split_of(stem) != "train", *stem));
    files
}

/// A file of pictures with the labels that go with it.
struct Pair {
    set: Set,
    /// One label a picture; none where there is no file of them.
    labels: Vec<Option<u8>>,
    split: String,
}

impl Pair {
    /// Reads what fits into `room` bytes, which become fewer.
    fn read(
        tree: &Tree,
        (stem, file): (&str, usize),
        room: &mut u64,
        warnings: &mut Vec<String>,
    ) -> Result<Self, ImportError> {
        let in_file = |file: usize| {
            move |source: IdxError| ImportError::Idx {
                file: tree.full_name(file),
                source,
            }
        };
        let set = unpacked(tree, file, room).and_then(Set::read);
        let set = set.map_err(in_file(file))?;
        let labels = match labels_of(tree, stem) {
            Some(labels) => unpacked(tree, labels, room)
                .and_then(|bytes| read_labels(&bytes, set.len()))
                .map_err(in_file(labels))?,
            None => {
                warnings.push(format!(
                    "{}: no file of labels goes with it",
                    tree.full_name(file)
                ));
                vec![None; set.len()]
            }
        };
        Ok(Self {
            set,
            labels,
            split: split_of(stem),
        })
    }
}

/// The labels by their names where they can be those of Fashion-MNIST, else by their numbers; no column where there
/// are none.
fn label_column(labels: &[Option<u8>]) -> Option<Column> {
    labels.iter().flatten().next()?;
    let name = |n: u8| FASHION_LABELS.get(usize::from(n)).copied();
    let values = if labels.iter().flatten().all(|&n| name(n).is_some()) {
        Values::text(labels.iter().map(|n| n.and_then(name)))
    } else {
        Values::Integer(labels.iter().map(|n| n.map(i64::from)).collect())
    };
    Some(Column::new("label", values))
}

/// Adds the columns of a table whose `id` names the shoes.
fn join(found: &mut Found, sheet: Sheet) -> Result<(), ImportError> {
    let key = sheet.expect(&["id"])?;
    let rows = 0..sheet.len();
    let rows: HashMap<&str, usize> = rows.map(|row| (sheet.cell(row, key), row)).collect();
    let ids = found.shoes.iter().map(|shoe| shoe.id.as_str());
    let matched: Vec<Option<usize>> = ids.map(|id| rows.get(id).copied()).collect();
    let own = ["label", "split"].into_iter();
    let own: Vec<usize> = own
        .filter_map(|name| sheet.find(name))
        .chain([key])
        .collect();
    found.columns.extend(sheet.columns(&matched, &own));
    found.warnings.extend(sheet.warnings);
    Ok(())
}

/// The pictures of one IDX file: grey, one after the other.
struct Set {
    /// The file, unpacked; the pixels begin at [`PIXELS`].
    bytes: Vec<u8>,
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
    /// The pictures of a file, as they are.
    fn read(bytes: Vec<u8>) -> Result<Self, IdxError> {
        if number(&bytes, 0) != Some(0x0803) {
            return Err(IdxError::NoPictures);
        }
        let sizes = (number(&bytes, 4), number(&bytes, 8), number(&bytes, 12));
        let (Some(count), Some(height), Some(width)) = sizes else {
            return Err(IdxError::CutShort);
        };
        if width == 0 || height == 0 || width > 4096 || height > 4096 {
            return Err(IdxError::Size { width, height });
        }
        let pixels = bytes.len().saturating_sub(PIXELS);
        if pixels as u64 != count as u64 * width as u64 * height as u64 {
            return Err(IdxError::Pixels {
                count,
                width,
                height,
                bytes: pixels,
            });
        }
        Ok(Self {
            bytes,
            width,
            height,
            is_inverted: false,
        })
    }

    fn pixels(&self) -> &[u8] {
        self.bytes.get(PIXELS..).unwrap_or_default()
    }

    fn len(&self) -> usize {
        self.pixels().len() / (self.width * self.height)
    }

    /// A picture, with a white background.
    fn picture(&self, number: usize) -> RgbImage {
        let size = self.width * self.height;
        let pixels = &self.pixels()[number * size..(number + 1) * size];
        RgbImage::from_fn(self.width as u32, self.height as u32, |x, y| {
            let shade = pixels[y as usize * self.width + x as usize];
            Rgb([if self.is_inverted { 255 - shade } else { shade }; 3])
        })
    }

    /// Whether the edges of the pictures are dark on the whole.
    fn has_dark_edges(&self) -> bool {
        let (w, h) = (self.width, self.height);
        let (mut sum, mut count) = (0_u64, 0_u64);
        for picture in self.pixels().chunks_exact(w * h) {
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

impl Pictures for Set {
    fn size(&self, _: usize) -> u64 {
        0
    }

    fn fetch(&self, _: usize) -> Result<Vec<u8>, ReadError> {
        Ok(Vec::new())
    }

    fn decode(&self, number: usize, _: Vec<u8>) -> Result<ReadPicture, ReadError> {
        Ok(ReadPicture {
            decoded: Decoded {
                picture: self.picture(number),
                format: None,
                is_plain: true,
            },
            original: Vec::new(),
        })
    }
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

/// The bytes of a file, unpacked where they are gzipped; `room` is what they may take, and becomes what is left.
fn unpacked(tree: &Tree, file: usize, room: &mut u64) -> Result<Vec<u8>, IdxError> {
    let mut bytes = tree.bytes_up_to(file, *room)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let packed = bytes.len() as u64;
        let most = (*room).min(SMALL.max(packed.saturating_mul(MOST_UNPACKED)));
        let mut whole = Vec::new();
        flate2::read::MultiGzDecoder::new(&bytes[..])
            .take(most + 1)
            .read_to_end(&mut whole)
            .map_err(IdxError::Unpack)?;
        if whole.len() as u64 > most {
            return Err(match most == *room && *room < LARGEST {
                true => IdxError::TooMuch,
                false => IdxError::Expands {
                    megabytes: most >> 20,
                },
            });
        }
        bytes = whole;
    }
    *room -= bytes.len() as u64;
    Ok(bytes)
}

/// The big-endian number of four bytes at `place`.
fn number(bytes: &[u8], place: usize) -> Option<usize> {
    let four = bytes.get(place..place + 4)?.try_into().ok()?;
    Some(u32::from_be_bytes(four) as usize)
}

/// The labels of a file, one for each of `pictures`.
fn read_labels(bytes: &[u8], pictures: usize) -> Result<Vec<Option<u8>>, IdxError> {
    if number(bytes, 0) != Some(0x0801) {
        return Err(IdxError::NoLabels);
    }
    let labels = bytes.get(8..).unwrap_or_default();
    if number(bytes, 4) != Some(labels.len()) {
        return Err(IdxError::Labels);
    }
    if labels.len() != pictures {
        return Err(IdxError::Pair {
            labels: labels.len(),
            pictures,
        });
    }
    Ok(labels.iter().copied().map(Some).collect())
}
