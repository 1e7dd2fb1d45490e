//! What is asked of an index of vectors, what it answers, and what can be wrong.

use super::score::VectorMetric;

/// Vectors that can be asked which of them are nearest: in memory ([`ExactSearch`](super::ExactSearch)), or
/// elsewhere.
///
/// # Blocking
/// A call blocks until the answer is there, and an answer can fail. It is neither a future nor a handle to poll,
/// since all who ask are on threads that may wait: the window asks on a worker thread whose answers it polls
/// between frames and where the newest question displaces the older ones, the command line has nothing else to
/// do, and a batch is spread over threads already. So the index in memory is called directly, and one on another
/// machine drives its connection inside the call. Such an index gives up after a time of its own choosing with
/// [`VectorIndexError::Unavailable`], so that no worker waits for ever. Never call it on the thread that draws.
pub trait VectorIndex: Send + Sync {
    /// How many rows there are.
    fn len(&self) -> usize;

    /// Whether there is no row.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Values a row, and a query.
    fn dims(&self) -> usize;

    /// Lets the system take back memory that is only kept because it was read.
    fn release(&self) {}

    /// For each query the `k` rows with the highest scores, highest first, equal ones by row; fewer where the
    /// mask and the bias let fewer through.
    ///
    /// # Errors
    /// [`VectorIndexError::Search`] for what can never be answered, [`VectorIndexError::Unavailable`] where the
    /// index cannot be reached.
    fn nearest(
        &self,
        queries: &[&[f32]],
        options: &SearchOptions<'_>,
    ) -> Result<Vec<Vec<Hit>>, VectorIndexError>;
}

/// Why an index did not answer.
#[derive(Debug, thiserror::Error)]
pub enum VectorIndexError {
    /// The question is wrong: asking again does not help.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// The index cannot be reached, or did not answer in time: asking again may help.
    #[error("{index} does not answer ({source}); try again, or see whether it runs")]
    Unavailable {
        /// The index, as people know it.
        index: String,
        /// What happened.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What a search cannot do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// A query, or the rows, of another length.
    #[error("{found} values where rows have {wanted}")]
    Dims {
        /// Values given.
        found: usize,
        /// Values a row.
        wanted: usize,
    },
    /// A row that cannot be compared.
    #[error("row {0} holds a value that is not a finite number")]
    Row(usize),
    /// A query that cannot be compared.
    #[error("query {0} holds a value that is not a finite number")]
    Query(usize),
    /// A mask of another length.
    #[error("a mask of {found} for {wanted} rows")]
    Mask {
        /// Length of the mask.
        found: usize,
        /// Rows.
        wanted: usize,
    },
    /// More rows than can be numbered.
    #[error("more than {} rows", u32::MAX)]
    TooMany,
}

/// A row that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The row.
    pub row: usize,
    /// Its score: the dot product, or minus the squared distance, plus the bias.
    pub score: f32,
}

/// A number to add to the scores of some rows: `bias(query, first_row, scores)` adds to `scores[i]` what
/// row `first_row + i` gets for query number `query`. A score that becomes −∞ is left out of the answer.
/// It is called with up to 16 rows at a time, on many threads, and may be called again for the same rows;
/// it must add the same each time.
pub type Bias<'a> = &'a (dyn Fn(usize, usize, &mut [f32]) + Sync);

/// What to search for besides the queries.
#[derive(Clone, Copy, Default)]
pub struct SearchOptions<'a> {
    /// How many rows a query; fewer are found where fewer are let through.
    pub k: usize,
    /// What a score is.
    pub metric: VectorMetric,
    /// Rows that may be found, one flag a row, where not all.
    pub mask: Option<&'a [bool]>,
    /// What to add to the scores.
    pub bias: Option<Bias<'a>>,
}
