//! Colouring the cloud by a column, or by how far a shoe's neighbourhood in 3D is to be trusted.
//!
//! Words get the eight colours of Okabe and Ito, which people with any kind of colour blindness tell apart;
//! the ninth word and all further ones share a grey, because nobody tells twenty colours apart. Numbers get
//! viridis, which rises evenly in lightness for every eye.

use super::facets::{FacetModel, Offer};
use crate::catalog::Table;
use crate::catalog::roles::{Role, role_of};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An sRGB colour.
pub type Rgb = [u8; 3];

/// What the cloud is coloured by.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "SavedColourBy", from = "SavedColourBy")]
pub enum ColourBy {
    /// The photos' own colours alone.
    #[default]
    Nothing,
    /// The values of a metadata column.
    Column(String),
    /// How much of a shoe's neighbourhood in the whole embedding is left in 3D.
    Trust,
    /// Whether a shoe is one of these rows, which somebody drew around.
    Picked(Arc<Vec<u32>>),
}

/// As it is saved: what was drawn around is forgotten.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SavedColourBy {
    Nothing,
    Column(String),
    Trust,
}

impl From<ColourBy> for SavedColourBy {
    fn from(by: ColourBy) -> Self {
        match by {
            ColourBy::Nothing | ColourBy::Picked(_) => Self::Nothing,
            ColourBy::Column(name) => Self::Column(name),
            ColourBy::Trust => Self::Trust,
        }
    }
}

impl From<SavedColourBy> for ColourBy {
    fn from(saved: SavedColourBy) -> Self {
        match saved {
            SavedColourBy::Nothing => Self::Nothing,
            SavedColourBy::Column(name) => Self::Column(name),
            SavedColourBy::Trust => Self::Trust,
        }
    }
}

/// Okabe and Ito's palette, with a grey in the place of its black so that it shows on a dark ground.
pub const OKABE_ITO: [Rgb; 8] = [
    [0xe6, 0x9f, 0x00],
    [0x56, 0xb4, 0xe9],
    [0x00, 0x9e, 0x73],
    [0xf0, 0xe4, 0x42],
    [0x00, 0x72, 0xb2],
    [0xd5, 0x5e, 0x00],
    [0xcc, 0x79, 0xa7],
    [0xc8, 0xcc, 0xd2],
];
/// Words beyond the palette, and shoes without a value.
pub const OTHER: Rgb = [0x6e, 0x76, 0x80];

/// Twenty even stops of viridis (matplotlib's table, CC0), between which colours are mixed.
const VIRIDIS: [Rgb; 20] = [
    [68, 1, 84],
    [72, 21, 103],
    [72, 38, 119],
    [69, 55, 129],
    [64, 71, 136],
    [57, 86, 140],
    [51, 99, 141],
    [45, 112, 142],
    [40, 125, 142],
    [35, 138, 141],
    [31, 150, 139],
    [32, 163, 135],
    [41, 175, 127],
    [60, 187, 117],
    [85, 198, 103],
    [115, 208, 85],
    [149, 216, 64],
    [184, 222, 41],
    [220, 227, 25],
    [253, 231, 37],
];

/// The colour of viridis at `t`, 0 to 1; outside, the nearer end.
pub fn viridis(t: f32) -> Rgb {
    let t = if t.is_finite() {
        t.clamp(0.0, 1.0)
    } else {
        0.0
    } * (VIRIDIS.len() - 1) as f32;
    let low = (t as usize).min(VIRIDIS.len() - 2);
    let part = t - low as f32;
    std::array::from_fn(|i| {
        let (a, b) = (f32::from(VIRIDIS[low][i]), f32::from(VIRIDIS[low + 1][i]));
        (a + (b - a) * part).round() as u8
    })
}

/// What the colours mean.
#[derive(Debug, Clone, PartialEq)]
pub enum Legend {
    /// One colour a word.
    Words {
        /// Word and colour, most frequent first; the empty word stands for "no value".
        entries: Vec<(String, Rgb)>,
        /// How many further words share [`OTHER`].
        others: usize,
    },
    /// Viridis between two numbers.
    Scale {
        /// The number at the dark end.
        low: f64,
        /// The number at the bright end.
        high: f64,
        /// Whether some shoes have no number and are in [`OTHER`].
        missing: bool,
    },
}

/// A colour for each row, and what the colours mean.
#[derive(Debug, Clone)]
pub struct Colours {
    /// One a row.
    pub rows: Arc<Vec<Rgb>>,
    /// For the panel.
    pub legend: Legend,
}

/// The colours of `by`; `None` when nothing is asked for, or the column is gone. `trust` has one number
/// a row, 0 to 1, where it is known.
pub fn colours(
    table: &dyn Table,
    model: &FacetModel,
    by: &ColourBy,
    trust: Option<&[f32]>,
) -> Option<Colours> {
    match by {
        ColourBy::Nothing => None,
        ColourBy::Trust => {
            let trust = trust?;
            let rows: Vec<Rgb> = trust.iter().map(|&t| viridis(t)).collect();
            let legend = Legend::Scale {
                low: 0.0,
                high: 1.0,
                missing: false,
            };
            Some(Colours {
                rows: Arc::new(rows),
                legend,
            })
        }
        ColourBy::Picked(picked) => {
            let colour = OKABE_ITO[0];
            let mut rows = vec![OTHER; table.len()];
            for &row in picked.iter() {
                if let Some(own) = rows.get_mut(row as usize) {
                    *own = colour;
                }
            }
            let legend = Legend::Words {
                entries: vec![("picked".to_owned(), colour)],
                others: 0,
            };
            Some(Colours {
                rows: Arc::new(rows),
                legend,
            })
        }
        ColourBy::Column(name) => {
            let column = table.column(name)?;
            match &model.column(name)?.offer {
                Offer::Words(words) => {
                    let mut palette = OKABE_ITO.iter();
                    let mut entries = Vec::new();
                    let codes: Vec<Rgb> = words
                        .iter()
                        .map(|word| {
                            let colour = if word.is_empty() {
                                OTHER
                            } else {
                                palette.next().copied().unwrap_or(OTHER)
                            };
                            if word.is_empty() || colour != OTHER {
                                entries.push((word.clone(), colour));
                            }
                            colour
                        })
                        .collect();
                    let others = words.len() - entries.len();
                    let rows = model
                        .column(name)?
                        .codes()
                        .iter()
                        .map(|&code| codes[code as usize])
                        .collect();
                    Some(Colours {
                        rows: Arc::new(rows),
                        legend: Legend::Words { entries, others },
                    })
                }
                Offer::Numbers { low, high, .. } => {
                    let (low, high) = (*low, *high);
                    let mut missing = false;
                    let rows = (0..table.len())
                        .map(|row| match column.number(row).filter(|n| n.is_finite()) {
                            Some(n) => viridis(((n - low) / (high - low)) as f32),
                            None => {
                                missing = true;
                                OTHER
                            }
                        })
                        .collect();
                    Some(Colours {
                        rows: Arc::new(rows),
                        legend: Legend::Scale { low, high, missing },
                    })
                }
                Offer::TooMany(_) | Offer::Unique | Offer::Nothing => None,
            }
        }
    }
}

/// What a catalogue is coloured by until its user chooses: the kind of shoe, where that is known and few enough words
/// say it of most shoes.
pub fn at_first(table: &dyn Table, model: &FacetModel) -> ColourBy {
    let told = model.columns.iter().find(|column| {
        let Offer::Words(words) = &column.offer else {
            return false;
        };
        let told_apart = |code: u16| {
            let code = usize::from(code);
            code < OKABE_ITO.len() && words.get(code).is_some_and(|word| !word.is_empty())
        };
        let coloured = column.codes().iter().filter(|&&code| told_apart(code));
        role_of(table, &column.name) == Some(Role::Kind)
            && words.iter().filter(|word| !word.is_empty()).count() > 1
            && 2 * coloured.count() > table.len()
    });
    told.map_or(ColourBy::Nothing, |column| {
        ColourBy::Column(column.name.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Column, Values};

    /// A table of one column of words.
    struct Words(Column);

    impl Table for Words {
        fn len(&self) -> usize {
            60
        }
        fn id(&self, _: usize) -> &str {
            ""
        }
        fn columns(&self) -> &[Column] {
            std::slice::from_ref(&self.0)
        }
    }

    #[test]
    fn a_catalogue_is_coloured_by_kind_at_first_where_that_tells_shoes_apart() {
        let by = |name: &str, word: &dyn Fn(usize) -> String| {
            let words: Vec<String> = (0..60).map(word).collect();
            let table = Words(Column::new(name, Values::text(words.iter().map(Some))));
            at_first(&table, &FacetModel::new(&table))
        };
        let kinds = |row: usize| ["Boots", "Sandals", "Clogs"][row % 3].to_owned();
        assert_eq!(
            by("articleType", &kinds),
            ColourBy::Column("articleType".into())
        );
        assert_eq!(
            by("season", &kinds),
            ColourBy::Nothing,
            "not what kind means"
        );
        assert_eq!(
            by("articleType", &|_| "Shoes".to_owned()),
            ColourBy::Nothing
        );
        let mostly_unknown = |row: usize| {
            if row.is_multiple_of(9) {
                kinds(row / 9)
            } else {
                String::new()
            }
        };
        assert_eq!(by("articleType", &mostly_unknown), ColourBy::Nothing);
        let many = |row: usize| format!("kind {}", row % 20);
        assert_eq!(
            by("articleType", &many),
            ColourBy::Nothing,
            "most would be grey"
        );
    }

    #[test]
    fn viridis_goes_from_end_to_end_and_grows_lighter() {
        assert_eq!(viridis(0.0), [68, 1, 84]);
        assert_eq!(viridis(1.0), [253, 231, 37]);
        assert_eq!(viridis(f32::NAN), viridis(0.0));
        assert_eq!(viridis(9.0), viridis(1.0));
        let lightness =
            |c: Rgb| 0.2126 * f32::from(c[0]) + 0.7152 * f32::from(c[1]) + 0.0722 * f32::from(c[2]);
        for step in 0..38 {
            let (a, b) = (
                viridis(step as f32 / 38.0),
                viridis((step + 1) as f32 / 38.0),
            );
            assert!(lightness(b) > lightness(a), "at {step}");
        }
    }
}
