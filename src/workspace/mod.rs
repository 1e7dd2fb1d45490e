//! An opened catalogue and what belongs to it: how large its cloud is, its recommender and its studio, search and
//! filters, titles, colours, what a person made of it. No window, no terminal.
//!
//! | file | owns |
//! | --- | --- |
//! | `extent` | how large the cloud is |
//! | `search`, `facets`, `filter` | what is typed and clicked, and which shoes that leaves |
//! | `layouts`, `own_axes`, `regions` | where shoes stand beside their components; what the parts of a cloud are called |
//! | `best_view` | from which side kinds are told apart best |
//! | `together` | an order in which neighbours stand together |
//! | `titles`, `colouring` | what shoes are called, and their colours by a column |
//! | `trust` | how far the scene keeps each shoe's neighbours |
//! | `tuning` | how likeness is measured |
//! | `session`, `session_file`, `saved_items`, `session_error` | what is kept of a catalogue from one time to the next |
//! | `export` | marked shoes as CSV |

pub mod best_view;
pub mod colouring;
pub mod export;
pub mod extent;
pub mod facets;
pub mod filter;
pub mod layouts;
pub mod own_axes;
pub mod reads_as;
pub mod regions;
pub mod saved_items;
pub mod search;
pub mod session;
mod session_error;
pub mod session_file;
pub mod titles;
pub mod together;
mod trust;
pub mod tuning;

pub use session_error::SessionError;
pub use trust::Trust;

pub use crate::design::item::{Item, Landed, Photo, PicturedDesign};

use crate::catalog::{Catalog, CatalogError};
#[cfg(feature = "postgres")]
use crate::database::{Address, remote};
use crate::design::DesignError;
use crate::design::studio::Studio;
use crate::embed;
use crate::job::Job;
use crate::recommend::{RecommendError, Recommender};
use extent::Extent;
use facets::FacetModel;
use layouts::SceneLayout;
use own_axes::AxisScale;
use regions::Region;
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// Counts openings: who remembers the number that it saw last hears that another catalogue is open, and drops what
/// comes late for an older one. The default is the number before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Generation(u64);

impl Generation {
    /// The generation of the next opening.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Which opening this is; 0 before the first.
    pub fn number(self) -> u64 {
        self.0
    }

    /// Whether this is another generation than `seen`, which becomes this one.
    pub fn is_news_to(self, seen: &mut Self) -> bool {
        std::mem::replace(seen, self) != self
    }
}

/// The catalogue that is open, or none yet.
#[derive(Default)]
pub struct Workspace {
    /// The catalogue; `None` before the first is open.
    pub catalog: Option<Arc<Catalog>>,
    /// Finds neighbours in the full embedding; `None` while it is being [`prepare`]d.
    pub recommender: Option<Arc<Recommender>>,
    /// The columns as filters and the search see them; `None` while they are being read.
    pub facets: Option<Arc<FacetModel>>,
    /// Makes designs in it, or why there are none; `None` while its generator is being loaded.
    pub studio: Option<Result<Arc<Studio>, Arc<DesignError>>>,
    /// How far its neighbourhoods are to be trusted in the scene; `None` until somebody asks.
    pub trust: Option<Trust>,
    /// The names of the blocks that likeness is made of: those stored, and once there is a recommender also those
    /// that it adds.
    pub blocks: Vec<String>,
    /// How large the cloud is.
    pub extent: Extent,
    /// Which layout the shoes stand in, or glide to.
    pub layout: SceneLayout,
    /// What is known of its axes, where somebody chose them.
    pub scales: Option<[AxisScale; 3]>,
    /// From where the kinds are told apart best, where that is another side than the usual one.
    pub best_yaw: Option<f32>,
    /// Where they stand in that layout, one point a shoe.
    pub targets: Arc<Vec<[f32; 3]>>,
    /// Where they stand now, while they glide there.
    pub points: Arc<Vec<[f32; 3]>>,
    /// The parts of the cloud that have a name, coarse before fine; `None` until they are worked out.
    pub regions: Option<Arc<Vec<Region>>>,
    /// Where photos and designs stand, by their keys, in a layout whose axes do not say it.
    pub places: HashMap<usize, [f32; 3]>,
    /// Which opening this is.
    pub generation: Generation,
}

impl Workspace {
    /// Opens another catalogue in the place of the one that was open.
    pub fn open(&mut self, catalog: Arc<Catalog>, extent: Extent) {
        let blocks = catalog.info().blocks.iter();
        let points = Arc::new(catalog.positions().to_vec());
        *self = Self {
            blocks: blocks.map(|block| block.name.clone()).collect(),
            targets: points.clone(),
            points,
            layout: SceneLayout::default(),
            scales: None,
            best_yaw: None,
            regions: None,
            places: HashMap::new(),
            catalog: Some(catalog),
            recommender: None,
            facets: None,
            studio: None,
            trust: None,
            extent,
            generation: self.generation.next(),
        };
    }

    /// The recommender of the open catalogue is ready.
    pub fn prepared(&mut self, recommender: Arc<Recommender>) {
        let names = recommender.block_names().into_iter();
        self.blocks = names.map(str::to_owned).collect();
        self.recommender = Some(recommender);
    }

    /// The shoes go to another layout: what was known of the one before is so no longer.
    pub fn arrange(
        &mut self,
        layout: SceneLayout,
        targets: Arc<Vec<[f32; 3]>>,
        scales: Option<[AxisScale; 3]>,
    ) {
        (self.layout, self.targets, self.scales) = (layout, targets, scales);
        self.places.clear();
        self.regions = None;
        self.best_yaw = None;
        self.trust = None;
    }

    /// How many shoes are open.
    pub fn len(&self) -> usize {
        self.catalog.as_ref().map_or(0, |c| c.len())
    }

    /// Whether no shoe is open.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where anything stands in the scene, as far as that is known.
    pub fn place_of(&self, item: &Item) -> Option<[f32; 3]> {
        match (&self.layout, item) {
            (&SceneLayout::FIRST, _) | (_, Item::Row(_)) => item.position(&self.points),
            (_, item) => self.places.get(&item.key()).copied(),
        }
    }
}

/// Opens a catalogue: a file, a folder of them, or the address of a database (`postgres://…`).
///
/// # Errors
/// What is wrong with it, and what to do; never with the password of an address.
pub fn open(path: &Path) -> Result<Catalog, CatalogError> {
    #[cfg(feature = "postgres")]
    if let Some(address) = Address::in_place_of(path) {
        let opened = Address::parse(address).and_then(|address| remote::open(&address));
        return opened.map_err(CatalogError::from);
    }
    Catalog::open(path)
}

/// A path as people may be shown it: of an address, without its password.
pub fn shown(path: &Path) -> Cow<'_, Path> {
    #[cfg(feature = "postgres")]
    if let Some(address) = Address::in_place_of(path) {
        let without = Address::parse(address).map(|address| address.again());
        return Cow::Owned(without.unwrap_or_else(|_| "postgres://".to_owned()).into());
    }
    Cow::Borrowed(path)
}

/// What to do about a catalogue of an older version of this program: it can be looked at and searched, and what is new
/// does not compare with it.
pub fn advice(catalog: &Catalog) -> Option<String> {
    let info = catalog.info();
    let photos = match info.source.as_slice() {
        [] => "its photos".to_owned(),
        sources => sources.join(", "),
    };
    embed::is_outdated(&info.embedder).then(|| {
        format!(
            "{}: was indexed by an older shoespace ({}); its shoes can be looked at and compared, but no photo and no design can be compared with them: index {photos} again",
            catalog.path().display(),
            info.embedder.name
        )
    })
}

/// Reads the embeddings of a catalogue and gets ready to recommend: half a second for 21,000 shoes, so off the frame.
///
/// # Errors
/// A damaged catalogue, or [`RecommendError::Cancelled`] once `job` is cancelled.
pub fn prepare(catalog: Arc<Catalog>, job: &Job) -> Result<Arc<Recommender>, RecommendError> {
    Recommender::observed(catalog, job).map(Arc::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_hears_once_that_another_catalogue_is_open() {
        let (mut seen, next) = (Generation::default(), Generation::default().next());
        assert!(!Generation::default().is_news_to(&mut seen));
        assert!(next.is_news_to(&mut seen) && !next.is_news_to(&mut seen));
        assert_eq!(seen, next);
    }
}
