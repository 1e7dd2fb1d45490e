//! The parts of a cloud and what they are called: for each kind that the catalogue knows, where its shoes stand
//! closest together and are most among themselves; and finer ones of a kind and a colour, or a kind and whom it is for.

use super::extent::Extent;
use super::facets::{FacetColumn, FacetModel, Offer};
use crate::catalog::Table;
use crate::catalog::roles::{Role, role_of};
use crate::numeric::spread;

/// A part of the cloud that has a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// What is typical there, as `Heels` or `Black Heels`.
    pub name: String,
    /// The columns and their words that the name is of.
    pub words: Vec<(String, String)>,
    /// How many shoes have these words, wherever they stand.
    pub count: usize,
    /// Its middle, in units of the scene.
    pub centre: [f32; 3],
    /// How far it goes, in units of the scene.
    pub reach: f32,
    /// The row of the shoe in its middle.
    pub typical: usize,
    /// Whether it is one of the finer ones, which are for near views.
    pub is_fine: bool,
}

/// Not more kinds than these, the most frequent ones, and not more finer regions.
const KINDS: usize = 12;
const FINE: usize = 40;
/// A region has at least so many shoes, and the finer ones so great a share of the catalogue.
const LEAST: usize = 12;
const LEAST_SHARE: f32 = 0.005;
/// How far a region goes, as a share of the cloud's radius.
const REACH: f32 = 0.2;
const FINE_REACH: f32 = 0.12;
/// In the middle of a region at least so great a share of the shoes has its words.
const PURITY: f32 = 0.5;
/// Places that are tried, shoes of the words that are counted around each, and shoes of the whole cloud.
const TRIED: usize = 160;
const OWN: usize = 1_200;
const ALL: usize = 4_000;

/// The regions of a cloud whose shoes stand at `points`, one a shoe: the coarse ones first, each kind the more frequent
/// first. Where the catalogue does not say what kind a shoe is they have no names, and a typical shoe each.
pub fn regions(table: &dyn Table, model: &FacetModel, points: &[[f32; 3]]) -> Vec<Region> {
    let of = |role: Role| {
        let mut columns = model.columns.iter();
        columns.find(|column| role_of(table, &column.name) == Some(role) && words(column).is_some())
    };
    let radius = Extent::of(points).radius;
    let Some(kinds) = of(Role::Kind) else {
        return unnamed(points, REACH * radius);
    };
    let all = spread(points.len(), ALL).map(|row| points[row]).collect();
    let cloud = Cloud { points, all };
    let mut found = Vec::new();
    let mut fine = Vec::new();
    for (code, kind) in named(kinds).take(KINDS) {
        let rows = rows_of(kinds, code);
        let least = (LEAST_SHARE * points.len() as f32) as usize;
        for column in [of(Role::Colour), of(Role::Gender)].into_iter().flatten() {
            for (second, word) in named(column) {
                let both: Vec<usize> = (rows.iter().copied())
                    .filter(|&row| column.codes().get(row) == Some(&second))
                    .collect();
                if both.len() < LEAST.max(least) || 2 * both.len() > rows.len() {
                    continue;
                }
                fine.extend(cloud.region(&both, FINE_REACH * radius, |centre| Region {
                    name: format!("{word} {kind}"),
                    words: vec![
                        (column.name.clone(), word.to_owned()),
                        (kinds.name.clone(), kind.to_owned()),
                    ],
                    is_fine: true,
                    ..centre
                }));
            }
        }
        if rows.len() < LEAST {
            continue;
        }
        found.extend(cloud.region(&rows, REACH * radius, |centre| Region {
            name: kind.to_owned(),
            words: vec![(kinds.name.clone(), kind.to_owned())],
            ..centre
        }));
    }
    fine.sort_by_key(|region| std::cmp::Reverse(region.count));
    fine.truncate(FINE);
    found.extend(fine);
    found
}

/// So many parts of a cloud that nobody named, and rounds in which they find their places.
const UNNAMED: usize = 8;
const ROUNDS: usize = 10;

/// Parts of a cloud without words: the means of Lloyd's algorithm, begun far from each other.
fn unnamed(points: &[[f32; 3]], reach: f32) -> Vec<Region> {
    let rows: Vec<usize> = spread(points.len(), ALL)
        .filter(|&row| points[row].iter().all(|x| x.is_finite()))
        .collect();
    if rows.len() < UNNAMED * LEAST {
        return Vec::new();
    }
    let at = |row: usize| points[row];
    let mut means = vec![at(rows[0])];
    while means.len() < UNNAMED {
        let far = |row: &usize| {
            let away = means.iter().map(|mean| apart(at(*row), *mean));
            away.fold(f32::INFINITY, f32::min)
        };
        let next = rows.iter().max_by(|a, b| far(a).total_cmp(&far(b)));
        means.extend(next.map(|&row| at(row)));
    }
    let nearest = |means: &[[f32; 3]], row: usize| {
        let away = |mean: usize| apart(at(row), means[mean]);
        (0..means.len()).min_by(|&a, &b| away(a).total_cmp(&away(b)))
    };
    let mut members: Vec<Vec<usize>> = Vec::new();
    for _ in 0..ROUNDS {
        members = vec![Vec::new(); means.len()];
        for &row in &rows {
            if let Some(mean) = nearest(&means, row) {
                members[mean].push(row);
            }
        }
        for (mean, own) in means.iter_mut().zip(&members) {
            if !own.is_empty() {
                let of = |axis: usize| own.iter().map(|&row| at(row)[axis]).sum::<f32>();
                *mean = [0, 1, 2].map(|axis| of(axis) / own.len() as f32);
            }
        }
    }
    let of_all = points.len() as f32 / rows.len() as f32;
    let mut found: Vec<Region> = (means.iter().zip(&members))
        .filter_map(|(&centre, own)| {
            let away = |row: usize| apart(at(row), centre);
            let typical = own.iter().copied();
            Some(Region {
                name: String::new(),
                words: Vec::new(),
                count: (own.len() as f32 * of_all).round() as usize,
                centre,
                reach,
                typical: typical.min_by(|&a, &b| away(a).total_cmp(&away(b)))?,
                is_fine: false,
            })
        })
        .collect();
    found.sort_by_key(|region| std::cmp::Reverse(region.count));
    found
}

fn words(column: &FacetColumn) -> Option<&[String]> {
    match &column.offer {
        Offer::Words(words) => Some(words),
        _ => None,
    }
}

/// The words of a column with their codes, the most frequent first.
fn named(column: &FacetColumn) -> impl Iterator<Item = (u16, &str)> {
    let words = words(column).unwrap_or_default().iter().enumerate();
    words
        .filter(|(_, word)| !word.is_empty())
        .filter_map(|(code, word)| Some((u16::try_from(code).ok()?, word.as_str())))
}

fn rows_of(column: &FacetColumn, code: u16) -> Vec<usize> {
    let codes = column.codes().iter().enumerate();
    codes
        .filter(|(_, c)| **c == code)
        .map(|(row, _)| row)
        .collect()
}

struct Cloud<'a> {
    points: &'a [[f32; 3]],
    /// Some of them, evenly spread over the rows.
    all: Vec<[f32; 3]>,
}

impl Cloud<'_> {
    /// Where these rows stand closest together and are most among themselves, within `reach`.
    fn region(
        &self,
        rows: &[usize],
        reach: f32,
        name: impl FnOnce(Region) -> Region,
    ) -> Option<Region> {
        let own: Vec<[f32; 3]> = spread(rows.len(), OWN)
            .map(|at| self.points[rows[at]])
            .collect();
        let weight = rows.len() as f32 / own.len().max(1) as f32;
        let of_all = self.points.len() as f32 / self.all.len().max(1) as f32;
        let judged = spread(rows.len(), TRIED).map(|at| {
            let middle = self.points[rows[at]];
            let here = weight * within(&own, middle, reach) as f32;
            let whole = of_all * within(&self.all, middle, reach) as f32;
            let purity = here / whole.max(here).max(1.0);
            (here * purity, purity, middle)
        });
        let (_, purity, middle) = judged.max_by(|a, b| a.0.total_cmp(&b.0))?;
        if purity < PURITY {
            return None;
        }
        let around: Vec<[f32; 3]> = (own.iter().copied())
            .filter(|p| apart(*p, middle) <= reach)
            .collect();
        let centre = std::array::from_fn(|axis| {
            around.iter().map(|p| p[axis]).sum::<f32>() / around.len().max(1) as f32
        });
        let typical = (rows.iter().copied()).min_by(|&a, &b| {
            let (a, b) = (self.points[a], self.points[b]);
            apart(a, centre).total_cmp(&apart(b, centre))
        })?;
        Some(name(Region {
            name: String::new(),
            words: Vec::new(),
            count: rows.len(),
            centre,
            reach,
            typical,
            is_fine: false,
        }))
    }
}

fn within(points: &[[f32; 3]], middle: [f32; 3], reach: f32) -> usize {
    points
        .iter()
        .filter(|p| apart(**p, middle) <= reach)
        .count()
}

fn apart(a: [f32; 3], b: [f32; 3]) -> f32 {
    let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
    squares.sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Column, Values};

    struct Shoes(Vec<Column>, usize);

    impl Table for Shoes {
        fn len(&self) -> usize {
            self.1
        }
        fn id(&self, _: usize) -> &str {
            ""
        }
        fn columns(&self) -> &[Column] {
            &self.0
        }
    }

    fn text(name: &str, count: usize, word: impl Fn(usize) -> &'static str) -> Column {
        Column::new(name, Values::text((0..count).map(|row| Some(word(row)))))
    }

    /// Boots to the left, sandals to the right, each a little ball; of the boots every third is red and stands above.
    fn shoes() -> (Shoes, Vec<[f32; 3]>) {
        let is_red = |row: usize| row.is_multiple_of(6);
        let kind = |row: usize| {
            if row.is_multiple_of(2) {
                "Boots"
            } else {
                "Sandals"
            }
        };
        let columns = vec![
            text("articleType", 600, kind),
            text(
                "baseColour",
                600,
                move |row| if is_red(row) { "Red" } else { "Black" },
            ),
        ];
        let points = (0..600).map(|row: usize| {
            let angle = row as f32 * 2.4;
            let side = if row.is_multiple_of(2) { -3.0 } else { 3.0 };
            let above = if is_red(row) { 2.5 } else { 0.0 };
            [
                side + 0.3 * angle.sin(),
                above + 0.3 * angle.cos(),
                0.001 * row as f32,
            ]
        });
        (Shoes(columns, 600), points.collect())
    }

    #[test]
    fn kinds_are_named_where_they_stand_and_finer_ones_too() {
        let (table, points) = shoes();
        let found = regions(&table, &FacetModel::new(&table), &points);
        let coarse: Vec<&str> = (found.iter().filter(|r| !r.is_fine))
            .map(|r| r.name.as_str())
            .collect();
        assert_eq!(coarse, ["Boots", "Sandals"]);
        let boots = &found[0];
        assert!((boots.centre[0] + 3.0).abs() < 0.3 && boots.centre[1].abs() < 0.3);
        assert_eq!((boots.count, boots.typical % 2), (300, 0));
        let red = found.iter().find(|r| r.name == "Red Boots").unwrap();
        assert!(red.is_fine && red.centre[1] > 2.0 && red.typical.is_multiple_of(6));
        assert_eq!(red.words.len(), 2);
        assert!(
            !found.iter().any(|r| r.name == "Black Boots"),
            "most boots are"
        );
    }

    #[test]
    fn without_words_each_part_has_a_typical_shoe() {
        let (_, points) = shoes();
        let unlabelled = Shoes(Vec::new(), 600);
        let found = regions(&unlabelled, &FacetModel::new(&unlabelled), &points);
        assert_eq!(found.len(), UNNAMED);
        assert!(found.iter().all(|region| region.name.is_empty()));
        assert_eq!(found.iter().map(|region| region.count).sum::<usize>(), 600);
        for region in &found {
            assert!(apart(points[region.typical], region.centre) < 0.5);
        }
        let left = found.iter().filter(|r| r.centre[0] < 0.0).count();
        assert!((2..=6).contains(&left), "both heaps have parts: {left}");
        let few = Shoes(Vec::new(), 20);
        assert!(regions(&few, &FacetModel::new(&few), &points[..20]).is_empty());
    }

    #[test]
    fn what_stands_nowhere_among_itself_has_no_name() {
        let (table, mut points) = shoes();
        for (row, point) in points.iter_mut().enumerate() {
            let angle = row as f32 * 2.4;
            *point = [angle.sin(), angle.cos(), (row / 2) as f32 * 1e-3];
        }
        // Both kinds are spread over one ring, each half of it.
        let found = regions(&table, &FacetModel::new(&table), &points);
        assert!(found.iter().filter(|r| !r.is_fine).count() <= 2);
        let empty = Shoes(vec![text("articleType", 0, |_| "")], 0);
        assert!(regions(&empty, &FacetModel::new(&empty), &[]).is_empty());
    }
}
