//! The columns of a shard that are read whole: ids, metadata, positions, blocks.

use super::{Shard, guarded, is_text, most_letters};
use crate::catalog::arrow::OddList;
use crate::catalog::column::{Column, Values};
use crate::catalog::{CatalogError, arrow, column, times};
use arrow_array::cast::AsArray as _;
use arrow_array::{Array as _, ArrayRef, Float32Array};
use arrow_schema::{DataType, Field};
use half::f16;
use half::slice::HalfFloatSliceExt as _;
use rayon::prelude::*;
use std::ops::Range;

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
        self.expect_rows(name, arrays.iter().map(|a| a.len()).sum())?;
        Ok(arrays)
    }

    fn expect_rows(&self, name: &str, rows: usize) -> Result<(), CatalogError> {
        match rows == self.rows {
            true => Ok(()),
            false => {
                Err(self.damaged(&format!("column `{name}` has {rows} of {} rows", self.rows)))
            }
        }
    }

    /// Calls `use_text` with each value of a text column (or of one of whole numbers, as ids may become), in order.
    pub(in crate::catalog) fn texts(
        &self,
        name: &str,
        mut use_text: impl FnMut(Option<&str>),
    ) -> Result<(), CatalogError> {
        guarded(&self.path, || self.texts_unguarded(name, &mut use_text))
    }

    fn texts_unguarded(
        &self,
        name: &str,
        use_text: &mut dyn FnMut(Option<&str>),
    ) -> Result<(), CatalogError> {
        let most = most_letters(self.file.bytes().len());
        let (mut rows, mut letters) = (0, 0_usize);
        let mut use_some = |text: Option<&str>| {
            letters = letters.saturating_add(text.map_or(0, str::len));
            if letters <= most {
                use_text(text);
            }
        };
        for batch in self.batches(&[name], None)? {
            let batch = batch.map_err(|error| self.damaged(&error))?;
            let array = batch.column(0);
            rows += array.len();
            if let Some(numbers) = arrow::integers(array) {
                let texts = numbers.into_iter().map(|n| n.map(|n| n.to_string()));
                texts.for_each(|text| use_some(text.as_deref()));
                continue;
            }
            read_texts(array, &mut use_some)
                .ok_or_else(|| self.damaged(&format!("column `{name}` is no text")))?;
        }
        if letters > most {
            let what = format!("column `{name}` unpacks to more than {} MB", most >> 20);
            return Err(self.damaged(&what));
        }
        self.expect_rows(name, rows)
    }

    /// Reads a column of numbers as f32: a coordinate of the position of every shoe.
    pub(in crate::catalog) fn coordinates(&self, name: &str) -> Result<Vec<f32>, CatalogError> {
        let mut all = Vec::new();
        for array in self.arrays(name)? {
            let numbers = arrow::numbers(&array)
                .ok_or_else(|| self.damaged(&format!("column `{name}` holds no numbers")))?;
            for number in numbers {
                match number.map(|x| x as f32) {
                    Some(x) if x.is_finite() => all.push(x),
                    wrong => return Err(self.bad_number(name, all.len(), wrong)),
                }
            }
        }
        Ok(all)
    }

    /// Reads a metadata column and calls it `name`; none where it is of a kind that is no metadata here (a list, say).
    pub(in crate::catalog) fn column(
        &self,
        name: &str,
        field: &Field,
    ) -> Result<Option<Column>, CatalogError> {
        let stored = field.name().as_str();
        let arrays = || -> Result<Vec<ArrayRef>, CatalogError> {
            let odd = || self.damaged(&format!("column `{stored}` cannot be read"));
            let arrays = self.arrays(stored)?.into_iter();
            arrays
                .map(|array| arrow::unpacked(&array).ok_or_else(odd))
                .collect()
        };
        let inner = match field.data_type() {
            DataType::Dictionary(_, value) => value,
            other => other,
        };
        let values = match inner {
            kind if is_text(kind) => {
                // Words are collected once, whatever the batches repeat.
                let mut words = column::Words::default();
                self.texts(stored, |text| words.push(text))?;
                words.finish()
            }
            // Of a column without a value, other programs know no kind.
            DataType::Null => Values::text(std::iter::repeat_n(None::<&str>, self.rows)),
            DataType::Boolean => {
                let mut all = Vec::new();
                for array in arrays()? {
                    all.extend(array.as_boolean().iter());
                }
                Values::Boolean(all)
            }
            kind if kind.is_integer() => {
                let mut all = Vec::new();
                for array in arrays()? {
                    all.extend(arrow::integers(&array).unwrap_or_default());
                }
                Values::Integer(all)
            }
            kind if kind.is_floating() || matches!(kind, DataType::Decimal128(..)) => {
                let mut all = Vec::new();
                for array in arrays()? {
                    all.extend(arrow::reals(&array).unwrap_or_default());
                }
                Values::Real(all)
            }
            kind if times::are_times(kind) => {
                let mut words = column::Words::default();
                for array in arrays()? {
                    let texts = times::texts(&array).unwrap_or_default();
                    texts.iter().for_each(|text| words.push(text.as_deref()));
                }
                words.finish()
            }
            other => {
                tracing::warn!(
                    "{}: column `{stored}` ({other}) is left out: metadata are texts, numbers, days, or true and false",
                    self.path.display()
                );
                return Ok(None);
            }
        };
        Ok(Some(Column::new(name, values)))
    }

    /// Reads a block of some row groups, with their rows, into `target` (rows × dims), in parallel.
    pub(in crate::catalog) fn block(
        &self,
        name: &str,
        dims: usize,
        groups: &[(usize, Range<usize>)],
        target: &mut [f16],
    ) -> Result<(), CatalogError> {
        let mut parts = Vec::new();
        let mut rest = target;
        for (group, rows) in groups {
            let (part, behind) = std::mem::take(&mut rest).split_at_mut(rows.len() * dims);
            parts.push((*group, rows.start, part));
            rest = behind;
        }
        parts.into_par_iter().try_for_each(|(group, first, part)| {
            guarded(&self.path, || {
                self.block_of_group(name, dims, group, first, part)
            })
        })
    }

    /// Reads a block of a row group whose rows begin with `first`.
    fn block_of_group(
        &self,
        name: &str,
        dims: usize,
        group: usize,
        first: usize,
        part: &mut [f16],
    ) -> Result<(), CatalogError> {
        let mut at = 0;
        for batch in self.batches(&[name], Some(vec![group]))? {
            let batch = batch.map_err(|error| self.damaged(&error))?;
            let row = first + at / dims.max(1);
            let numbers = self.block_values(batch.column(0), name, dims, row)?;
            let place = part
                .get_mut(at..at + numbers.len())
                .ok_or_else(|| self.damaged(&format!("block `{name}` is too long")))?;
            place.convert_from_f32_slice(numbers.values());
            if let Some(wrong) = place.iter().position(|x| !x.is_finite()) {
                let row = row + wrong / dims.max(1);
                return Err(self.bad_number(name, row, Some(numbers.value(wrong))));
            }
            at += numbers.len();
        }
        if at == part.len() {
            Ok(())
        } else {
            Err(self.damaged(&format!("block `{name}` is too short")))
        }
    }

    /// The numbers of a batch of a block, whose rows begin with `first`; not looked at one by one.
    pub(in crate::catalog) fn block_values(
        &self,
        batch: &ArrayRef,
        name: &str,
        dims: usize,
        first: usize,
    ) -> Result<Float32Array, CatalogError> {
        arrow::list_values(batch, dims).map_err(|odd| match odd {
            OddList::Kind => self.damaged(&format!("block `{name}` holds no numbers")),
            OddList::Row(row) => CatalogError::BadNumber {
                path: self.path.clone(),
                column: name.to_owned(),
                id: self.id_of(first + row),
                what: format!("not {dims} numbers"),
            },
        })
    }

    /// A number that is missing or not finite, told by the shoe's id.
    pub(in crate::catalog) fn bad_number(
        &self,
        column: &str,
        row: usize,
        number: Option<f32>,
    ) -> CatalogError {
        CatalogError::BadNumber {
            path: self.path.clone(),
            column: column.to_owned(),
            id: self.id_of(row),
            what: match number {
                None => "no number".to_owned(),
                Some(x) if x.is_nan() => "NaN, which is no number".to_owned(),
                Some(x) if x.is_infinite() => "an infinite number".to_owned(),
                Some(x) => format!("{x}, which is too large (at most 65504)"),
            },
        }
    }

    /// The id of a row, for a message.
    fn id_of(&self, row: usize) -> String {
        let (mut at, mut id) = (0, None);
        let read = self.texts("id", |text| {
            if at == row {
                id = text.map(str::to_owned);
            }
            at += 1;
        });
        read.ok().and(id).unwrap_or_else(|| format!("in row {row}"))
    }
}

/// Calls `use_text` with each value of an array of texts; none where it is of another kind.
pub(super) fn read_texts(array: &ArrayRef, use_text: &mut dyn FnMut(Option<&str>)) -> Option<()> {
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
