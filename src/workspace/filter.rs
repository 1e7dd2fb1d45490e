//! Which shoes are shown, and in which colours: search, filters and colouring, worked out off the frame.
//!
//! The panels change [`Wishes`]; a [`Finder`] on a thread of its own turns the newest ones into an
//! [`Found`], so that typing stays fluent on a million shoes.

use super::colouring::{self, ColourBy, Colours};
use super::facets::{Counts, FacetModel, Facets};
use super::search::SearchIndex;
use crate::catalog::{Catalog, Table};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What the user asks of the cloud; saved with the session.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wishes {
    /// Words of a shoe's id or metadata; see [`search`](super::search).
    pub search: String,
    /// What is asked of the columns.
    pub facets: Facets,
    /// Rows that were picked by hand; not kept, as rows of another version of the file are other shoes.
    #[serde(skip)]
    pub among: Option<Arc<Vec<u32>>>,
    /// What the cloud is coloured by.
    pub colour: ColourBy,
}

impl Wishes {
    /// Whether all shoes are shown.
    pub fn shows_all(&self) -> bool {
        self.search.trim().is_empty() && self.facets.is_empty() && self.among.is_none()
    }

    /// Shows all shoes again.
    pub fn show_all(&mut self) {
        self.search.clear();
        self.facets = Facets::default();
        self.among = None;
    }
}

/// What came of the wishes.
#[derive(Debug, Clone)]
pub struct Found {
    /// One flag a row; `None` when all shoes are shown.
    pub mask: Option<Arc<Vec<bool>>>,
    /// How many shoes are shown.
    pub shown: usize,
    /// The rows that are shown, those that fit the search best first; `None` when all are.
    pub rows: Option<Arc<Vec<u32>>>,
    /// Words of the search that none of them has.
    pub left_out: Vec<String>,
    /// How many shoes each word would leave.
    pub counts: Arc<Counts>,
    /// How the cloud is coloured; `None` for the photos alone.
    pub colours: Option<Colours>,
    /// The wish to drop that would bring back most shoes, with how many: said where nothing is left.
    pub loosen: Option<(Loosen, usize)>,
}

/// One wish that could be dropped.
#[derive(Debug, Clone, PartialEq)]
pub enum Loosen {
    /// The search.
    Search,
    /// What is asked of this column.
    Column(String),
    /// That only some rows are shown.
    Among,
}

impl Loosen {
    /// Takes the wish out of `wishes`.
    pub fn apply(&self, wishes: &mut Wishes) {
        match self {
            Self::Search => wishes.search.clear(),
            Self::Column(column) => {
                wishes.facets.0.remove(column);
            }
            Self::Among => wishes.among = None,
        }
    }
}

/// Answers wishes for one catalogue. Everything that is slow to make is made once.
pub struct Finder {
    catalog: Arc<Catalog>,
    model: Arc<FacetModel>,
    search: Option<SearchIndex>,
    counts: Option<Arc<Counts>>,
}

impl Finder {
    /// A finder for `catalog`, whose columns are `model`.
    pub fn new(catalog: Arc<Catalog>, model: Arc<FacetModel>) -> Self {
        Self {
            catalog,
            model,
            search: None,
            counts: None,
        }
    }

    /// Works out what `wishes` show. `trust` is one number a row, 0 to 1, where it is known already.
    pub fn find(&mut self, wishes: &Wishes, trust: Option<&[f32]>) -> Found {
        let table: &dyn Table = &*self.catalog;
        let query = wishes.search.trim();
        let searched = if query.is_empty() {
            None
        } else {
            self.search
                .get_or_insert_with(|| SearchIndex::new(table))
                .find(query)
        };
        let colours = colouring::colours(table, &self.model, &wishes.colour, trust);
        if wishes.shows_all() {
            let counts = self
                .counts
                .get_or_insert_with(|| {
                    Arc::new(self.model.apply(table, &Facets::default(), None).1)
                })
                .clone();
            return Found {
                mask: None,
                shown: table.len(),
                rows: None,
                left_out: Vec::new(),
                counts,
                colours,
                loosen: None,
            };
        }
        let fits = searched.as_ref().map(|found| found.fits.as_slice());
        let both = narrowed(table.len(), fits, wishes.among.as_deref());
        let (mask, counts) = self.model.apply(table, &wishes.facets, both.as_deref());
        let mut rows: Vec<u32> = (0..mask.len() as u32)
            .filter(|&row| mask[row as usize])
            .collect();
        if let Some(found) = &searched {
            found.sort(&mut rows);
        }
        let shown = rows.len();
        let loosen = if shown == 0 {
            loosen(table, &self.model, wishes, fits)
        } else {
            None
        };
        Found {
            mask: Some(Arc::new(mask)),
            shown,
            rows: Some(Arc::new(rows)),
            left_out: searched.map(|found| found.left_out).unwrap_or_default(),
            counts: Arc::new(counts),
            colours,
            loosen,
        }
    }
}

/// Those of the rows that fit a search which are `among` others; `None` where neither is asked for.
fn narrowed(rows: usize, fits: Option<&[bool]>, among: Option<&Vec<u32>>) -> Option<Vec<bool>> {
    let Some(among) = among else {
        return fits.map(<[bool]>::to_vec);
    };
    let mut mask = vec![false; rows];
    for &row in among {
        if let Some(flag) = mask.get_mut(row as usize) {
            *flag = fits.is_none_or(|fits| fits[row as usize]);
        }
    }
    Some(mask)
}

/// The one wish without which most shoes are left, if any is left then.
fn loosen(
    table: &dyn Table,
    model: &FacetModel,
    wishes: &Wishes,
    searched: Option<&[bool]>,
) -> Option<(Loosen, usize)> {
    let left = |facets: &Facets, also: Option<&[bool]>| {
        model
            .apply(table, facets, also)
            .0
            .iter()
            .filter(|&&fits| fits)
            .count()
    };
    let among = wishes.among.as_deref();
    let both = narrowed(table.len(), searched, among);
    let mut ways = Vec::new();
    if searched.is_some() {
        let among = narrowed(table.len(), None, among);
        ways.push((Loosen::Search, left(&wishes.facets, among.as_deref())));
    }
    if among.is_some() {
        ways.push((Loosen::Among, left(&wishes.facets, searched)));
    }
    for column in wishes.facets.0.keys() {
        let mut facets = wishes.facets.clone();
        facets.0.remove(column);
        ways.push((
            Loosen::Column(column.clone()),
            left(&facets, both.as_deref()),
        ));
    }
    // The first of equals: dropping what was typed is the lighter loss.
    ways.into_iter()
        .rev()
        .filter(|(_, left)| *left > 0)
        .max_by_key(|(_, left)| *left)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::catalog::{Column, Roles, Values};
    use crate::workspace::facets::{Facet, Offer};

    /// Five shoes with a kind and a year; tests of the panels use them too.
    pub(crate) struct Small {
        ids: Vec<String>,
        columns: Vec<Column>,
        pub(crate) roles: Roles,
    }

    impl Table for Small {
        fn len(&self) -> usize {
            self.ids.len()
        }
        fn id(&self, row: usize) -> &str {
            &self.ids[row]
        }
        fn columns(&self) -> &[Column] {
            &self.columns
        }
        /// No column means anything, so that shoes are called by their ids.
        fn roles(&self) -> Option<&Roles> {
            Some(&self.roles)
        }
    }

    pub(crate) fn small() -> Small {
        let kinds = [
            Some("Sandal"),
            Some("Boot"),
            None,
            Some("Sandal"),
            Some("Sneaker"),
        ];
        let years = vec![Some(2010), Some(2012), Some(2012), None, Some(2015)];
        Small {
            ids: (0..5).map(|i| format!("train-0000{i}")).collect(),
            columns: vec![
                Column::new("kind", Values::text(kinds)),
                Column::new("year", Values::Integer(years)),
            ],
            roles: Roles::default(),
        }
    }

    #[test]
    fn filters_search_and_counts_agree() {
        let table = small();
        let model = FacetModel::new(&table);
        assert_eq!(
            model.columns[0].offer,
            Offer::Words(vec![
                "Sandal".into(),
                "Boot".into(),
                "Sneaker".into(),
                String::new()
            ])
        );
        assert_eq!(
            model.columns[1].offer,
            Offer::Numbers {
                low: 2010.0,
                high: 2015.0,
                whole: true
            }
        );
        let mut facets = Facets::default();
        facets.toggle("kind", "Sandal");
        let (mask, counts) = model.apply(&table, &facets, None);
        assert_eq!(mask, [true, false, false, true, false]);
        assert_eq!(
            counts["kind"],
            [2, 1, 1, 1],
            "a column's own filter does not lower its counts"
        );
        facets.0.insert("year".into(), Facet::Range(2009.0, 2012.0));
        let (mask, counts) = model.apply(&table, &facets, None);
        assert_eq!(mask, [true, false, false, false, false]);
        assert_eq!(counts["kind"], [1, 1, 0, 1]);
        facets.0.remove("kind");
        facets.toggle("kind", "");
        assert_eq!(
            model.apply(&table, &facets, None).0,
            [false, false, true, false, false]
        );
    }

    #[test]
    fn search_reads_ids_words_and_numbers_and_narrows_as_one_types() {
        let mut index = SearchIndex::new(&small());
        let mut find = |words: &str| index.find(words).map(|found| found.fits);
        assert_eq!(find("  "), None);
        assert_eq!(find("SAND"), Some(vec![true, false, false, true, false]));
        assert_eq!(find("sandal"), Some(vec![true, false, false, true, false]));
        assert_eq!(
            find("sandal 2010"),
            Some(vec![true, false, false, false, false])
        );
        assert_eq!(find("00004"), Some(vec![false, false, false, false, true]));
        assert_eq!(
            find("2012 boot"),
            Some(vec![false, true, false, false, false])
        );
        assert_eq!(find("zebra"), Some(vec![false; 5]));
    }

    #[test]
    fn what_leaves_nothing_offers_what_to_drop() {
        let table = small();
        let model = FacetModel::new(&table);
        let mut wishes = Wishes {
            search: "boot".into(),
            ..Wishes::default()
        };
        wishes.facets.toggle("kind", "Sandal");
        let searched = SearchIndex::new(&table).find("boot").unwrap();
        let (way, left) = loosen(&table, &model, &wishes, Some(&searched.fits)).unwrap();
        assert_eq!((&way, left), (&Loosen::Search, 2));
        way.apply(&mut wishes);
        assert!(wishes.search.is_empty() && !wishes.shows_all());
    }

    #[test]
    fn what_was_picked_by_hand_is_shown_alone_with_the_other_filters() {
        let table = small();
        let model = FacetModel::new(&table);
        let mut wishes = Wishes {
            among: Some(Arc::new(vec![0, 2, 99])),
            ..Wishes::default()
        };
        assert!(!wishes.shows_all());
        let both = narrowed(5, None, wishes.among.as_deref()).unwrap();
        assert_eq!(both, [true, false, true, false, false]);
        wishes.facets.toggle("kind", "Boot");
        let (mask, _) = model.apply(&table, &wishes.facets, Some(&both));
        assert!(!mask.contains(&true));
        let (way, left) = loosen(&table, &model, &wishes, None).unwrap();
        assert_eq!((way, left), (Loosen::Column("kind".into()), 2));
        wishes.show_all();
        assert!(wishes.shows_all());
    }

    #[test]
    fn colours_follow_the_words_and_the_numbers() {
        let table = small();
        let model = FacetModel::new(&table);
        let by =
            |name: &str| colouring::colours(&table, &model, &ColourBy::Column(name.into()), None);
        let kinds = by("kind").unwrap();
        assert_eq!(kinds.rows[0], colouring::OKABE_ITO[0]);
        assert_eq!(kinds.rows[2], colouring::OTHER);
        let years = by("year").unwrap();
        assert_eq!(
            (years.rows[0], years.rows[4]),
            (colouring::viridis(0.0), colouring::viridis(1.0))
        );
        assert_eq!(
            years.legend,
            colouring::Legend::Scale {
                low: 2010.0,
                high: 2015.0,
                missing: true
            }
        );
        assert!(by("gone").is_none());
        assert!(colouring::colours(&table, &model, &ColourBy::Trust, None).is_none());
        let by = ColourBy::Picked(Arc::new(vec![1, 99]));
        let picked = colouring::colours(&table, &model, &by, None).unwrap();
        assert_eq!(picked.rows[1], colouring::OKABE_ITO[0]);
        assert!(picked.rows[0] == colouring::OTHER && picked.rows.len() == 5);
        let saved = serde_json::to_string(&by).unwrap();
        let back: ColourBy = serde_json::from_str(&saved).unwrap();
        assert_eq!(back, ColourBy::Nothing);
    }
}
