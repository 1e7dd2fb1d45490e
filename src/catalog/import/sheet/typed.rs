//! What kind of values a column of texts has: numbers only where nothing of what was written is lost.

use crate::catalog::Values;
use std::collections::HashMap;

/// How tables write that there is no value.
pub(super) fn is_missing(text: &str) -> bool {
    matches!(
        text,
        "" | "NA" | "N/A" | "n/a" | "NaN" | "nan" | "null" | "NULL" | "None" | "#N/A" | "<NA>"
    )
}

/// Words of columns whose numbers are codes: `1.10` is another version than `1.1`.
const CODES: [&str; 12] = [
    "version", "model", "code", "sku", "article", "artikel", "number", "nummer", "part", "ref",
    "style", "id",
];

/// Words of columns of money, in which people write 59 beside 59.50.
const MONEY: [&str; 11] = [
    "price", "preis", "prix", "precio", "prezzo", "preço", "prijs", "cost", "msrp", "amount",
    "цена",
];

/// The narrowest kind that all texts fit: boolean, whole numbers, numbers, text; and what is to be told of the reading.
pub(super) fn typed(name: &str, texts: &[Option<&str>]) -> (Values, Option<&'static str>) {
    let present = || texts.iter().copied().flatten();
    if present().next().is_none() {
        return (Values::text(texts.iter().copied()), None);
    }
    let boolean = |text: &str| match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    };
    if present().all(|text| boolean(text).is_some()) {
        return (
            Values::Boolean(texts.iter().map(|text| text.and_then(boolean)).collect()),
            None,
        );
    }
    if present().all(|text| integer(text).is_some()) {
        return (
            Values::Integer(texts.iter().map(|text| text.and_then(integer)).collect()),
            None,
        );
    }
    let found = STYLES.iter().find(|style| style.fits(name, &present));
    match found {
        Some(style) => {
            let reals: Vec<Option<f64>> = texts
                .iter()
                .map(|text| text.and_then(|text| style.read(text)))
                .collect();
            // Marks of thousands alone leave whole numbers.
            let whole = style.is_told()
                && reals
                    .iter()
                    .flatten()
                    .all(|x| x.fract() == 0.0 && x.abs() < 9e15);
            let values = match whole {
                true => Values::Integer(reals.iter().map(|x| x.map(|x| x as i64)).collect()),
                false => Values::Real(reals),
            };
            (values, style.told)
        }
        None => (Values::text(texts.iter().copied()), None),
    }
}

/// A whole number that prints as it is written.
fn integer(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// A way to write numbers.
struct Style {
    /// What stands before the fraction.
    point: char,
    /// What stands between thousands.
    thousands: Option<char>,
    /// What to tell of it.
    told: Option<&'static str>,
}

/// The ways that are known, the plainest first.
const STYLES: [Style; 7] = [
    Style {
        point: '.',
        thousands: None,
        told: None,
    },
    Style {
        point: ',',
        thousands: None,
        told: Some("numbers with decimal commas"),
    },
    Style {
        point: '.',
        thousands: Some(','),
        told: Some("numbers with commas between thousands"),
    },
    Style {
        point: ',',
        thousands: Some('.'),
        told: Some("numbers with decimal commas and dots between thousands"),
    },
    Style {
        point: '.',
        thousands: Some('\''),
        told: Some("numbers with apostrophes between thousands"),
    },
    Style {
        point: ',',
        thousands: Some(' '),
        told: Some("numbers with decimal commas and spaces between thousands"),
    },
    Style {
        point: '.',
        thousands: Some(' '),
        told: Some("numbers with spaces between thousands"),
    },
];

/// A number, taken apart.
struct Parts {
    /// Digits behind the point; none where there is no point.
    decimals: Option<usize>,
    /// Marks between thousands.
    marks: usize,
    /// Without marks and with a point.
    plain: String,
}

impl Style {
    fn is_told(&self) -> bool {
        self.told.is_some()
    }

    /// The parts of a number that is written so.
    fn parts(&self, text: &str) -> Option<Parts> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = match digits.split_once(self.point) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (digits, None),
        };
        let are_digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !fraction.is_none_or(are_digits) {
            return None;
        }
        let is_mark = |letter: char| match self.thousands {
            // No-break spaces are spaces, and the apostrophe has two shapes.
            Some(' ') => matches!(letter, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}'),
            Some('\'') => matches!(letter, '\'' | '\u{2019}'),
            Some(mark) => letter == mark,
            None => false,
        };
        let groups: Vec<&str> = whole.split(is_mark).collect();
        let marks = groups.len() - 1;
        let first_fits = marks == 0 || groups[0].len() <= 3;
        if !groups.iter().all(|group| are_digits(group))
            || !first_fits
            || groups[1..].iter().any(|group| group.len() != 3)
        {
            return None;
        }
        // Leading zeros are part of a code.
        if groups[0].len() > 1 && groups[0].starts_with('0') || marks > 0 && groups[0] == "0" {
            return None;
        }
        let sign = if text.starts_with('-') { "-" } else { "" };
        let behind = fraction
            .map(|fraction| format!(".{fraction}"))
            .unwrap_or_default();
        Some(Parts {
            decimals: fraction.map(str::len),
            marks,
            plain: format!("{sign}{}{behind}", groups.concat()),
        })
    }

    fn read(&self, text: &str) -> Option<f64> {
        self.parts(text)?.plain.parse().ok()
    }

    /// Whether all texts of a column are written so, beyond doubt, and nothing of them would be lost.
    fn fits<'a, I: Iterator<Item = &'a str>>(&self, name: &str, texts: &impl Fn() -> I) -> bool {
        let (mut as_shown, mut with_point, mut same_decimals, mut is_money) =
            (true, true, true, true);
        let (mut decimals, mut marks, mut beyond_doubt, mut unmarked) = (None, 0, false, false);
        // Two texts of one value are two codes.
        let mut seen: HashMap<u64, &str> = HashMap::new();
        let mut are_distinct = true;
        for text in texts() {
            let Some(parts) = self.parts(text) else {
                return false;
            };
            let Some(value) = parts.plain.parse::<f64>().ok().filter(|x| x.is_finite()) else {
                return false;
            };
            // A zero has no sign.
            if value == 0.0 && text.starts_with('-') {
                return false;
            }
            // More digits than a number of 64 bits keeps.
            let digits = parts.decimals.unwrap_or(0);
            if format!("{value:.digits$}") != parts.plain {
                return false;
            }
            let shown = value.to_string();
            as_shown &= shown == parts.plain;
            with_point &= shown == parts.plain || format!("{shown}.0") == parts.plain;
            with_point &= parts.decimals.is_some();
            is_money &= matches!(parts.decimals, None | Some(2));
            same_decimals &= *decimals.get_or_insert(parts.decimals) == parts.decimals;
            marks += parts.marks;
            let has_point = parts.decimals.is_some();
            beyond_doubt |= match self.thousands {
                // `1,234` may be 1.234 or 1234: only another length tells, or a zero before the comma.
                None => {
                    has_point
                        && (parts.decimals != Some(3)
                            || parts.plain.starts_with("0.")
                            || parts.plain.starts_with("-0.")
                            || parts.plain.len() > 7)
                }
                Some(' ') => has_point || text.contains(['\u{a0}', '\u{202f}', '\u{2009}']),
                Some('\'') => parts.marks > 0,
                Some(_) => parts.marks > 1 || parts.marks > 0 && has_point,
            };
            unmarked |= parts.marks == 0 && value.abs() >= 1000.0;
            if are_distinct && let Some(other) = seen.insert(value.to_bits(), text) {
                are_distinct = other == text;
            }
        }
        let is_code = is_of(name, &CODES);
        let keeps = as_shown
            || !is_code
                && are_distinct
                && (with_point || same_decimals || is_money && is_of(name, &MONEY));
        // A comma is a doubtful sign; a point and no marks is what programs write.
        let is_sure = match self.thousands {
            None => self.point == '.' || beyond_doubt,
            Some(_) => marks > 0 && beyond_doubt && !unmarked,
        };
        keeps && is_sure
    }
}

/// Whether a column's name has one of these words in it, as a word of its own (`Variant Price`, `sku_code`).
fn is_of(name: &str, words: &[&str]) -> bool {
    let name = crate::catalog::fold_case(name);
    let mut parts = name.split(|letter: char| !letter.is_alphanumeric());
    parts.any(|part| words.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, texts: &[&str]) -> (Values, Option<&'static str>) {
        let texts: Vec<Option<&str>> = texts.iter().map(|text| Some(*text)).collect();
        typed(name, &texts)
    }

    fn stays_text(name: &str, texts: &[&str]) {
        let (values, told) = read(name, texts);
        assert_eq!(
            values,
            Values::text(texts.iter().map(Some)),
            "{name} {texts:?}"
        );
        assert_eq!(told, None);
    }

    fn is_real(name: &str, texts: &[&str], numbers: &[f64]) {
        let (values, _) = read(name, texts);
        assert_eq!(
            values,
            Values::Real(numbers.iter().map(|x| Some(*x)).collect()),
            "{name} {texts:?}"
        );
    }

    #[test]
    fn codes_stay_as_they_are_written() {
        stays_text("sku", &["12E12", "10E3"]);
        stays_text("gtin", &["12345678901234567890", "12345678901234567891"]);
        stays_text("zip", &["00123", "12345"]);
        stays_text("model", &["1.10", "1.1", "1.20", "2.0"]);
        stays_text("version", &["1.10", "1.20"]);
        stays_text("x", &["1.10", "1.1"]);
        stays_text("hex", &["1e10", "12345678"]);
        stays_text("x", &["+5", "6"]);
        stays_text("x", &["-0", "6"]);
        stays_text("x", &["0x10", "1"]);
        stays_text("x", &["inf", "1"]);
        stays_text("x", &["0.123456789012345678901", "0.5"]);
        stays_text("phone", &["0170 123456", "0171 222222"]);
        stays_text("date", &["2024-03-01", "2024-03-02"]);
        stays_text("date", &["01.03.2024", "02.03.2024"]);
        stays_text("fraction", &["1/2", "3"]);
        stays_text("sizes", &["38,39,40", "41,42,43"]);
    }

    #[test]
    fn numbers_that_print_back_are_numbers() {
        let (values, _) = read("year", &["2012", "-5", "0"]);
        assert_eq!(values, Values::Integer(vec![Some(2012), Some(-5), Some(0)]));
        is_real("size", &["38", "38.5"], &[38.0, 38.5]);
        is_real("size", &["38.0", "38.5"], &[38.0, 38.5]);
        is_real("Variant Price", &["59.00", "129.50"], &[59.0, 129.5]);
        is_real("price", &["59", "59.50"], &[59.0, 59.5]);
        is_real(
            "weight",
            &["0.30000000000000004", "-0.5"],
            &[0.300_000_000_000_000_04, -0.5],
        );
        let (values, _) = read("ok", &["True", "false"]);
        assert_eq!(values, Values::Boolean(vec![Some(true), Some(false)]));
    }

    #[test]
    fn commas_and_marks_count_where_the_whole_column_agrees() {
        is_real("price", &["12,50", "9,99"], &[12.5, 9.99]);
        is_real("size", &["38,5", "39"], &[38.5, 39.0]);
        is_real("kg", &["0,950", "1,234"], &[0.95, 1.234]);
        is_real("price", &["1.234,56", "12,50"], &[1234.56, 12.5]);
        is_real("price", &["1,234.56", "12.50"], &[1234.56, 12.5]);
        is_real("price", &["1'234.50", "12.50"], &[1234.5, 12.5]);
        is_real("price", &["1\u{a0}234,50", "12,50"], &[1234.5, 12.5]);
        let (values, told) = read("stock", &["1,234,567", "12"]);
        assert_eq!(values, Values::Integer(vec![Some(1_234_567), Some(12)]));
        assert!(told.unwrap().contains("thousands"));
        // Either may be meant, or both are.
        stays_text("n", &["1,234", "12,500"]);
        stays_text("price", &["1,234.56", "1.234,56"]);
        stays_text("price", &["12,50", "12.50"]);
        stays_text("price", &["12,50", "free"]);
        stays_text("n", &["1,234,567", "12345"]);
    }
}
