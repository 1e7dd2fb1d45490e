//! The metadata of a Parquet data set: everything but the pictures.

use super::super::error::ParquetError;
use super::dataset::{Dataset, damaged, guarded};
use crate::catalog::column::Words;
use crate::catalog::{Column, Values, arrow};
use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Date32Type, Date64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array as _, ArrayRef};
use arrow_schema::{DataType, TimeUnit};

/// The metadata of a file.
pub(super) struct Cells {
    pub(super) columns: Vec<Column>,
    /// The path of each picture, where the file tells it.
    pub(super) paths: Vec<Option<String>>,
    /// The columns that are of no kind of metadata.
    pub(super) left_out: Vec<String>,
}

/// A column in the making.
enum Gathered {
    Text(Words),
    Integer(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
    Boolean(Vec<Option<bool>>),
    /// Numbers that stand for names.
    Label(Words, Vec<String>),
}

/// Reads all columns but the pictures.
pub(super) fn read(set: &Dataset) -> Result<Cells, ParquetError> {
    let mut columns: Vec<(String, Gathered)> = Vec::new();
    let mut left_out = Vec::new();
    for field in set
        .fields()
        .filter(|field| field.name() != set.picture_column())
    {
        let name = field.name().clone();
        match gathered(field.data_type(), set.labels.get(&name)) {
            Some(values) => columns.push((name, values)),
            None => left_out.push(name),
        }
    }
    let mut paths = Vec::new();
    let mut room = set.most_letters();
    guarded(|| {
        for batch in set.others(&left_out)? {
            let batch = batch.map_err(damaged)?;
            for (name, values) in &mut columns {
                let array = batch.column_by_name(name);
                let array = array.ok_or_else(|| damaged(format!("column `{name}` is missing")))?;
                values.extend(array, &mut room);
            }
            let path = batch
                .column_by_name(set.picture_column())
                .and_then(|picture| picture.as_struct_opt())
                .and_then(|parts| parts.column_by_name("path"));
            if let Some(path) = path {
                for_each_text(path, &mut |text| {
                    let text = text.filter(|text| !text.is_empty());
                    paths.push(
                        text.filter(|text| takes(&mut room, text))
                            .map(str::to_owned),
                    );
                });
            }
            if room == 0 {
                let most = set.most_letters() >> 20;
                return Err(damaged(format!("its texts unpack to more than {most} MB")));
            }
        }
        Ok(())
    })?;
    let columns: Vec<Column> = columns
        .into_iter()
        .map(|(name, values)| Column::new(name, values.finish()))
        .collect();
    if let Some(short) = columns.iter().find(|column| column.len() != set.rows) {
        return Err(damaged(format!("column `{}` ends early", short.name)));
    }
    Ok(Cells {
        columns,
        paths,
        left_out,
    })
}

fn gathered(kind: &DataType, labels: Option<&Vec<String>>) -> Option<Gathered> {
    Some(match kind {
        kind if kind.is_integer() => match labels {
            Some(names) => Gathered::Label(Words::default(), names.clone()),
            None => Gathered::Integer(Vec::new()),
        },
        kind if kind.is_floating() => Gathered::Real(Vec::new()),
        DataType::Boolean => Gathered::Boolean(Vec::new()),
        kind if is_worded(kind) => Gathered::Text(Words::default()),
        _ => return None,
    })
}

/// Whether values of a kind can be written as words.
fn is_worded(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, _) => true,
        DataType::Dictionary(_, values) => is_text(values),
        DataType::List(item) | DataType::LargeList(item) => is_text(item.data_type()),
        _ => false,
    }
}

fn is_text(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    )
}

/// Whether there is room for a text, which becomes less; none at all where there is too little.
fn takes(room: &mut usize, text: &str) -> bool {
    *room = room.saturating_sub(text.len());
    *room > 0
}

impl Gathered {
    fn extend(&mut self, array: &ArrayRef, room: &mut usize) {
        match self {
            Self::Text(words) => for_each_text(array, &mut |text| {
                words.push(text.filter(|text| takes(room, text)));
            }),
            Self::Integer(all) => all.extend(arrow::integers(array).unwrap_or_default()),
            Self::Real(all) => all.extend(arrow::reals(array).unwrap_or_default()),
            Self::Boolean(all) => all.extend(array.as_boolean_opt().into_iter().flatten()),
            Self::Label(words, names) => {
                for number in arrow::integers(array).unwrap_or_default() {
                    let name = number.and_then(|n| names.get(usize::try_from(n).ok()?));
                    words.push(name.map(String::as_str));
                }
            }
        }
    }

    fn finish(self) -> Values {
        match self {
            Self::Text(words) | Self::Label(words, _) => words.finish(),
            Self::Integer(all) => Values::Integer(all),
            // Not a number is no number.
            Self::Real(all) => Values::Real(
                all.into_iter()
                    .map(|x| x.filter(|x| x.is_finite()))
                    .collect(),
            ),
            Self::Boolean(all) => Values::Boolean(all),
        }
    }
}

/// Hands each value of a column to `take` as people write it.
fn for_each_text(array: &ArrayRef, take: &mut dyn FnMut(Option<&str>)) {
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().iter().for_each(take),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().for_each(take),
        DataType::Utf8View => array.as_string_view().iter().for_each(take),
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary();
            let mut words: Vec<Option<String>> = Vec::new();
            for_each_text(dictionary.values(), &mut |text| {
                words.push(text.map(str::to_owned))
            });
            for (row, key) in dictionary.normalized_keys().into_iter().enumerate() {
                let word = words.get(key).filter(|_| !dictionary.is_null(row));
                take(word.and_then(Option::as_deref));
            }
        }
        DataType::List(_) => {
            for list in array.as_list::<i32>().iter() {
                take(list.map(|list| joined(&list)).as_deref());
            }
        }
        DataType::LargeList(_) => {
            for list in array.as_list::<i64>().iter() {
                take(list.map(|list| joined(&list)).as_deref());
            }
        }
        _ => {
            for seconds in seconds(array) {
                take(
                    seconds
                        .map(|(seconds, has_time)| date(seconds, has_time))
                        .as_deref(),
                );
            }
        }
    }
}

/// Several words as one.
fn joined(list: &ArrayRef) -> String {
    let mut words = Vec::new();
    for_each_text(list, &mut |word| words.extend(word.map(str::to_owned)));
    words.join("; ")
}

/// Points in time as seconds since 1970, and whether they tell a time of the day.
fn seconds(array: &ArrayRef) -> Vec<Option<(i64, bool)>> {
    macro_rules! each {
        ($kind:ty, $has_time:expr, $to:expr) => {
            array
                .as_primitive::<$kind>()
                .iter()
                .map(|x| x.map(|x| ($to(i64::from(x)), $has_time)))
                .collect()
        };
    }
    match array.data_type() {
        DataType::Date32 => each!(Date32Type, false, |days: i64| days * 86_400),
        DataType::Date64 => each!(Date64Type, false, |ms: i64| ms.div_euclid(1_000)),
        DataType::Timestamp(unit, _) => match unit {
            TimeUnit::Second => each!(TimestampSecondType, true, |s: i64| s),
            TimeUnit::Millisecond => {
                each!(TimestampMillisecondType, true, |x: i64| x.div_euclid(1_000))
            }
            TimeUnit::Microsecond => {
                each!(TimestampMicrosecondType, true, |x: i64| x
                    .div_euclid(1_000_000))
            }
            TimeUnit::Nanosecond => {
                each!(TimestampNanosecondType, true, |x: i64| x
                    .div_euclid(1_000_000_000))
            }
        },
        _ => vec![None; array.len()],
    }
}

/// A point in time as `2024-05-31`, with the time of the day where it tells one.
fn date(seconds: i64, has_time: bool) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Howard Hinnant, "chrono-compatible low-level date algorithms": years that begin in March, in eras of 400.
    let shifted = days.saturating_add(719_468);
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let date = format!("{year:04}-{month:02}-{day:02}");
    match has_time && rest != 0 {
        true => format!(
            "{date} {:02}:{:02}:{:02}",
            rest / 3_600,
            rest / 60 % 60,
            rest % 60
        ),
        false => date,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_people_do() {
        assert_eq!(date(0, false), "1970-01-01");
        assert_eq!(date(951_782_400, true), "2000-02-29");
        assert_eq!(date(-1, true), "1969-12-31 23:59:59");
        assert_eq!(date(1_717_171_717, true), "2024-05-31 16:08:37");
    }
}
