//! Between arrow's arrays and ours: the only place that knows their number types.

use super::column::{NO_WORD, Values};
use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    ArrowPrimitiveType, Decimal128Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array as _, ArrayRef, BooleanArray, Float32Array, Float64Array, Int64Array, StringArray,
};
use arrow_schema::DataType;
use arrow_select::take::take;
use std::ops::Range;
use std::sync::Arc;

fn each<T: ArrowPrimitiveType, R>(array: &ArrayRef, to: impl Fn(T::Native) -> R) -> Vec<Option<R>> {
    array
        .as_primitive::<T>()
        .iter()
        .map(|x| x.map(&to))
        .collect()
}

/// A column of whole numbers; none where it is of another kind. Those too large for i64 are missing.
pub(super) fn integers(array: &ArrayRef) -> Option<Vec<Option<i64>>> {
    Some(match array.data_type() {
        DataType::Int8 => each::<Int8Type, _>(array, i64::from),
        DataType::Int16 => each::<Int16Type, _>(array, i64::from),
        DataType::Int32 => each::<Int32Type, _>(array, i64::from),
        DataType::Int64 => each::<Int64Type, _>(array, |x| x),
        DataType::UInt8 => each::<UInt8Type, _>(array, i64::from),
        DataType::UInt16 => each::<UInt16Type, _>(array, i64::from),
        DataType::UInt32 => each::<UInt32Type, _>(array, i64::from),
        DataType::UInt64 => {
            let all = each::<UInt64Type, _>(array, |x| i64::try_from(x).ok());
            all.into_iter().map(Option::flatten).collect()
        }
        _ => return None,
    })
}

/// A column of numbers; none where it is of another kind.
pub(super) fn reals(array: &ArrayRef) -> Option<Vec<Option<f64>>> {
    Some(match array.data_type() {
        DataType::Float16 => each::<Float16Type, _>(array, f64::from),
        DataType::Float32 => each::<Float32Type, _>(array, f64::from),
        DataType::Float64 => each::<Float64Type, _>(array, |x| x),
        // As SQL has prices.
        DataType::Decimal128(_, scale) => {
            let unit = 10_f64.powi(i32::from(*scale));
            each::<Decimal128Type, _>(array, |x| x as f64 / unit)
        }
        _ => return None,
    })
}

/// A column as it is written out: of a dictionary, each row's own value.
pub(super) fn unpacked(array: &ArrayRef) -> Option<ArrayRef> {
    let Some(dictionary) = array.as_any_dictionary_opt() else {
        return Some(array.clone());
    };
    take(dictionary.values(), dictionary.keys(), None).ok()
}

/// What is wrong with a row of a column of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OddList {
    /// The column holds no lists of numbers.
    Kind,
    /// The row, counted from 0, has no list, one of another length, or a number missing in it.
    Row(usize),
}

/// The numbers of a column of lists, of which each row has exactly `dims`, one row behind the other: lists of any kind,
/// of numbers of any kind.
pub(super) fn list_values(array: &ArrayRef, dims: usize) -> Result<Float32Array, OddList> {
    if let Some(row) = (0..array.len()).find(|&row| array.is_null(row)) {
        return Err(OddList::Row(row));
    }
    fn check(lengths: impl Iterator<Item = usize>, dims: usize) -> Result<(), OddList> {
        let mut lengths = lengths;
        match lengths.position(|length| length != dims) {
            Some(row) => Err(OddList::Row(row)),
            None => Ok(()),
        }
    }
    let values = match array.data_type() {
        DataType::FixedSizeList(_, length) => {
            let list = array.as_fixed_size_list();
            check((0..list.len()).map(|_| *length as usize), dims)?;
            list.values()
                .slice(list.value_offset_at(0), list.len() * dims)
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let offsets = list.value_offsets();
            check(offsets.windows(2).map(|w| (w[1] - w[0]) as usize), dims)?;
            list.values().slice(offsets[0] as usize, list.len() * dims)
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            let offsets = list.value_offsets();
            check(offsets.windows(2).map(|w| (w[1] - w[0]) as usize), dims)?;
            list.values().slice(offsets[0] as usize, list.len() * dims)
        }
        _ => return Err(OddList::Kind),
    };
    if let Some(place) = (0..values.len()).find(|&place| values.is_null(place)) {
        return Err(OddList::Row(place / dims.max(1)));
    }
    if let Some(values) = values.as_primitive_opt::<Float32Type>() {
        return Ok(values.clone());
    }
    let values = unpacked(&values).ok_or(OddList::Kind)?;
    let numbers = numbers(&values).ok_or(OddList::Kind)?;
    // None is missing: that was looked for above.
    Ok(numbers.into_iter().map(|x| x.map(|x| x as f32)).collect())
}

/// A column of numbers, whole ones too; none where it is of another kind.
pub(super) fn numbers(array: &ArrayRef) -> Option<Vec<Option<f64>>> {
    reals(array).or_else(|| {
        let whole = integers(array)?;
        Some(whole.into_iter().map(|x| x.map(|x| x as f64)).collect())
    })
}

/// The arrow type of a metadata column.
pub(super) fn kind_of(values: &Values) -> DataType {
    match values {
        Values::Text { .. } => DataType::Utf8,
        Values::Integer(_) => DataType::Int64,
        Values::Real(_) => DataType::Float64,
        Values::Boolean(_) => DataType::Boolean,
    }
}

/// Some rows of a metadata column as an arrow array.
pub(super) fn array_of(values: &Values, rows: Range<usize>) -> ArrayRef {
    match values {
        Values::Text { codes, words } => {
            let texts = codes[rows].iter().map(|&code| match code {
                NO_WORD => None,
                code => words.get(code as usize).map(String::as_str),
            });
            Arc::new(StringArray::from_iter(texts))
        }
        Values::Integer(v) => Arc::new(Int64Array::from(v[rows].to_vec())),
        Values::Real(v) => Arc::new(Float64Array::from(v[rows].to_vec())),
        Values::Boolean(v) => Arc::new(BooleanArray::from(v[rows].to_vec())),
    }
}
