//! Layouts of an open catalogue beside its principal components: made, kept in its file, read from it again.

use super::titles::column_label;
use crate::catalog::writer::Changes;
use crate::catalog::{Catalog, CatalogError, CatalogInfo, LayoutInfo};
use crate::design::DesignError;
use crate::design::nearest::nearest;
use crate::digest::sha256_hex;
use crate::job::{Cancelled, Job};
use crate::layout::{self, LayoutError, Nearest};
use crate::recommend::Recommender;
use crate::space::AXES;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The layout that keeps neighbours together, by its name in the file.
pub const NEIGHBOURHOODS: &str = "neighbourhoods";

/// Where the shoes stand in the scene.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SceneLayout {
    /// By three principal components, counted from 0, each below [`AXES`].
    Components([usize; 3]),
    /// So that neighbours in the whole embedding are neighbours in the scene.
    Neighbourhoods,
    /// By three axes that somebody chose.
    Own([Axis; 3]),
}

impl SceneLayout {
    /// By the first three, as catalogues are stored.
    pub const FIRST: Self = Self::Components([0, 1, 2]);

    /// Whether there is such a layout: three different components that are kept, or axes. Sessions come from files.
    pub fn is_sound(&self) -> bool {
        match self {
            Self::Components([x, y, z]) => x.max(y).max(z) < &AXES && x != y && y != z && x != z,
            Self::Neighbourhoods => true,
            Self::Own([x, y, z]) => x != y && y != z && x != z,
        }
    }
}

impl Default for SceneLayout {
    fn default() -> Self {
        Self::FIRST
    }
}

/// What an axis is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// A principal component, counted from 0, below [`AXES`].
    Component(usize),
    /// The numbers of a column.
    Number(String),
    /// A column and a word in it: from the shoes that do not have it to those that do.
    Towards(String, String),
}

impl Axis {
    /// What it is called.
    pub fn name(&self) -> String {
        match self {
            Self::Component(component) => format!("PC {}", component + 1),
            Self::Number(column) => column_label(column),
            Self::Towards(_, word) => word.clone(),
        }
    }
}

/// Where shoes stand by these components, one point a shoe.
///
/// # Panics
/// If there is no such component.
pub fn by_components(recommender: &Recommender, axes: [usize; 3]) -> Vec<[f32; 3]> {
    let (space, embeddings) = (recommender.space(), recommender.embeddings());
    let dims = space.dims();
    let rows = (0..embeddings.len()).into_par_iter();
    rows.map(|row| space.place_on(axes, &embeddings.row_f32(row)[..dims]))
        .collect()
}

/// So many neighbours of each shoe are kept together (as UMAP's own default).
const NEIGHBOURS: usize = 15;
/// Shoes whose neighbours are searched at a time: between them the work can be cancelled.
const BATCH: usize = 1024;

/// Why there is no layout.
#[derive(Debug, thiserror::Error)]
pub enum LayoutsError {
    /// The shoes cannot be laid out.
    #[error("{path}: {source}", path = path.display())]
    Shoes {
        /// The catalogue.
        path: PathBuf,
        /// Why.
        source: LayoutError,
    },
    /// The nearest shoes could not be found.
    #[error(transparent)]
    Search(#[from] Box<DesignError>),
    /// The catalogue could not be read or written.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The file has a layout that was made of other embeddings.
    #[error(
        "{path}: its layout is older than its embeddings; lay it out again, until then it is shown by its components",
        path = path.display()
    )]
    Older {
        /// The catalogue.
        path: PathBuf,
    },
    /// There is no such axis.
    #[error("{path}: {what}", path = path.display())]
    Axis {
        /// The catalogue.
        path: PathBuf,
        /// Why, after the path.
        what: String,
    },
    /// Somebody asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The nearest others of every shoe in the whole embedding, which is what a layout by neighbourhoods is made of.
///
/// # Errors
/// What the search refuses, or cancelled.
pub fn neighbours(recommender: &Recommender, job: &Job) -> Result<Vec<Nearest>, LayoutsError> {
    let embeddings = recommender.embeddings();
    let dims = recommender.space().dims();
    job.stage("Finding neighbours", Some(embeddings.len() as u64));
    let rows: Vec<usize> = (0..embeddings.len()).collect();
    let mut all = Vec::with_capacity(rows.len());
    for rows in rows.chunks(BATCH) {
        job.check()?;
        let asked: Vec<Vec<f32>> = (rows.iter())
            .map(|&row| embeddings.row_f32(row)[..dims].to_vec())
            .collect();
        let found = nearest(recommender, &asked, NEIGHBOURS + 1).map_err(Box::new)?;
        for (row, mut near) in rows.iter().zip(found) {
            near.retain(|(other, _)| other != row);
            near.truncate(NEIGHBOURS);
            all.push(near);
        }
        job.advance(rows.len() as u64);
    }
    Ok(all)
}

/// Lays the shoes out so that neighbours stay neighbours, one point a shoe; see [`layout::neighbourhoods`].
///
/// # Errors
/// Too few shoes, shoes that are all alike, what the search refuses, or cancelled.
pub fn neighbourhoods(
    recommender: &Recommender,
    seed: u64,
    job: &Job,
) -> Result<Vec<[f32; 3]>, LayoutsError> {
    let near = neighbours(recommender, job)?;
    let catalog = recommender.catalog();
    layout::neighbourhoods(&near, catalog.positions(), seed, job).map_err(|source| match source {
        LayoutError::Cancelled(cancelled) => cancelled.into(),
        source => LayoutsError::Shoes {
            path: catalog.path().to_owned(),
            source,
        },
    })
}

/// Writes the catalogue to `output` (which may be its own file) with this layout by neighbourhoods.
///
/// # Errors
/// An output that cannot be written, a damaged catalogue, or cancelled; the old file is then as it was.
pub fn keep(
    catalog: &Catalog,
    points: Vec<[f32; 3]>,
    seed: u64,
    output: &Path,
    job: &Job,
) -> Result<(), LayoutsError> {
    let layout = LayoutInfo {
        name: NEIGHBOURHOODS.to_owned(),
        of: made_of(catalog.info()),
        seed,
    };
    let changes = Changes {
        layouts: vec![(layout, points)],
        ..Changes::default()
    };
    job.stage("Writing", Some(catalog.len() as u64));
    Ok(catalog.rewrite(output, &changes, job)?)
}

/// The layout by neighbourhoods that the file has, if it has one.
///
/// # Errors
/// It is older than the embeddings, or the file is damaged.
pub fn kept(catalog: &Catalog) -> Result<Option<Vec<[f32; 3]>>, LayoutsError> {
    let layouts = &catalog.info().layouts;
    let Some(layout) = layouts.iter().find(|l| l.name == NEIGHBOURHOODS) else {
        return Ok(None);
    };
    if layout.of != made_of(catalog.info()) {
        return Err(LayoutsError::Older {
            path: catalog.path().to_owned(),
        });
    }
    Ok(catalog.layout(NEIGHBOURHOODS)?)
}

/// What a layout is made of: the network, and the space that was fitted to what it saw.
fn made_of(info: &CatalogInfo) -> String {
    let space = serde_json::to_string(&info.space).unwrap_or_default();
    let mut digest = sha256_hex([info.embedder.sha256.as_bytes(), space.as_bytes()]);
    digest.truncate(16);
    digest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::fixture;
    use std::sync::Arc;

    #[test]
    fn a_layout_is_kept_in_the_file_and_read_again() {
        let (folder, catalog) = fixture::catalogue(60);
        let job = Job::new();
        assert_eq!(kept(&catalog).unwrap(), None);
        let recommender = Recommender::observed(catalog.clone(), &job).unwrap();
        let points = neighbourhoods(&recommender, 3, &job).unwrap();
        assert_eq!(points.len(), 60);
        let path = folder.path().join("laid-out.parquet");
        keep(&catalog, points.clone(), 3, &path, &job).unwrap();
        let again = Catalog::open(&path).unwrap();
        assert_eq!(kept(&again).unwrap(), Some(points.clone()));
        assert_eq!(again.positions(), catalog.positions());
        let names =
            |c: &Catalog| -> Vec<String> { c.columns().iter().map(|c| c.name.clone()).collect() };
        assert_eq!(names(&again), names(&catalog), "it is no metadata");
        // What is written again keeps it; what is placed anew does not.
        let copy = folder.path().join("copy.parquet");
        again.rewrite(&copy, &Changes::default(), &job).unwrap();
        assert_eq!(kept(&Catalog::open(&copy).unwrap()).unwrap(), Some(points));
        let moved = Changes {
            positions: Some(vec![[0.0, 1.0, 2.0]; 60]),
            ..Changes::default()
        };
        again.rewrite(&copy, &moved, &job).unwrap();
        assert_eq!(kept(&Catalog::open(&copy).unwrap()).unwrap(), None);
    }

    #[test]
    fn a_layout_of_other_embeddings_is_told() {
        let (folder, catalog) = fixture::catalogue(20);
        let path = folder.path().join("older.parquet");
        let job = Job::new();
        keep(&catalog, vec![[1.0; 3]; 20], 0, &path, &job).unwrap();
        let again = Catalog::open(&path).unwrap();
        let mut info = again.info().clone();
        info.embedder.sha256 = "another network's".to_owned();
        let changes = Changes {
            info: Some(info),
            ..Changes::default()
        };
        again.rewrite(&path, &changes, &job).unwrap();
        let error = kept(&Catalog::open(&path).unwrap()).unwrap_err();
        assert!(error.to_string().contains("older than its embeddings"));
    }

    #[test]
    fn by_components_a_shoe_stands_at_its_coordinates() {
        let (_folder, catalog) = fixture::catalogue(30);
        let recommender = Recommender::observed(catalog, &Job::new()).unwrap();
        let points = by_components(&recommender, [2, 0, 4]);
        let dims = recommender.space().dims();
        for (row, point) in points.iter().enumerate() {
            let embedding = recommender.embeddings().row_f32(row);
            let own = recommender.space().coordinates(&embedding[..dims]);
            for (x, wanted) in point.iter().zip([own[2], own[0], own[4]]) {
                assert!((x - wanted).abs() < 1e-4, "{x} for {wanted}");
            }
        }
        assert!(!SceneLayout::Components([0, 1, 1]).is_sound());
        assert!(!SceneLayout::Components([0, 1, AXES]).is_sound());
    }

    #[test]
    fn cancelling_stops_and_few_shoes_are_told() {
        let (_folder, catalog) = fixture::catalogue(20);
        let recommender = Recommender::observed(catalog, &Job::new()).unwrap();
        let job = Job::new();
        job.cancel();
        let cancelled = neighbourhoods(&recommender, 0, &job);
        assert!(matches!(cancelled, Err(LayoutsError::Cancelled(_))));
        let (_folder, few) = fixture::catalogue(4);
        let few = Recommender::observed(few, &Job::new()).map(Arc::new);
        if let Ok(few) = few {
            let error = neighbourhoods(&few, 0, &Job::new()).unwrap_err();
            assert!(error.to_string().contains("too few"), "{error}");
        }
    }
}
