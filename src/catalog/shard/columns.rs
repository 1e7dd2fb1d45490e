//! The columns of a shard that are read whole: ids, metadata, positions, blocks.

use super::{Shard, guarded, is_text};
use crate::catalog::column::{Column, Values};
use crate::catalog::{CatalogError, arrow, column};
use arrow_array::cast::AsArray as _;
use arrow_array::types::Float32Type;
use arrow_array::{Array as _, ArrayRef};
use arrow_schema::{DataType, Field};
use half::f16;
use half::slice::HalfFloatSliceExt as _;
use rayon::prelude::*;

impl Shard {
    /// Reads one column whole, in batches as they lie in the file.
    fn arrays(&self, name: &str) -> Result<Vec<ArrayRef>, CatalogError> {
        guarded(&self.path, || self.arrays_unguarded(name))
    }

    fn arrays_unguarded(&self, name: &str) -> Result<Vec<ArrayRef>, CatalogError> {
        let batches = self.batches(&[name], None)?;
        let arrays: Vec<ArrayRef> = batches
            .map(|batch| match batch {
                Ok(batch) => Ok(batch.column(0).clone()),
                Err(error) => Err(self.damaged(&error)),
            })
            .collect::<Result<_, _>>()?;
        let rows: usize = arrays.iter().map(|a| a.len()).sum();
        if rows != self.rows {
            return Err(self.damaged(&format!("column `{name}` has {rows} of {} rows", self.rows)));
        }
        Ok(arrays)
    }

    /// Calls `use_text` with each value of a text column, in order.
    pub(in crate::catalog) fn texts(
        &self,
        name: &str,
        mut use_text: impl FnMut(Option<&str>),
    ) -> Result<(), CatalogError> {
        for array in self.arrays(name)? {
            read_texts(&array, &mut use_text)
                .ok_or_else(|| self.damaged(&format!("column `{name}` is no text")))?;
        }
        Ok(())
    }

    /// Reads a column of numbers as f32; missing ones are 0.
    pub(in crate::catalog) fn floats(&self, name: &str) -> Result<Vec<f32>, CatalogError> {
        let mut all = Vec::new();
        for array in self.arrays(name)? {
            let numbers = arrow::reals(&array)
                .ok_or_else(|| self.damaged(&format!("column `{name}` holds no numbers")))?;
            all.extend(
                numbers
                    .into_iter()
                    .map(|x| x.filter(|x| x.is_finite()).unwrap_or(0.0) as f32),
            );
        }
        Ok(all)
    }

    /// Reads a metadata column; none where it is of a kind that is no metadata here (a list, say).
    pub(in crate::catalog) fn column(&self, field: &Field) -> Result<Option<Column>, CatalogError> {
        let name = field.name().as_str();
        let values = match field.data_type() {
            kind if is_text(kind) => {
                // Words are collected once, whatever the batches repeat.
                let mut words = column::Words::default();
                self.texts(name, |text| words.push(text))?;
                words.finish()
            }
            DataType::Boolean => {
                let mut all = Vec::new();
                for array in self.arrays(name)? {
                    all.extend(array.as_boolean().iter());
                }
                Values::Boolean(all)
            }
            kind if kind.is_integer() => {
                let mut all = Vec::new();
                for array in self.arrays(name)? {
                    all.extend(arrow::integers(&array).unwrap_or_default());
                }
                Values::Integer(all)
            }
            kind if kind.is_floating() => {
                let mut all = Vec::new();
                for array in self.arrays(name)? {
                    all.extend(arrow::reals(&array).unwrap_or_default());
                }
                Values::Real(all)
            }
            other => {
                tracing::warn!(
                    "{}: column `{name}` ({other}) is left out",
                    self.path.display()
                );
                return Ok(None);
            }
        };
        Ok(Some(Column::new(name, values)))
    }

    /// Reads a block into `target` (rows × dims), row groups in parallel.
    pub(in crate::catalog) fn block(
        &self,
        name: &str,
        dims: usize,
        target: &mut [f16],
    ) -> Result<(), CatalogError> {
        let mut parts = Vec::new();
        let mut rest = target;
        for (group, rows) in self.row_groups() {
            let (part, behind) = std::mem::take(&mut rest).split_at_mut(rows.len() * dims);
            parts.push((group, part));
            rest = behind;
        }
        parts.into_par_iter().try_for_each(|(group, part)| {
            guarded(&self.path, || self.block_of_group(name, dims, group, part))
        })
    }

    fn block_of_group(
        &self,
        name: &str,
        dims: usize,
        group: usize,
        part: &mut [f16],
    ) -> Result<(), CatalogError> {
        let mut at = 0;
        for batch in self.batches(&[name], Some(vec![group]))? {
            let batch = batch.map_err(|error| self.damaged(&error))?;
            let array = batch.column(0);
            let numbers = arrow::list_values(array, dims).ok_or_else(|| {
                self.damaged(&format!(
                    "block `{name}` has not {dims} numbers for every shoe"
                ))
            })?;
            let numbers = numbers.as_primitive::<Float32Type>().values();
            let place = part
                .get_mut(at..at + numbers.len())
                .ok_or_else(|| self.damaged(&format!("block `{name}` is too long")))?;
            place.convert_from_f32_slice(numbers);
            at += numbers.len();
        }
        if at == part.len() {
            Ok(())
        } else {
            Err(self.damaged(&format!("block `{name}` is too short")))
        }
    }
}

fn read_texts(array: &ArrayRef, use_text: &mut dyn FnMut(Option<&str>)) -> Option<()> {
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().iter().for_each(use_text),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().for_each(use_text),
        DataType::Utf8View => array.as_string_view().iter().for_each(use_text),
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary_opt()?;
            let mut words = Vec::new();
            read_texts(dictionary.values(), &mut |word: Option<&str>| {
                words.push(word.map(str::to_owned))
            })?;
            let keys = dictionary.normalized_keys();
            for (row, key) in keys.into_iter().enumerate() {
                let word = if array.is_valid(row) {
                    words.get(key).and_then(Option::as_deref)
                } else {
                    None
                };
                use_text(word);
            }
        }
        _ => return None,
    }
    Some(())
}
