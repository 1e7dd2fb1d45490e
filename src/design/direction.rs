//! Named directions: which way in code space leads towards "boot", "red" or a later year.
//!
//! A ridge regression of a metadata column on the codes, in closed form, on the training split; its
//! weights, brought to length 1, are the direction. Codes are whitened, so one unit is about one standard
//! deviation of the catalogue whatever the direction. How well the direction says what it claims is measured on
//! the held-out split, and shown: for a word, balanced accuracy (chance 50 %); for a number, correlation.

use super::DesignError;
use crate::catalog::Column;
use crate::numeric::{correlation, solve_ridge};
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

/// Shoes that a direction is learned from at most.
pub const SAMPLE: usize = 30_000;

/// Shoes of a word, in either split, below which nothing is learned.
const FEWEST: usize = 4;

/// Ridge, as a share of the codes' mean variance.
const RIDGE: f64 = 1e-2;

/// How well a direction says what it claims, on shoes that it has not seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Judged {
    /// The mean of the shares of right answers for shoes with the word and for shoes without; chance is 0.5.
    Accuracy(f32),
    /// Pearson's correlation of the number and its prediction; chance is 0.
    Correlation(f32),
}

impl Judged {
    /// Whether it is little better than chance.
    pub fn is_weak(self) -> bool {
        match self {
            Self::Accuracy(a) => a < 0.65,
            Self::Correlation(r) => r.abs() < 0.3,
        }
    }
}

impl std::fmt::Display for Judged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Accuracy(a) => write!(f, "{:.0} % right (chance 50 %)", 100.0 * a),
            Self::Correlation(r) => write!(f, "correlation {r:.2}"),
        }
    }
}

/// A direction in code space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Direction {
    /// The column that it was learned from.
    pub column: String,
    /// Towards which word; none for numbers (towards more).
    pub value: Option<String>,
    /// Length 1, one number a code dimension.
    pub along: Vec<f32>,
    /// On the held-out shoes.
    pub judged: Judged,
    /// How many held-out shoes judged it.
    pub judges: usize,
}

impl Direction {
    /// Fewer held-out shoes than this judge nothing.
    const FEW_JUDGES: usize = 12;

    /// Whether it cannot be trusted to lead where it says.
    pub fn is_weak(&self) -> bool {
        self.judged.is_weak() || self.judges < Self::FEW_JUDGES
    }

    /// What the slider is called: `Ankle boot`, or `more year`.
    pub fn name(&self) -> String {
        match &self.value {
            Some(value) => value.clone(),
            None => format!("more {}", self.column),
        }
    }
}

/// The codes of some shoes of a catalogue, with the split: what directions are learned from.
#[derive(Debug, Clone, Default)]
pub struct Codes {
    /// Numbers a code.
    pub dims: usize,
    /// Which rows of the catalogue, ascending.
    pub rows: Vec<usize>,
    /// Their codes, rows × dims.
    pub values: Vec<f32>,
    /// Whether a row is held out.
    pub held_out: Vec<bool>,
}

impl Codes {
    fn code(&self, i: usize) -> &[f32] {
        &self.values[i * self.dims..][..self.dims]
    }

    /// Learns the direction towards `value` of a column of words, or towards more of a column of numbers
    /// (`value` none).
    ///
    /// # Errors
    /// [`DesignError::Direction`]: the column or word tells nothing in one of the splits.
    pub fn direction(
        &self,
        column: &Column,
        value: Option<&str>,
    ) -> Result<Direction, DesignError> {
        let targets: Vec<Option<f64>> = (self.rows.iter())
            .map(|&row| match value {
                Some(value) => column
                    .text(row)
                    .map(|text| f64::from(u8::from(text == value))),
                None => column.number(row).filter(|x| x.is_finite()),
            })
            .collect();
        let split = |held_out: bool| -> Vec<(usize, f64)> {
            let of = |(i, t): (usize, &Option<f64>)| t.map(|t| (i, t));
            (targets.iter().enumerate())
                .filter(|&(i, _)| self.held_out[i] == held_out)
                .filter_map(of)
                .collect()
        };
        let (train, test) = (split(false), split(true));
        self.enough(column, value, &train, "training")?;
        self.enough(column, value, &test, "held-out")?;
        let (along, middle) = self.fit(&train, value.is_some());
        let length = along.iter().map(|x| x * x).sum::<f64>().sqrt();
        if !length.is_finite() || length == 0.0 {
            return Err(refuse(
                column,
                value,
                "leads nowhere: the codes do not vary with it",
            ));
        }
        let predicted: Vec<(f64, f64)> = test
            .iter()
            .map(|&(i, t)| (dot(self.code(i), &along) - middle, t))
            .collect();
        let judged = match value {
            Some(_) => Judged::Accuracy(balanced_accuracy(&predicted) as f32),
            // Held-out shoes that all have one number judge nothing.
            None => match correlation(predicted.iter().copied()) {
                r if r.is_nan() => Judged::Correlation(0.0),
                r => Judged::Correlation(r as f32),
            },
        };
        Ok(Direction {
            column: column.name.clone(),
            value: value.map(str::to_owned),
            along: along.iter().map(|x| (x / length) as f32).collect(),
            judged,
            judges: test.len(),
        })
    }

    fn enough(
        &self,
        column: &Column,
        value: Option<&str>,
        rows: &[(usize, f64)],
        split: &str,
    ) -> Result<(), DesignError> {
        let why = match value {
            Some(_) => {
                let with = rows.iter().filter(|r| r.1 > 0.5).count();
                let without = rows.len() - with;
                (with < FEWEST || without < FEWEST).then(|| {
                    format!("{with} {split} shoes have it and {without} have not; {FEWEST} of each are needed")
                })
            }
            None => {
                let constant = rows.windows(2).all(|w| w[0].1 == w[1].1);
                (rows.len() < 2 * FEWEST || constant)
                    .then(|| format!("its numbers do not vary over the {split} shoes"))
            }
        };
        why.map_or(Ok(()), |why| Err(refuse(column, value, &why)))
    }

    /// Ridge weights, and the middle between the classes (for numbers, the mean prediction).
    fn fit(&self, rows: &[(usize, f64)], classes: bool) -> (Vec<f64>, f64) {
        let d = self.dims;
        let count = rows.len() as f64;
        let mut mean = vec![0.0; d];
        for &(i, _) in rows {
            mean.iter_mut()
                .zip(self.code(i))
                .for_each(|(m, x)| *m += f64::from(*x) / count);
        }
        let target = rows.iter().map(|r| r.1).sum::<f64>() / count;
        let (mut square, mut cross) = (vec![0.0; d * d], vec![0.0; d]);
        let mut line = vec![0.0; d];
        for &(i, t) in rows {
            for ((l, x), m) in line.iter_mut().zip(self.code(i)).zip(&mean) {
                *l = f64::from(*x) - m;
            }
            for a in 0..d {
                cross[a] += line[a] * (t - target);
                let to = &mut square[a * d..][..=a];
                to.iter_mut()
                    .zip(&line)
                    .for_each(|(s, x)| *s += line[a] * x);
            }
        }
        let cross = DMatrix::from_vec(d, 1, cross);
        let along = solve_ridge(DMatrix::from_row_slice(d, d, &square), &cross, RIDGE)
            .map_or_else(|| vec![0.0; d], |weights| weights.data.into());
        let average = |class: bool| {
            let of: Vec<f64> = (rows.iter())
                .filter(|r| !classes || (r.1 > 0.5) == class)
                .map(|r| dot(self.code(r.0), &along))
                .collect();
            of.iter().sum::<f64>() / of.len().max(1) as f64
        };
        let middle = 0.5 * (average(true) + average(false));
        (along, middle)
    }
}

fn refuse(column: &Column, value: Option<&str>, why: &str) -> DesignError {
    let what = value.map_or_else(|| column.name.clone(), |v| format!("{}={v}", column.name));
    DesignError::Direction {
        what,
        why: why.to_owned(),
    }
}

fn dot(code: &[f32], along: &[f64]) -> f64 {
    code.iter().zip(along).map(|(x, a)| f64::from(*x) * a).sum()
}

fn balanced_accuracy(predicted: &[(f64, f64)]) -> f64 {
    let share = |class: bool| {
        let of: Vec<bool> = predicted
            .iter()
            .filter(|p| (p.1 > 0.5) == class)
            .map(|p| (p.0 > 0.0) == class)
            .collect();
        of.iter().filter(|&&right| right).count() as f64 / of.len().max(1) as f64
    };
    0.5 * (share(true) + share(false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Values;

    /// Codes of 400 shoes in 6 dimensions from a fixed sequence.
    fn codes() -> Codes {
        let mut state = 1u64;
        let mut random = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        };
        Codes {
            dims: 6,
            rows: (0..400).collect(),
            values: (0..2400).map(|_| random() * 1.7).collect(),
            held_out: (0..400).map(|i| i % 5 == 0).collect(),
        }
    }

    #[test]
    fn it_finds_the_way_that_the_labels_follow() {
        let codes = codes();
        // The word follows dimension 2, the number dimension 4.
        let words = (0..400).map(|i| {
            Some(if codes.code(i)[2] > 0.3 {
                "boot"
            } else {
                "shoe"
            })
        });
        let words = Column::new("kind", Values::text(words));
        let boot = codes.direction(&words, Some("boot")).unwrap();
        assert!(boot.along[2] > 0.97, "{:?}", boot.along);
        assert!(
            matches!(boot.judged, Judged::Accuracy(a) if a > 0.9),
            "{}",
            boot.judged
        );
        assert_eq!((boot.name().as_str(), boot.judges), ("boot", 80));
        let year = (0..400).map(|i| Some(2000.0 - 3.0 * f64::from(codes.code(i)[4])));
        let year = Column::new("year", Values::Real(year.collect()));
        let later = codes.direction(&year, None).unwrap();
        assert!(later.along[4] < -0.99);
        assert!(matches!(later.judged, Judged::Correlation(r) if r > 0.99));
    }

    #[test]
    fn labels_that_mean_nothing_are_at_chance() {
        let words = (0..400).map(|i| Some(if i % 7 < 3 { "a" } else { "b" }));
        let words = Column::new("kind", Values::text(words));
        let judged = codes().direction(&words, Some("a")).unwrap().judged;
        assert!(
            matches!(judged, Judged::Accuracy(a) if (0.3..0.7).contains(&a)),
            "{judged}"
        );
    }

    #[test]
    fn what_tells_nothing_is_refused_with_a_reason() {
        let one = Column::new("kind", Values::text((0..400).map(|_| Some("shoe"))));
        let message = codes()
            .direction(&one, Some("shoe"))
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("kind=shoe") && message.contains("0 have not"),
            "{message}"
        );
        let flat = Column::new("year", Values::Integer(vec![Some(2012); 400]));
        assert!(codes().direction(&flat, None).is_err());
        let missing = Column::new("year", Values::Integer(vec![None; 400]));
        assert!(codes().direction(&missing, None).is_err());
    }
}
