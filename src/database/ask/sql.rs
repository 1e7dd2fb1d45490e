//! A statement and what is bound to it.

use crate::database::session::Parameter;
use postgres::types::ToSql;

/// A statement that is being put together.
#[derive(Default)]
pub(super) struct Sql {
    parameters: Vec<Parameter>,
    /// Tables of its own (`WITH`) beside those that it always has.
    pub with: Vec<String>,
}

impl Sql {
    /// Adds a parameter, and gives what stands for it.
    pub fn bind(&mut self, value: impl ToSql + Sync + 'static) -> String {
        self.parameters.push(Box::new(value));
        format!("${}", self.parameters.len())
    }

    pub fn parameters(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.parameters.iter().map(|p| &**p).collect()
    }
}
