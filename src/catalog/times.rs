//! Days and times that another program put into a catalogue, as text: `2026-11-25`, `2026-11-25 16:04:05`.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Date32Type, Date64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array as _, ArrayRef};
use arrow_schema::{DataType, TimeUnit};

const SECONDS_A_DAY: i64 = 86_400;

/// The year of a day, with the share of it that has passed: `2026-07-02` is about 2026.5. A day is written as in
/// `2026-11-25`, with or without a time behind it; none where the text is none.
pub(super) fn year_of(text: &str) -> Option<f64> {
    let (day, time) = match text.split_once([' ', 'T', 't']) {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    let mut parts = day.split('-');
    let mut part = |digits: usize| -> Option<u32> {
        let part = parts.next().filter(|part| part.len() == digits)?;
        part.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| part.parse().ok())?
    };
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    if parts.next().is_some() {
        return None;
    }
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let february = if leap { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = months.get(..month.checked_sub(1)? as usize)?;
    if !(1..=*months.get(month as usize - 1)?).contains(&day) {
        return None;
    }
    let hours = time.map_or(Some(0.0), hours_of)?;
    let days = f64::from(before.iter().sum::<u32>() + day - 1) + hours / 24.0;
    Some(f64::from(year) + days / f64::from(months.iter().sum::<u32>()))
}

/// As [`year_of`], at the end of a bare day: what is up to a day has the whole of it.
pub(super) fn end_of(text: &str) -> Option<f64> {
    let whole_day = || year_of(&format!("{text} 23:59:59.999"));
    whole_day().or_else(|| year_of(text))
}

/// The hours of a time, as `16:04` or `16:04:05.25Z`; none where it is none.
fn hours_of(time: &str) -> Option<f64> {
    let time = time.trim_end_matches(['Z', 'z']);
    // What a zone is ahead or behind moves no day that anybody filters by.
    let time = time.split_once(['+', '-']).map_or(time, |(time, _)| time);
    let mut parts = time.split(':');
    let mut part = |most: f64| {
        let number: f64 = parts.next()?.parse().ok()?;
        (0.0..most).contains(&number).then_some(number)
    };
    let (hours, minutes) = (part(24.0)?, part(60.0)?);
    let seconds = match time.matches(':').count() {
        1 => 0.0,
        _ => part(61.0)?,
    };
    Some(hours + minutes / 60.0 + seconds / 3600.0)
}

/// Whether a column holds days, or times on days.
pub(super) fn are_times(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..)
    )
}

/// The values of such a column, as texts that sort by time; none where it is of another kind.
pub(super) fn texts(array: &ArrayRef) -> Option<Vec<Option<String>>> {
    macro_rules! each {
        ($kind:ty, $text:expr) => {
            array
                .as_primitive::<$kind>()
                .iter()
                .map(|value| value.map($text))
                .collect()
        };
    }
    let of = |ticks: i64, a_second: i64| {
        let part = ticks.rem_euclid(a_second);
        let digits = a_second.ilog10() as usize;
        let fraction = match part {
            0 => String::new(),
            part => format!(".{part:0digits$}").trim_end_matches('0').to_owned(),
        };
        time(ticks.div_euclid(a_second)) + &fraction
    };
    Some(match array.data_type() {
        DataType::Date32 => each!(Date32Type, |days| day(i64::from(days))),
        DataType::Date64 => each!(Date64Type, |ms| day(ms.div_euclid(SECONDS_A_DAY * 1000))),
        DataType::Timestamp(TimeUnit::Second, _) => each!(TimestampSecondType, time),
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            each!(TimestampMillisecondType, |t| of(t, 1_000))
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            each!(TimestampMicrosecondType, |t| of(t, 1_000_000))
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            each!(TimestampNanosecondType, |t| of(t, 1_000_000_000))
        }
        _ => return None,
    })
}

/// Seconds since the beginning of 1970; midnight is told as a day alone.
fn time(seconds: i64) -> String {
    let (days, second) = (
        seconds.div_euclid(SECONDS_A_DAY),
        seconds.rem_euclid(SECONDS_A_DAY),
    );
    match second {
        0 => day(days),
        _ => format!(
            "{} {:02}:{:02}:{:02}",
            day(days),
            second / 3600,
            second / 60 % 60,
            second % 60
        ),
    }
}

/// The day so many days behind 1 January 1970, in the Gregorian calendar.
fn day(days: i64) -> String {
    // Hinnant, "chrono-compatible low-level date algorithms", civil_from_days: years begin in March.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    format!("{:04}-{month:02}-{day:02}", year + era * 400 + later)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{Date32Array, Int64Array, TimestampMicrosecondArray, TimestampSecondArray};
    use std::sync::Arc;

    #[test]
    fn known_days_and_times() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (19_782, "2024-02-29"),
            (20_782, "2026-11-25"),
            (11_016, "2000-02-29"),
            (-141_427, "1582-10-15"),
        ] {
            let array: ArrayRef = Arc::new(Date32Array::from(vec![Some(days), None]));
            assert_eq!(texts(&array).unwrap(), [Some(text.to_owned()), None]);
        }
        let seconds: ArrayRef = Arc::new(TimestampSecondArray::from(vec![86_399, 86_400]));
        let found = texts(&seconds).unwrap();
        assert_eq!(found[0].as_deref(), Some("1970-01-01 23:59:59"));
        assert_eq!(found[1].as_deref(), Some("1970-01-02"));
        let micros: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![1_500_000]));
        let found = texts(&micros).unwrap();
        assert_eq!(found[0].as_deref(), Some("1970-01-01 00:00:01.5"));
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        assert_eq!(texts(&numbers), None);
    }

    #[test]
    fn days_are_years_and_their_shares() {
        assert_eq!(year_of("2026-01-01"), Some(2026.0));
        let half = year_of("2026-07-02 12:00").unwrap();
        assert!((half - 2026.5).abs() < 1e-9, "{half}");
        assert_eq!(year_of("2024-02-29T00:00:00Z"), Some(2024.0 + 59.0 / 366.0));
        assert_eq!(year_of("2024-01-01t00:00-05:00"), Some(2024.0));
        for no in [
            "2023-02-29",
            "2026-13-01",
            "2026-00-10",
            "26-01-01",
            "2026-1-1",
            "2026-01-01-02",
            "2026-01-01 25:00",
            "2026-01-01 10:00:x",
            "x",
            "",
            "2026",
            "20-2601-01",
        ] {
            assert_eq!(year_of(no), None, "{no}");
        }
    }
}
