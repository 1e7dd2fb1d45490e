//! Filter expressions over metadata, as `gender=Women`, `label=Sandal,Sneaker` or `year>=2015`.
//!
//! | written | holds where the value |
//! | --- | --- |
//! | `a=b`, `a=b,c` | is `b`, or one of the list; letters of either case are the same |
//! | `a!=b`, `a!=b,c` | is not `b`, and none of the list; a missing value is not `b` either |
//! | `a=`, `a!=` | is missing; is there |
//! | `a<1`, `a<=1`, `a>1`, `a>=1` | is a number and compares so |
//! | `a~b`, `a~b,c` | contains `b`, or one of the list, in letters of either case |
//!
//! `id` is a column too. A value with a comma is put in double quotes: `label="boots, lined"`.

use super::{Column, NO_WORD, Table, Values};

/// What is wrong with a filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// The text is no filter.
    #[error(
        "`{text}` is no filter; write COLUMN=VALUE (or !=, <, <=, >, >=, ~ for contains), as gender=Women or label=Sandal,Sneaker"
    )]
    Syntax {
        /// The text.
        text: String,
    },
    /// There is no such column.
    #[error("there is no column `{name}`{}", closest(.offered))]
    UnknownColumn {
        /// The name asked for.
        name: String,
        /// The columns that there are, closest name first.
        offered: Vec<String>,
    },
    /// The comparison needs another kind of value.
    #[error("`{text}`: {reason}")]
    Kind {
        /// The filter.
        text: String,
        /// What does not fit.
        reason: String,
    },
}

fn closest(offered: &[String]) -> String {
    match offered {
        [] => "; there is no metadata here".to_owned(),
        [first, ..] => format!(
            "; did you mean `{first}`? (there are {})",
            offered.join(", ")
        ),
    }
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Is,
    IsNot,
    Less,
    AtMost,
    More,
    AtLeast,
    Contains,
}

impl Operator {
    /// The operators as written; longer ones first, so that `<=` is not read as `<`.
    const WRITTEN: [(&'static str, Self); 7] = [
        ("!=", Self::IsNot),
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("=", Self::Is),
        ("<", Self::Less),
        (">", Self::More),
        ("~", Self::Contains),
    ];

    fn orders(self) -> bool {
        matches!(self, Self::Less | Self::AtMost | Self::More | Self::AtLeast)
    }
}

/// One condition on one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    text: String,
    column: String,
    operator: Operator,
    /// The values in lower case.
    values: Vec<String>,
}

impl Filter {
    /// Reads a condition as `gender=Women`.
    ///
    /// # Errors
    /// [`FilterError::Syntax`], or [`FilterError::Kind`] where `<` is not followed by one number.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let syntax = || FilterError::Syntax {
            text: text.to_owned(),
        };
        let place = text.find(['!', '=', '<', '>', '~']).ok_or_else(syntax)?;
        let (column, rest) = text.split_at(place);
        let (operator, value) = Operator::WRITTEN
            .iter()
            .find_map(|(written, operator)| Some((*operator, rest.strip_prefix(written)?)))
            .ok_or_else(syntax)?;
        let column = column.trim();
        if column.is_empty() {
            return Err(syntax());
        }
        let values = split_list(value).ok_or_else(syntax)?;
        let filter = Self {
            text: text.trim().to_owned(),
            column: column.to_owned(),
            operator,
            values,
        };
        if operator.orders() && filter.number().is_none() {
            return Err(FilterError::Kind {
                text: filter.text,
                reason: "after <, <=, > and >= comes one number".to_owned(),
            });
        }
        Ok(filter)
    }

    /// The condition as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The column's name as it was written.
    pub fn column(&self) -> &str {
        &self.column
    }

    fn number(&self) -> Option<f64> {
        match &self.values[..] {
            [value] => value.parse().ok().filter(|x: &f64| x.is_finite()),
            _ => None,
        }
    }

    /// Whether one shoe meets it; for many, [`Filters::mask`] is much faster.
    ///
    /// # Errors
    /// An unknown column, or a comparison that the column's kind does not have.
    pub fn matches(&self, table: &dyn Table, row: usize) -> Result<bool, FilterError> {
        if self.is_on_ids(table) {
            return Ok(self.holds_for_word(Some(table.id(row))));
        }
        let column = self.find(table)?;
        Ok(match &column.values {
            Values::Text { .. } => self.holds_for_word(column.text(row).as_deref()),
            _ => self.holds_for_number(column, row),
        })
    }

    /// Clears the marks of the shoes that do not meet it.
    fn narrow(&self, table: &dyn Table, mask: &mut [bool]) -> Result<(), FilterError> {
        if self.is_on_ids(table) {
            for (row, mark) in mask.iter_mut().enumerate() {
                *mark = *mark && self.holds_for_word(Some(table.id(row)));
            }
            return Ok(());
        }
        let column = self.find(table)?;
        match &column.values {
            // Each word is compared once, however many shoes have it.
            Values::Text { codes, words } => {
                let holds: Vec<bool> = words
                    .iter()
                    .map(|word| self.holds_for_word(Some(word)))
                    .collect();
                let missing = self.holds_for_word(None);
                for (mark, &code) in mask.iter_mut().zip(codes) {
                    *mark = *mark
                        && if code == NO_WORD {
                            missing
                        } else {
                            holds[code as usize]
                        };
                }
            }
            _ => {
                for (row, mark) in mask.iter_mut().enumerate() {
                    *mark = *mark && self.holds_for_number(column, row);
                }
            }
        }
        Ok(())
    }

    fn is_on_ids(&self, table: &dyn Table) -> bool {
        self.column == "id" && !self.operator.orders() && table.column("id").is_none()
    }

    fn find<'t>(&self, table: &'t dyn Table) -> Result<&'t Column, FilterError> {
        let same_letters = |c: &&Column| c.name.eq_ignore_ascii_case(&self.column);
        let column = table
            .column(&self.column)
            .or_else(|| table.columns().iter().find(same_letters))
            .ok_or_else(|| unknown_column(&self.column, table))?;
        if self.operator.orders() && !column.is_numeric() {
            return Err(FilterError::Kind {
                text: self.text.clone(),
                reason: format!(
                    "column `{}` holds {}, not numbers",
                    column.name,
                    plural(&column.values)
                ),
            });
        }
        Ok(column)
    }

    fn holds_for_word(&self, word: Option<&str>) -> bool {
        let Some(word) = word else {
            let means_missing = self.values.iter().all(String::is_empty);
            return match self.operator {
                Operator::Is => means_missing,
                Operator::IsNot => !means_missing,
                _ => false,
            };
        };
        let word = word.to_lowercase();
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

    fn holds_for_number(&self, column: &Column, row: usize) -> bool {
        let number = column.number(row);
        if self.operator.orders() {
            return match (number, self.number()) {
                (Some(x), Some(y)) => match self.operator {
                    Operator::Less => x < y,
                    Operator::AtMost => x <= y,
                    Operator::More => x > y,
                    _ => x >= y,
                },
                _ => false,
            };
        }
        let is_number = column.is_numeric();
        let equals = |value: &String| {
            let as_number = value.parse::<f64>().ok().filter(|_| is_number);
            as_number.is_some() && as_number == number
        };
        match self.operator {
            Operator::Is if self.values.iter().any(equals) => true,
            Operator::IsNot if self.values.iter().any(equals) => false,
            _ => self.holds_for_word(column.text(row).as_deref()),
        }
    }
}

fn plural(values: &Values) -> &'static str {
    match values {
        Values::Text { .. } => "words",
        Values::Boolean(_) => "true and false",
        Values::Integer(_) | Values::Real(_) => "numbers",
    }
}

fn unknown_column(name: &str, table: &dyn Table) -> FilterError {
    let wanted = name.to_lowercase();
    let mut offered: Vec<String> = table.columns().iter().map(|c| c.name.clone()).collect();
    let likeness = |other: &String| {
        let other = other.to_lowercase();
        let part = if other.contains(&wanted) || wanted.contains(&other) {
            0.5
        } else {
            0.0
        };
        ((strsim::jaro_winkler(&wanted, &other) + part) * -1e6) as i64
    };
    offered.sort_by_cached_key(likeness);
    FilterError::UnknownColumn {
        name: name.to_owned(),
        offered,
    }
}

/// Splits a list at its commas, outside of double quotes; lower case. None where a quote stays open.
fn split_list(text: &str) -> Option<Vec<String>> {
    let (mut values, mut value, mut is_quoted) = (Vec::new(), String::new(), false);
    for letter in text.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => values.push(std::mem::take(&mut value)),
            _ => value.push(letter),
        }
    }
    values.push(value);
    let clean = |value: String| value.trim().to_lowercase();
    (!is_quoted).then(|| values.into_iter().map(clean).collect())
}

impl std::fmt::Display for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Conditions that all have to be met.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filters(pub Vec<Filter>);

impl Filters {
    /// Reads several conditions.
    ///
    /// # Errors
    /// [`FilterError::Syntax`], for the first that is none.
    pub fn parse<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Result<Self, FilterError> {
        let filters: Result<_, _> = texts
            .into_iter()
            .map(|t| Filter::parse(t.as_ref()))
            .collect();
        Ok(Self(filters?))
    }

    /// Whether there is no condition, so that every shoe meets it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Which shoes meet all conditions, one answer a row.
    ///
    /// # Errors
    /// An unknown column, or a comparison that the column's kind does not have.
    pub fn mask(&self, table: &dyn Table) -> Result<Vec<bool>, FilterError> {
        let mut mask = vec![true; table.len()];
        for filter in &self.0 {
            filter.narrow(table, &mut mask)?;
        }
        Ok(mask)
    }

    /// Where no shoe can meet a condition because a value occurs nowhere: what is wrong, and the closest
    /// value that does. For the message when a filter leaves nothing.
    pub fn hint(&self, table: &dyn Table) -> Option<String> {
        self.0.iter().find_map(|filter| {
            let column = filter.find(table).ok()?;
            if filter.operator != Operator::Is || filter.is_on_ids(table) {
                return None;
            }
            let known: Vec<String> = column
                .categories()
                .into_iter()
                .map(|(name, _)| name)
                .collect();
            let missing = filter.values.iter().find(|value| {
                !value.is_empty() && !known.iter().any(|k| k.to_lowercase() == **value)
            })?;
            let likeness =
                |name: &&String| (strsim::jaro_winkler(missing, &name.to_lowercase()) * 1e6) as i64;
            let best = known.iter().max_by_key(likeness)?;
            Some(format!(
                "column `{}` has no value `{missing}`; did you mean `{best}`?",
                column.name
            ))
        })
    }
}

#[cfg(test)]
mod tests;
