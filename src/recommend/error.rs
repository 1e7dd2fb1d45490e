//! What can be wrong with a query.

use super::metadata::closest_first;
use super::search::VectorIndexError;
use crate::catalog::CatalogError;
use crate::catalog::filter::FilterError;
use crate::embed::EmbedError;
use crate::job::Cancelled;
use crate::space::SpaceError;

/// A query that has no answer, with what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum RecommendError {
    /// The catalogue's file could not be read.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A filter names no column, or does not fit its column.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The embeddings could not be assembled.
    #[error(transparent)]
    Space(SpaceError),
    /// Pictures could not be embedded.
    #[error(transparent)]
    Embed(#[from] EmbedError),
    /// The nearest shoes could not be found.
    #[error("the search failed: {0}")]
    Index(#[from] VectorIndexError),
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The learned projection kept with the catalogue does not fit it.
    #[error("the learned block of the catalogue is damaged ({0}); run `shoespace learn` again")]
    Learned(#[from] LearnedError),
    /// No shoe, no like, no dislike.
    #[error("there is nothing to go by: name a shoe, a photo, a like or a dislike")]
    NothingToGoBy,
    /// The list would be empty by order.
    #[error("a list of 0 recommendations was asked for; ask for at least 1")]
    NoneWanted,
    /// More recommendations than there are other shoes.
    #[error(
        "{wanted} recommendations were asked for, but the catalogue has {there} shoes to choose from; ask for at most {there}"
    )]
    TooMany {
        /// How many were asked for.
        wanted: usize,
        /// How many there can be.
        there: usize,
    },
    /// A row that the catalogue does not have.
    #[error("row {row} is not in the catalogue, which has {len} shoes")]
    NoSuchRow {
        /// The row that was asked for.
        row: usize,
        /// How many shoes there are.
        len: usize,
    },
    /// A negative or enormous weight, or one that is no number.
    #[error("the weight of {name} is {weight}; a weight is 0 (leaves it out) to 1,000,000")]
    BadWeight {
        /// The block or column.
        name: String,
        /// Its weight.
        weight: f32,
    },
    /// Every weight is zero.
    #[error(
        "every weight is 0, so all shoes would be equally alike; give at least one block or column a weight"
    )]
    NoWeight,
    /// A weight for something that is neither block nor column.
    #[error("{name} is neither a block nor a column of this catalogue; there are {}", known.join(", "))]
    UnknownWeight {
        /// What was named.
        name: String,
        /// What there is, the closest name first.
        known: Vec<String>,
    },
    /// "Only the same …" of a column that does not exist.
    #[error("there is no column {name}; the catalogue has {}", known.join(", "))]
    UnknownColumn {
        /// What was named.
        name: String,
        /// What there is, the closest name first.
        known: Vec<String>,
    },
    /// "Only the same …" needs a shoe of the catalogue to take the value from.
    #[error(
        "\"only the same {column}\" needs a shoe of the catalogue (that is asked about, or liked) that has a {column}; {found}"
    )]
    NothingTheSame {
        /// The column.
        column: String,
        /// What was found instead.
        found: String,
    },
    /// Nothing is left to choose from.
    #[error("no shoe is left by {filters}; loosen the filter ({hint})")]
    NothingLeft {
        /// The filters, in words.
        filters: String,
        /// How many shoes each alone would leave.
        hint: String,
    },
    /// A catalogue of one shoe, or every shoe is liked or disliked.
    #[error("there is no other shoe in the catalogue to recommend; index more photos")]
    NoOtherShoe,
    /// Nothing to judge by.
    #[error("name the columns to judge by, as articleType,gender")]
    NoColumns,
    /// A column that tells nothing apart.
    #[error(
        "the column {column} has {found}, so every list would be right; judge by a column that tells shoes apart"
    )]
    OneValue {
        /// The column.
        column: String,
        /// What it has, in words.
        found: String,
    },
    /// A diversity outside 0 to 1.
    #[error(
        "the diversity is {0}; it goes from 0 (the nearest shoes) to 1 (shoes unlike each other)"
    )]
    BadDiversity(f32),
    /// A photo embedded by something else.
    #[error(
        "the photo has {found} numbers in its block {block} where the catalogue has {wanted}; embed it with the embedder that indexed the catalogue"
    )]
    OtherEmbedder {
        /// The block.
        block: String,
        /// Numbers in the photo's.
        found: usize,
        /// Numbers in the catalogue's.
        wanted: usize,
    },
}

impl RecommendError {
    /// A column that does not exist, with those that do, the closest name first.
    pub fn unknown_column(name: &str, known: impl IntoIterator<Item = String>) -> Self {
        Self::UnknownColumn {
            name: name.to_owned(),
            known: closest_first(name, known.into_iter().collect()),
        }
    }

    /// No shoe meets all of these conditions, said as people say them; each with how many shoes are left without it, and
    /// what may have been meant.
    pub fn nothing_left(conditions: &[&str], without: &[usize], closest: Option<String>) -> Self {
        let shoes = |count: usize| match count {
            1 => "1 shoe".to_owned(),
            count => format!("{count} shoes"),
        };
        if conditions.is_empty() {
            return Self::NoOtherShoe;
        }
        let each = conditions.iter().zip(without);
        let each = each.map(|(text, left)| format!("without {text}: {}", shoes(*left)));
        let hint: Vec<String> = closest.into_iter().chain(each).collect();
        Self::NothingLeft {
            filters: conditions.join(" and "),
            hint: hint.join("; "),
        }
    }

    /// Whether the query is right, but no shoe answers it.
    pub fn leaves_nothing(&self) -> bool {
        matches!(
            self,
            Self::NothingLeft { .. } | Self::NothingTheSame { .. } | Self::NoOtherShoe
        )
    }
}

/// What is wrong with the learned block that a catalogue brings along.
#[derive(Debug, thiserror::Error)]
pub enum LearnedError {
    /// Its projection is no such thing.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The parts do not fit together.
    #[error("its {0} has another length")]
    Length(&'static str),
    /// A weight is NaN or infinite.
    #[error("a weight is not finite")]
    NotFinite,
    /// An embedding of another length.
    #[error("it wants {wanted} values, not {found}")]
    Dims {
        /// Values in the embedding.
        found: usize,
        /// Values that the projection takes.
        wanted: usize,
    },
    /// More blocks than can be compared.
    #[error("{0} blocks")]
    Blocks(usize),
}

impl From<SpaceError> for RecommendError {
    fn from(error: SpaceError) -> Self {
        match error {
            SpaceError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            error => Self::Space(error),
        }
    }
}
