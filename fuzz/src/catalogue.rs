//! A small catalogue of shoes that nobody sells, and everything that can be read of any.

use crate::{png, told};
use shoespace::catalog::writer::{CatalogWriter, Changes, NewShoe};
use shoespace::catalog::{
    Block, BlockInfo, Catalog, CatalogError, CatalogInfo, Column, EmbedderId, LayoutInfo, Values,
};
use shoespace::job::Job;
use shoespace::recommend::{Example, Query, Recommender, Weights};
use shoespace::space::{BlockRows, Space};
use shoespace::workspace::facets::{FacetModel, Facets};
use shoespace::workspace::layouts::{Axis, by_components};
use shoespace::workspace::own_axes::by_own_axes;
use shoespace::workspace::{
    colouring, extent::Extent, regions::regions, search::SearchIndex, titles,
};
use std::path::Path;
use std::sync::{Arc, OnceLock};

const KINDS: [&str; 4] = ["Ankle boot", "Sandal", "Größe, 42", "凉鞋"];

/// Writes a catalogue of so many shoes, with everything that a catalogue can have.
pub fn shoes(path: &Path, count: usize) {
    let blocks = [("style", 6), ("colour", 4), ("silhouette", 5)];
    let block = |(name, dims): (&str, usize)| BlockInfo {
        name: name.to_owned(),
        dims,
    };
    let embedder = EmbedderId {
        name: "fixture".to_owned(),
        sha256: "0".repeat(64),
    };
    let info = CatalogInfo::new(embedder, blocks.map(block).into());
    let number = |row: usize, at: usize| ((row * 31 + at * 17) % 23) as f32 / 23.0 - 0.4;
    let some = |row: usize| !row.is_multiple_of(5);
    let columns = [
        Column::new(
            "kind",
            Values::text((0..count).map(|row| some(row).then_some(KINDS[row % 4]))),
        ),
        Column::new(
            "price",
            Values::Real(
                (0..count)
                    .map(|row| some(row).then_some(row as f64 * 9.5 - 3.0))
                    .collect(),
            ),
        ),
        Column::new(
            "year",
            Values::Integer(
                (0..count)
                    .map(|row| some(row).then_some(2000 + row as i64 % 7))
                    .collect(),
            ),
        ),
        Column::new(
            "leather",
            Values::Boolean(
                (0..count)
                    .map(|row| some(row).then_some(row % 2 == 0))
                    .collect(),
            ),
        ),
        Column::new(
            "added",
            Values::text((0..count).map(|row| Some(format!("2024-0{}-11", 1 + row % 9)))),
        ),
        Column::new(
            "user:x",
            Values::text((0..count).map(|row| Some(format!("a \"{row}\"\n, b")))),
        ),
    ];
    let shoes: Vec<NewShoe> = (0..count)
        .map(|row| NewShoe {
            id: format!("shoe-{row:02}"),
            picture: png().to_vec(),
            path: format!("photos/{row}.png"),
            blocks: blocks
                .map(|(_, dims)| (0..dims).map(|at| number(row, at)).collect())
                .into(),
            position: [number(row, 0), number(row, 1), number(row, 2)],
        })
        .collect();
    let mut writer = CatalogWriter::create(path, info, &columns).unwrap();
    writer.push(&shoes, &columns).unwrap();
    writer.finish().unwrap();
    // Once more, with what needs the whole.
    let catalog = Catalog::open(path).unwrap();
    let stored: Vec<Arc<Block>> = blocks.map(|(name, _)| catalog.block(name).unwrap()).into();
    let rows: Vec<BlockRows<'_>> = stored
        .iter()
        .map(|block| BlockRows::from(&**block))
        .collect();
    let space = Space::fit(&rows, 1, &Job::new()).unwrap();
    let mut info = catalog.info().clone();
    info.space = Some(space.to_stored());
    info.roles.kind = Some("kind".to_owned());
    let layout = LayoutInfo {
        name: "neighbourhoods".to_owned(),
        of: "1".to_owned(),
        seed: 1,
    };
    let changes = Changes {
        info: Some(info),
        layouts: vec![(layout, catalog.positions().to_vec())],
        ..Changes::default()
    };
    catalog.rewrite(path, &changes, &Job::new()).unwrap();
}

/// A catalogue of thirty shoes, opened once.
pub fn small() -> (Arc<Catalog>, Arc<Recommender>) {
    static OPEN: OnceLock<(Arc<Catalog>, Arc<Recommender>)> = OnceLock::new();
    OPEN.get_or_init(|| {
        let path = crate::folder().join("small.parquet");
        shoes(&path, 30);
        let catalog = Arc::new(Catalog::open(&path).unwrap());
        (
            catalog.clone(),
            Arc::new(Recommender::new(catalog).unwrap()),
        )
    })
    .clone()
}

/// Reads all that there is in a catalogue, as the program does.
///
/// # Errors
/// What the catalogue says of itself.
pub fn read_all(catalog: Catalog) -> Result<(), CatalogError> {
    let rows = catalog.len().min(16);
    let _ = format!("{:?} {}", catalog.info(), catalog.fingerprint());
    let _ = format!(
        "{} {} {}",
        catalog.name(),
        catalog.bytes(),
        catalog.repeated_ids()
    );
    catalog.no_such_id("shoe-1");
    assert_eq!(catalog.positions().len(), catalog.len());
    for row in 0..rows {
        catalog.row_of(catalog.id(row));
        catalog.is_test(row);
        titles::title(&catalog, row);
    }
    for column in catalog.columns() {
        assert_eq!(column.len(), catalog.len(), "{}", column.name);
        column.categories();
        for row in 0..rows {
            let _ = format!("{:?} {:?}", column.text(row), column.number(row));
        }
    }
    SearchIndex::new(&catalog).find("boot 2");
    let facets = FacetModel::new(&catalog);
    facets.apply(&catalog, &Facets::default(), None);
    let colour = colouring::at_first(&catalog, &facets);
    colouring::colours(&catalog, &facets, &colour, None);
    regions(&catalog, &facets, catalog.positions());
    Extent::of(catalog.positions());
    let each = [
        blocks(&catalog),
        layouts(&catalog),
        pictures(&catalog, rows),
    ];
    recommend(Arc::new(catalog));
    each.into_iter().collect()
}

fn blocks(catalog: &Catalog) -> Result<(), CatalogError> {
    for info in &catalog.info().blocks {
        let block = catalog.block(&info.name)?;
        assert_eq!(block.values.len(), catalog.len() * info.dims);
    }
    Ok(())
}

fn layouts(catalog: &Catalog) -> Result<(), CatalogError> {
    for info in &catalog.info().layouts {
        if let Some(points) = catalog.layout(&info.name)? {
            assert_eq!(points.len(), catalog.len());
        }
    }
    Ok(())
}

fn pictures(catalog: &Catalog, rows: usize) -> Result<(), CatalogError> {
    let mut each = Ok(());
    for row in 0..rows {
        each = each
            .and(catalog.picture_path(row).map(drop))
            .and(catalog.picture(row).map(drop));
    }
    if catalog.len() <= 64 {
        each = each.and(catalog.for_each_picture(None, |_, _| ()));
    }
    let some: Vec<usize> = (0..rows).rev().collect();
    each.and(catalog.for_each_picture(Some(&some), |_, _| ()))
}

fn recommend(catalog: Arc<Catalog>) {
    if catalog.len() > 4096 {
        return;
    }
    let recommender = match Recommender::new(catalog.clone()) {
        Ok(recommender) => recommender,
        Err(error) => return told(&error),
    };
    let names = recommender
        .block_names()
        .into_iter()
        .map(|name| (name.to_owned(), 1.0));
    let query = Query {
        target: (!catalog.is_empty()).then_some(Example::Row(0)),
        k: 3,
        weights: Weights {
            blocks: names.collect(),
            ..Weights::default()
        },
        ..Query::default()
    };
    if let Err(error) = recommender.recommend(&query) {
        told(&error);
    }
    by_components(&recommender, [0, 2, 1]);
    let axes = [
        Axis::Component(1),
        Axis::Number("price".into()),
        Axis::Towards("kind".into(), "Sandal".into()),
    ];
    match by_own_axes(&recommender, &axes, &Job::new()) {
        Ok((_, scales)) => scales.iter().for_each(|scale| drop(scale.ticks())),
        Err(error) => told(&error),
    }
}
