//! Conditions made ready for one table, so that a row costs a few comparisons and no work on text.

use super::{Filter, FilterError, Filters, Operator};
use crate::catalog::times::end_of;
use crate::catalog::{Column, NO_WORD, Table, Values, fold_case};
use std::collections::HashMap;

/// Conditions, ready for the rows of one table.
pub struct Test<'t> {
    all: Vec<RowTest<'t>>,
}

type RowTest<'t> = Box<dyn Fn(usize) -> bool + 't>;

impl Test<'_> {
    /// Whether the shoe of this row meets them all; a row beyond the table meets none.
    pub fn holds(&self, row: usize) -> bool {
        self.all.iter().all(|test| test(row))
    }
}

impl Filters {
    /// The conditions, ready for `table`. Each distinct word is compared once here, however many shoes have it.
    ///
    /// # Errors
    /// An unknown column, or a comparison that the column's kind does not have.
    pub fn test<'t>(&self, table: &'t dyn Table) -> Result<Test<'t>, FilterError> {
        let all = self.0.iter().map(|filter| filter.row_test(table));
        Ok(Test {
            all: all.collect::<Result<_, _>>()?,
        })
    }
}

impl Filter {
    /// The condition, ready for `table`.
    ///
    /// # Errors
    /// As [`Filters::test`].
    pub fn test<'t>(&self, table: &'t dyn Table) -> Result<Test<'t>, FilterError> {
        let all = vec![self.row_test(table)?];
        Ok(Test { all })
    }

    fn row_test<'t>(&self, table: &'t dyn Table) -> Result<RowTest<'t>, FilterError> {
        if self.is_on_ids(table) {
            let filter = self.clone();
            let rows = table.len();
            return Ok(Box::new(move |row| {
                row < rows && filter.holds_for_word(table.id(row))
            }));
        }
        let column = self.find(table)?;
        let missing = self.holds_for_missing();
        let code = move |holds: Vec<bool>, codes: &'t [u32]| -> RowTest<'t> {
            Box::new(move |row| match codes.get(row) {
                Some(&NO_WORD) => missing,
                Some(&code) => holds.get(code as usize).copied().unwrap_or(false),
                None => false,
            })
        };
        Ok(match &column.values {
            Values::Text { .. } if column.is_date() && self.operator.orders() => {
                self.number_test(column)
            }
            Values::Text { codes, words } => {
                let holds = words.iter().map(|word| self.holds_for_word(word));
                code(holds.collect(), codes)
            }
            Values::Boolean(flags) => {
                let holds = ["false", "true"].map(|word| self.holds_for_word(word));
                Box::new(move |row| match flags.get(row) {
                    Some(Some(flag)) => holds[usize::from(*flag)],
                    Some(None) => missing,
                    None => false,
                })
            }
            Values::Integer(_) | Values::Real(_) => self.number_test(column),
        })
    }

    fn number_test<'t>(&self, column: &'t Column) -> RowTest<'t> {
        let (missing, rows) = (self.holds_for_missing(), column.len());
        let test = move |holds: Box<dyn Fn(f64) -> bool>| -> RowTest<'t> {
            Box::new(move |row| match column.number(row) {
                Some(number) => holds(number),
                None => missing && row < rows,
            })
        };
        if let Some(numbers) = self.on_numbers(column.is_date()) {
            return test(Box::new(move |x| numbers.holds(x)));
        }
        let mut known: HashMap<u64, bool> = HashMap::new();
        for row in 0..rows {
            if let (Some(number), Some(text)) = (column.number(row), column.text(row)) {
                known
                    .entry(number.to_bits())
                    .or_insert_with(|| self.holds_for_word(&text));
            }
        }
        test(Box::new(move |x| {
            known.get(&x.to_bits()).copied().unwrap_or(false)
        }))
    }

    /// What it asks of numbers, or of days; `None` where it asks for letters in them.
    pub fn on_numbers(&self, are_days: bool) -> Option<Numbers> {
        let is_upper = matches!(self.operator, Operator::AtMost | Operator::More);
        let day = self.values.first().filter(|_| are_days && is_upper);
        let bound = day.and_then(|day| end_of(day)).or_else(|| self.number());
        let bound = bound.unwrap_or(f64::NAN);
        let listed = || self.values.iter().flat_map(|v| v.parse()).collect();
        Some(match self.operator {
            Operator::Less => Numbers::Less(bound),
            Operator::AtMost => Numbers::AtMost(bound),
            Operator::More => Numbers::More(bound),
            Operator::AtLeast => Numbers::AtLeast(bound),
            Operator::Is => Numbers::OneOf(listed()),
            Operator::IsNot => Numbers::NoneOf(listed()),
            Operator::Contains => return None,
        })
    }

    /// Whether it holds where there is no value.
    pub fn holds_for_missing(&self) -> bool {
        let means_missing = self.values.iter().any(String::is_empty);
        match self.operator {
            Operator::Is => means_missing,
            Operator::IsNot => !means_missing,
            _ => false,
        }
    }

    fn holds_for_word(&self, word: &str) -> bool {
        let word = fold_case(word);
        match self.operator {
            Operator::Is => self.values.contains(&word),
            Operator::IsNot => !self.values.contains(&word),
            Operator::Contains => self
                .values
                .iter()
                .any(|value| word.contains(value.as_str())),
            _ => false,
        }
    }
}

/// What a condition asks of numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    /// They are less.
    Less(f64),
    /// They are not more.
    AtMost(f64),
    /// They are more.
    More(f64),
    /// They are not less.
    AtLeast(f64),
    /// They are one of these.
    OneOf(Vec<f64>),
    /// They are none of these.
    NoneOf(Vec<f64>),
}

impl Numbers {
    /// Whether a number is so.
    pub fn holds(&self, x: f64) -> bool {
        let is_in = |numbers: &[f64]| {
            let mut numbers = numbers.iter();
            numbers.any(|y| x == *y || (x.is_nan() && y.is_nan()))
        };
        match self {
            Self::Less(bound) => x < *bound,
            Self::AtMost(bound) => x <= *bound,
            Self::More(bound) => x > *bound,
            Self::AtLeast(bound) => x >= *bound,
            Self::OneOf(numbers) => is_in(numbers),
            Self::NoneOf(numbers) => !is_in(numbers),
        }
    }
}
