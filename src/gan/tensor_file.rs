//! Files of tensors (safetensors) with JSON beside them: generators and checkpoints.

use super::GanError;
use half::f16;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The version of the files that this program writes, under the metadata key `version`.
const VERSION: &str = "1";

/// Tensors by name, and JSON texts by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tensors {
    tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    texts: HashMap<String, String>,
}

impl Tensors {
    /// Adds a tensor.
    pub fn put(&mut self, name: impl Into<String>, shape: &[usize], values: &[f32]) {
        self.tensors
            .insert(name.into(), (shape.to_vec(), values.to_vec()));
    }

    /// Adds `value` as JSON.
    pub fn put_json(&mut self, name: &str, value: &impl Serialize) {
        // Plain structs of numbers and texts always have a JSON form.
        let text = serde_json::to_string(value).unwrap_or_default();
        self.texts.insert(name.to_owned(), text);
    }

    /// Whether there is a tensor of that name.
    pub fn holds(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The numbers of the tensor `name`; `path` is for the error.
    ///
    /// # Errors
    /// There is no such tensor.
    pub fn take(&self, name: &str, path: &Path) -> Result<Vec<f32>, GanError> {
        match self.tensors.get(name) {
            Some((_, values)) => Ok(values.clone()),
            None => Err(GanError::model(
                path,
                format!("it lacks {name}; the file is damaged or of another kind"),
            )),
        }
    }

    /// The numbers of the tensor `name`, which must have `shape`.
    ///
    /// # Errors
    /// There is no such tensor, it has another shape, or a number is not finite.
    pub fn take_shaped(
        &self,
        name: &str,
        shape: &[usize],
        path: &Path,
    ) -> Result<Vec<f32>, GanError> {
        let values = self.take(name, path)?;
        let found = &self.tensors[name].0;
        if found != shape {
            return Err(GanError::model(
                path,
                format!(
                    "{name} is {found:?} where {shape:?} was expected; the file is of another network"
                ),
            ));
        }
        if values.iter().any(|v| !v.is_finite()) {
            return Err(GanError::model(
                path,
                format!("{name} holds a number that is not finite; the file is damaged"),
            ));
        }
        Ok(values)
    }

    /// The JSON of that name.
    ///
    /// # Errors
    /// There is none, or it does not read as a `T`.
    pub fn json<T: DeserializeOwned>(&self, name: &str, path: &Path) -> Result<T, GanError> {
        let Some(text) = self.texts.get(name) else {
            return Err(GanError::model(
                path,
                format!("it has no {name} in its metadata: it is another kind of file"),
            ));
        };
        serde_json::from_str(text)
            .map_err(|e| GanError::model(path, format!("its {name} cannot be read: {e}")))
    }

    /// Writes the file under a temporary name and puts it in its place: the old file or the new one is
    /// there at any moment. With `halves`, tensors whose name begins so are stored as f16.
    ///
    /// # Errors
    /// The folder cannot be written, or the disk is full; the old file is still there then.
    pub fn write(&self, path: &Path, kind: &str, halves: Option<&str>) -> Result<(), GanError> {
        let stored: BTreeMap<&String, (Dtype, &[usize], Vec<u8>)> = self
            .tensors
            .iter()
            .map(|(name, (shape, values))| {
                let half = halves.is_some_and(|prefix| name.starts_with(prefix));
                let bytes = if half {
                    let values = values.iter().map(|&v| f16::from_f32(v).to_le_bytes());
                    values.flatten().collect()
                } else {
                    values.iter().flat_map(|v| v.to_le_bytes()).collect()
                };
                let dtype = if half { Dtype::F16 } else { Dtype::F32 };
                (name, (dtype, shape.as_slice(), bytes))
            })
            .collect();
        let mut views = Vec::with_capacity(stored.len());
        for (name, (dtype, shape, bytes)) in &stored {
            let view = TensorView::new(*dtype, shape.to_vec(), bytes)
                .map_err(|e| GanError::model(path, format!("{name} cannot be stored: {e}")))?;
            views.push((name.as_str(), view));
        }
        let mut texts = self.texts.clone();
        texts.insert("kind".into(), kind.into());
        texts.insert("version".into(), VERSION.into());
        let bytes = safetensors::serialize(views, Some(texts))
            .map_err(|e| GanError::model(path, format!("cannot be stored: {e}")))?;
        write_whole(path, &in_order(bytes))
    }

    /// Reads a file that [`write`](Self::write) wrote as `kind`.
    ///
    /// # Errors
    /// It cannot be read, is cut short, is of another kind, or of a newer version.
    pub fn read(path: &Path, kind: &str) -> Result<(Self, Vec<u8>), GanError> {
        let bytes = std::fs::read(path).map_err(GanError::file(path, "cannot be read"))?;
        Ok((Self::parse(&bytes, path, kind)?, bytes))
    }

    fn parse(bytes: &[u8], path: &Path, kind: &str) -> Result<Self, GanError> {
        let broken = |e: safetensors::SafeTensorError| {
            GanError::model(
                path,
                format!(
                    "is no whole safetensors file ({e}): it is cut short, damaged or another kind of file; copy or train it again"
                ),
            )
        };
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(broken)?;
        let texts = header.metadata().clone().unwrap_or_default();
        match texts.get("kind") {
            Some(found) if found == kind => {}
            Some(found) => {
                return Err(GanError::model(
                    path,
                    format!("is a {found}, where a {kind} is needed"),
                ));
            }
            None => {
                return Err(GanError::model(
                    path,
                    format!(
                        "is a safetensors file of another program, where a {kind} is needed; make one with shoespace train"
                    ),
                ));
            }
        }
        if texts.get("version").is_none_or(|v| v != VERSION) {
            return Err(GanError::model(
                path,
                "was written by a newer shoespace; update this one, or train again",
            ));
        }
        let file = SafeTensors::deserialize(bytes).map_err(broken)?;
        let mut tensors = BTreeMap::new();
        for (name, view) in file.tensors() {
            let values = match view.dtype() {
                Dtype::F32 => view
                    .data()
                    .chunks_exact(4)
                    .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                    .collect(),
                Dtype::F16 => view
                    .data()
                    .chunks_exact(2)
                    .map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32())
                    .collect(),
                other => {
                    return Err(GanError::model(
                        path,
                        format!("{name} is stored as {other:?}, which a {kind} never is"),
                    ));
                }
            };
            tensors.insert(name, (view.shape().to_vec(), values));
        }
        Ok(Self { tensors, texts })
    }
}

/// The same file with the names of its header in order: safetensors writes its metadata as a hash map gives it, and the same
/// generator has to be the same file.
fn in_order(file: Vec<u8>) -> Vec<u8> {
    let header = |file: &[u8]| -> Option<(Vec<u8>, usize)> {
        let length = u64::from_le_bytes(file.get(..8)?.try_into().ok()?);
        let end = usize::try_from(length).ok()?.checked_add(8)?;
        type Names = BTreeMap<String, serde_json::Value>;
        let mut names: Names = serde_json::from_slice(file.get(8..end)?).ok()?;
        if let Some(texts) = names.get_mut("__metadata__") {
            let sorted: Names = serde_json::from_value(texts.take()).ok()?;
            *texts = serde_json::to_value(sorted).ok()?;
        }
        let mut header = serde_json::to_vec(&names).ok()?;
        // As safetensors does, so that the tensors are aligned.
        header.resize(header.len().next_multiple_of(8), b' ');
        Some((header, end))
    };
    // What it wrote itself it can read.
    let Some((header, end)) = header(&file) else {
        return file;
    };
    let length = (header.len() as u64).to_le_bytes();
    [&length, header.as_slice(), &file[end..]].concat()
}

/// Writes `bytes` to `path`, whole.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), GanError> {
    crate::atomic_file::write(path, |file| file.write_all(bytes)).map_err(GanError::file(
        path,
        "cannot be written (the file before it is kept)",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Tensors {
        let mut tensors = Tensors::default();
        tensors.put("net/a", &[2, 3], &[1.0, -2.0, 0.5, 3.0, 4.0, 65504.0]);
        tensors.put("exact", &[1], &[0.1]);
        tensors.put_json("info", &vec![1, 2, 3]);
        tensors
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.safetensors");
        example().write(&path, "thing", Some("net/")).unwrap();
        let (back, _) = Tensors::read(&path, "thing").unwrap();
        assert_eq!(back.take("exact", &path).unwrap(), [0.1]);
        let a = back.take_shaped("net/a", &[2, 3], &path).unwrap();
        assert_eq!(a, [1.0, -2.0, 0.5, 3.0, 4.0, 65504.0]);
        assert_eq!(back.json::<Vec<u8>>("info", &path).unwrap(), [1, 2, 3]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_same_is_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.safetensors");
        let mut tensors = example();
        for name in ["network", "prior", "state", "words", "more"] {
            tensors.put_json(name, &name);
        }
        let write = || {
            // Another map, with a seed of its own.
            let texts = tensors.texts.iter().map(|(k, v)| (k.clone(), v.clone()));
            let tensors = Tensors {
                texts: texts.collect(),
                ..tensors.clone()
            };
            tensors.write(&path, "thing", Some("net/")).unwrap();
            std::fs::read(&path).unwrap()
        };
        let first = write();
        for _ in 0..8 {
            assert!(write() == first);
        }
        let (back, _) = Tensors::read(&path, "thing").unwrap();
        assert_eq!(back.json::<String>("words", &path).unwrap(), "words");
    }

    #[test]
    fn files_that_are_not_it_say_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.safetensors");
        let message = |kind: &str| Tensors::read(&path, kind).unwrap_err().to_string();
        assert!(message("thing").contains("cannot be read"));
        example().write(&path, "thing", None).unwrap();
        assert!(message("other").contains("is a thing, where a other is needed"));
        let whole = std::fs::read(&path).unwrap();
        for cut in [0, 5, 60, whole.len() - 1] {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert!(message("thing").contains("x.safetensors"), "{cut}");
        }
        std::fs::write(
            &path,
            b"no tensors at all, but some text that is long enough",
        )
        .unwrap();
        assert!(message("thing").contains("safetensors"));
    }

    #[test]
    fn a_file_that_cannot_be_written_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("no/such/folder/x.safetensors");
        let error = example().write(&missing, "thing", None).unwrap_err();
        assert!(error.to_string().contains("cannot be written"));
        assert!(example().take("nothing", &missing).is_err());
        assert!(example().take_shaped("exact", &[2], &missing).is_err());
    }
}
