//! A metadata column that is read line by line.

use super::tables::Kind;
use crate::catalog::{Values, Words};
use postgres::Row;

/// A column that is being read.
pub(super) enum Growing {
    Text(Words),
    Values(Values),
}

impl Growing {
    pub(super) fn of(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(Words::default()),
            Kind::Integer => Self::Values(Values::Integer(Vec::new())),
            Kind::Real => Self::Values(Values::Real(Vec::new())),
            Kind::Boolean => Self::Values(Values::Boolean(Vec::new())),
        }
    }

    pub(super) fn push(&mut self, row: &Row, at: usize) -> Result<(), postgres::Error> {
        match self {
            Self::Text(words) => words.push(row.try_get(at)?),
            Self::Values(Values::Integer(values)) => values.push(row.try_get(at)?),
            Self::Values(Values::Real(values)) => values.push(row.try_get(at)?),
            Self::Values(Values::Boolean(values)) => values.push(row.try_get(at)?),
            Self::Values(Values::Text { .. }) => {}
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Values {
        match self {
            Self::Text(words) => words.finish(),
            Self::Values(values) => values,
        }
    }
}
