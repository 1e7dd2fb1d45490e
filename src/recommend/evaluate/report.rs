//! What was measured, as it is printed and written.

use crate::recommend::LEARNED;
use serde::Serialize;
use std::collections::BTreeMap;

/// Which shoes are asked for, and can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// All shoes.
    All,
    /// The shoes held out from learning, alone.
    Test,
}

/// A figure a method, by name: `chance`, `pixels`, each block, `mix`, `learned`.
pub type Figures = BTreeMap<String, Option<f64>>;

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Nearest shoes that were looked at.
    pub k: usize,
    /// Shoes asked for.
    pub queries: usize,
    /// Shoes that could be found, the one asked for not counted.
    pub candidates: usize,
    /// Which shoes these were.
    pub split: Split,
    /// Precision@k by column and method.
    pub columns: BTreeMap<String, Figures>,
    /// Mean reciprocal rank by column and method.
    #[serde(rename = "mrr")]
    pub reciprocal_rank: BTreeMap<String, Figures>,
    /// Shoes asked for that have a word in the column; the others are left out of its figures.
    pub labelled: BTreeMap<String, usize>,
    /// Share of the `k` nearest shoes by the mix that are among the `k` nearest in the scene.
    pub neighbourhood_kept: f64,
    /// The same for positions by chance.
    pub neighbourhood_kept_by_chance: f64,
    /// The weights of the mix.
    pub weights: BTreeMap<String, f32>,
    /// The weight that the learned block had beside the mix; none without one.
    pub learned_weight: Option<f32>,
    /// The columns that it was learned from.
    pub learned_from: Vec<String>,
    /// The methods in the order of a table.
    #[serde(skip)]
    pub methods: Vec<String>,
}

impl Report {
    /// How the figures came about, in words.
    pub fn protocol(&self) -> String {
        let which = match self.split {
            Split::All => "every shoe",
            Split::Test => "every shoe of the test split",
        };
        let found = match self.split {
            Split::All => "of all other shoes",
            Split::Test => "of the other test shoes (none that was learned from)",
        };
        let weights: Vec<_> = self
            .weights
            .iter()
            .map(|(n, w)| format!("{n} {w}"))
            .collect();
        let learned = match self.learned_weight {
            Some(weight) => format!(
                "; learned = the mix and the learned block ({}) with weight {weight}",
                self.learned_from.join(", ")
            ),
            None => String::new(),
        };
        format!(
            "{which} is asked for ({} shoes); {found} ({}) the {} nearest by cosine, blocks centred on the catalogue; \
             precision = share of them with the same word; shoes without a word are not asked for. \
             chance = the same for shoes picked blindly; pixels = 32×32, centred; mix = {}{learned}.",
            self.queries,
            self.candidates,
            self.k,
            weights.join(" + ")
        )
    }

    /// Adds the figures of column number `at`.
    pub(super) fn add_column(&mut self, name: &str, at: usize, methods: &Methods) {
        let figures = |pick: &dyn Fn(&Judged) -> Option<f64>| -> Figures {
            let mut figures: Figures = methods
                .iter()
                .map(|(name, judged)| (name.clone(), pick(&judged[at])))
                .collect();
            for missing in ["pixels", LEARNED] {
                figures.entry(missing.to_owned()).or_insert(None);
            }
            figures
        };
        let precision = figures(&|judged| Some(judged.precision));
        let reciprocal_rank = figures(&|judged| judged.reciprocal_rank);
        let labelled = methods.first().map_or(0, |(_, judged)| judged[at].labelled);
        self.columns.insert(name.to_owned(), precision);
        self.reciprocal_rank
            .insert(name.to_owned(), reciprocal_rank);
        self.labelled.insert(name.to_owned(), labelled);
    }
}

/// A method's figures in one column.
#[derive(Debug, Clone, Default)]
pub(super) struct Judged {
    pub precision: f64,
    pub reciprocal_rank: Option<f64>,
    pub labelled: usize,
}

/// Every method with its figures, one a column.
pub(super) type Methods = Vec<(String, Vec<Judged>)>;
