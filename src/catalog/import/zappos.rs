//! UT-Zappos50K (<https://vision.cs.utexas.edu/projects/finegrained/utzap50k/>): pictures under
//! `Category/SubCategory/Brand/CID.jpg`, and `meta-data.csv`.
//!
//! Its CIDs write `-` where file names write `.` (`100627-72` is `100627.72.jpg`), and folders have lost
//! the dots at the end of their names: the brand "T.U.K." lies in the folder `T.U.K`.

use super::ImportOptions;
use super::error::ImportError;
use super::importer::{Found, Importer, Shoe};
use super::join::JoinReport;
use super::sheet::Sheet;
use super::tree::{Tree, stem};
use crate::catalog::{Column, Values};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

const TABLE: &str = "meta-data.csv";

/// The set's categories, as its folders are called.
const CATEGORIES: [&str; 4] = ["Boots", "Sandals", "Shoes", "Slippers"];

/// Each CID has at least so many signs: `7.3` may be any shop's.
const MIN_CID: usize = 6;

/// UT-Zappos50K.
#[derive(Debug)]
pub(super) struct Zappos;

impl Importer for Zappos {
    fn name(&self) -> &'static str {
        "zappos"
    }

    fn about(&self) -> &'static str {
        "Category/SubCategory/Brand/CID.jpg and meta-data.csv, as UT-Zappos50K comes"
    }

    /// Pictures lie so in folders that are called as the set's categories, all of them or, where the table is there too,
    /// most. The layout alone tells nothing: shops have `images/men/boots/1001-1.jpg`.
    fn recognise(&self, tree: &Tree) -> Option<String> {
        let pictures = tree.pictures();
        let table = table(tree).map(|file| tree.name(file));
        let fits = |name: &&str| {
            Place::of(name).is_some_and(|place| {
                let has_dot = place.file.contains('.') && place.file.len() >= MIN_CID;
                CATEGORIES.contains(&place.category) && (table.is_some() || has_dot)
            })
        };
        let mut fitting = pictures.iter().map(|&file| tree.name(file)).filter(fits);
        let first = fitting.next()?;
        let count = 1 + fitting.count();
        let evidence = "pictures lie as Category/SubCategory/Brand/CID.jpg, as";
        match table {
            Some(table) if count * 2 > pictures.len() => {
                Some(format!("{table}, and {count} {evidence} {first}"))
            }
            _ if count == pictures.len() => Some(format!("all {evidence} {first}")),
            _ => None,
        }
    }

    fn takes(&self, sheet: &Sheet) -> bool {
        sheet.find("CID").is_some()
    }

    fn import(
        &self,
        tree: &Arc<Tree>,
        given: Vec<Sheet>,
        options: &ImportOptions,
    ) -> Result<Found, ImportError> {
        let mut given = given.into_iter();
        let sheet = match (given.next(), table(tree)) {
            (Some(sheet), _) => Some(sheet),
            (None, file) => file
                .map(|file| Sheet::of_file(tree, file, options.encoding))
                .transpose()?,
        };
        let mut found = Found::default();
        let (mut places, mut others) = (Vec::new(), 0);
        for file in tree.pictures() {
            match Place::of(tree.name(file)) {
                Some(place) => {
                    found.shoes.push(Shoe::of_file(place.cid(), tree, file));
                    places.push(place);
                }
                None => others += 1,
            }
        }
        if found.shoes.is_empty() {
            let reason = "no picture lies as Category/SubCategory/Brand/CID.jpg";
            return Err(tree.other_layout(self.name(), reason));
        }
        if others > 0 {
            found.warnings.push(format!(
                "{}: {others} pictures do not lie as Category/SubCategory/Brand/CID.jpg; they are left out",
                tree.origin().display()
            ));
        }
        let text = |of: fn(&Place<'_>) -> String| Values::text(places.iter().map(|p| Some(of(p))));
        found.columns = vec![
            Column::new("Category", text(|place| place.category.to_owned())),
            Column::new("SubCategory", text(|place| place.sub_category.to_owned())),
            Column::new("Brand", text(|place| place.brand())),
        ];
        if let Some(sheet) = sheet {
            join(&mut found, &places, sheet)?;
        }
        let left =
            given.map(|sheet| format!("{}: is left out, as this format has one table", sheet.name));
        found.warnings.extend(left);
        Ok(found)
    }
}

fn table(tree: &Tree) -> Option<usize> {
    let is_table = |name: &str| {
        name.rsplit('/')
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(TABLE))
    };
    (0..tree.len()).find(|&file| is_table(tree.name(file)))
}

/// What the folders of a picture tell.
struct Place<'a> {
    category: &'a str,
    sub_category: &'a str,
    brand: &'a str,
    /// The name of the file without its ending.
    file: &'a str,
}

impl<'a> Place<'a> {
    /// The place of a picture that lies as those of the set do.
    fn of(name: &'a str) -> Option<Self> {
        let mut parts = name.rsplit('/');
        let file = stem(parts.next()?);
        let [brand, sub_category, category] = [parts.next()?, parts.next()?, parts.next()?];
        let (model, variant) = file.split_once(['.', '-'])?;
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        (is_number(model) && is_number(variant)).then_some(Self {
            category,
            sub_category,
            brand,
            file,
        })
    }

    /// The CID as the table writes it, which is what the set's papers call so.
    fn cid(&self) -> String {
        self.file.replace('.', "-")
    }

    /// The brand with the dot that its folder lost: only abbreviations of single letters end with one.
    fn brand(&self) -> String {
        let letters: Vec<&str> = self.brand.split('.').collect();
        let is_abbreviation =
            letters.len() > 1 && letters.iter().all(|part| part.chars().count() == 1);
        if is_abbreviation {
            format!("{}.", self.brand)
        } else {
            self.brand.to_owned()
        }
    }
}

/// Adds the columns of the table. The folders tell category and sub-category as well, and for every picture; but the
/// table knows a brand's true name.
fn join(found: &mut Found, places: &[Place<'_>], sheet: Sheet) -> Result<(), ImportError> {
    let key = sheet.expect(&["CID", "id"])?;
    let mut rows: HashMap<String, usize> = HashMap::new();
    for row in 0..sheet.len() {
        rows.insert(sheet.cell(row, key).replace('.', "-"), row);
    }
    let matched: Vec<Option<usize>> = found
        .shoes
        .iter()
        .map(|shoe| rows.get(&shoe.id).copied())
        .collect();
    let missing = matched.iter().filter(|row| row.is_none()).count();
    if missing > 0 {
        found.warnings.push(format!(
            "{}: {missing} pictures have no row in it",
            sheet.name
        ));
    }
    let own = ["Category", "SubCategory", "Brand"].map(|name| sheet.find(name));
    if let Some(brand) = own[2] {
        let texts = matched.iter().zip(places).map(|(row, place)| {
            let told = row.map(|row| sheet.cell(row, brand));
            let told = told.filter(|text| !text.is_empty());
            Some(told.map_or_else(|| place.brand(), str::to_owned))
        });
        found.columns[2] = Column::new("Brand", Values::text(texts));
    }
    let without: Vec<usize> = own.into_iter().flatten().chain([key]).collect();
    found.columns.extend(sheet.columns(&matched, &without));
    let used: HashSet<usize> = matched.iter().flatten().copied().collect();
    found.joins.push(JoinReport {
        table: sheet.name.clone(),
        columns: vec![sheet.header[key].clone()],
        pictures: matched.len() - missing,
        pictures_left: missing,
        rows: used.len(),
        rows_left: sheet.len() - used.len(),
        ..JoinReport::default()
    });
    found.warnings.extend(sheet.warnings);
    Ok(())
}
