//! From one design to another: stations, the line through them, and steps along it.
//!
//! A share of 0 is the first station, 1 the last. *Linear* goes straight from code to code; *spherical* turns
//! from one direction to the other and lets the length change evenly, so that the middle is as far from the
//! average shoe as the ends are. The noise goes the same way. Shares are measured along the line through all
//! stations, so that long legs get more steps.
//!
//! Even steps in codes are not even steps in pictures: the generator may linger and then leap.
//! [`even_steps`] picks, from many shares whose pictures were embedded, those between which the pictures
//! change most evenly.

use super::{DesignError, PathError};

/// How to get from one code to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Line {
    /// Straight.
    Linear,
    /// Along an arc around the average shoe.
    #[default]
    Spherical,
}

/// What the steps are even in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spacing {
    /// The codes.
    Coordinates,
    /// The pictures, as the embedder sees them.
    #[default]
    Pictures,
}

/// A place that a path goes through, after the generator was asked: a code and a noise. What one chooses for a path
/// is an [`Item`](super::item::Item).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Station {
    /// What it is called: an id, a file's name.
    pub name: String,
    /// Its code.
    pub code: Vec<f32>,
    /// Its noise, already multiplied by its truncation.
    pub noise: Vec<f32>,
}

/// The most steps that a path may have.
pub const MOST_STEPS: usize = 512;

/// How many shares are tried for each step when pictures are to change evenly.
pub const FINER: usize = 8;

/// A line through stations.
#[derive(Debug, Clone)]
pub struct Route {
    stations: Vec<Station>,
    line: Line,
    /// At which share each station lies; first 0, last 1.
    shares: Vec<f32>,
}

impl Route {
    /// A line through two or more stations.
    ///
    /// # Errors
    /// [`DesignError::Path`]: fewer than two stations, or all the same; codes or noises of different
    /// lengths, or with a NaN.
    pub fn new(stations: Vec<Station>, line: Line) -> Result<Self, DesignError> {
        let wrong = |why: PathError| Err(why.into());
        let Some(first) = stations.first().filter(|_| stations.len() > 1) else {
            return wrong(PathError::OneEnd);
        };
        let sizes = (first.code.len(), first.noise.len());
        if stations
            .iter()
            .any(|s| (s.code.len(), s.noise.len()) != sizes)
        {
            return wrong(PathError::OtherGenerator);
        }
        if !stations
            .iter()
            .all(|s| s.code.iter().chain(&s.noise).all(|x| x.is_finite()))
        {
            return wrong(PathError::NotFinite);
        }
        let mut lengths = vec![0.0];
        for pair in stations.windows(2) {
            let leg =
                distance(&pair[0].code, &pair[1].code) + distance(&pair[0].noise, &pair[1].noise);
            lengths.push(lengths[lengths.len() - 1] + leg);
        }
        let total = lengths[lengths.len() - 1];
        if total == 0.0 {
            return wrong(PathError::NoLength);
        }
        let shares = lengths.iter().map(|l| l / total).collect();
        Ok(Self {
            stations,
            line,
            shares,
        })
    }

    /// The stations.
    pub fn stations(&self) -> &[Station] {
        &self.stations
    }

    /// Code and noise at a share of the way, 0 to 1; at a station exactly that station's.
    pub fn at(&self, share: f32) -> (Vec<f32>, Vec<f32>) {
        let share = if share.is_finite() {
            share.clamp(0.0, 1.0)
        } else {
            0.0
        };
        let last = self.stations.len() - 1;
        let leg = self.shares[1..last].partition_point(|&s| s <= share);
        let (from, to) = (&self.stations[leg], &self.stations[leg + 1]);
        let length = self.shares[leg + 1] - self.shares[leg];
        let part = if length > 0.0 {
            (share - self.shares[leg]) / length
        } else {
            0.0
        };
        if part <= 0.0 {
            return (from.code.clone(), from.noise.clone());
        }
        if part >= 1.0 {
            return (to.code.clone(), to.noise.clone());
        }
        let between = match self.line {
            Line::Linear => linear,
            Line::Spherical => spherical,
        };
        (
            between(&from.code, &to.code, part),
            between(&from.noise, &to.noise, part),
        )
    }

    /// The names of the stations on both sides of a share.
    pub fn between(&self, share: f32) -> (&str, &str) {
        let last = self.stations.len() - 1;
        let leg = self.shares[1..last].partition_point(|&s| s <= share);
        (&self.stations[leg].name, &self.stations[leg + 1].name)
    }
}

/// Checks that a path can have so many steps, both ends included.
///
/// # Errors
/// [`DesignError::Path`].
pub fn check_steps(steps: usize) -> Result<(), DesignError> {
    if (2..=MOST_STEPS).contains(&steps) {
        return Ok(());
    }
    Err(PathError::Steps(steps).into())
}

/// Shares of `steps` steps that are even in coordinates, both ends included.
pub fn shares(steps: usize) -> Vec<f32> {
    (0..steps)
        .map(|i| i as f32 / (steps.max(2) - 1) as f32)
        .collect()
}

/// The shares to try so that [`even_steps`] can choose.
pub fn finer_shares(steps: usize) -> Vec<f32> {
    shares((steps.max(2) - 1) * FINER + 1)
}

/// From many places along a line, in order, with the distance between any two of them, chooses `steps` of
/// them, both ends included, so that the distances from one to the next are as even as can be: the sum
/// of their fourth powers is the least possible, which keeps down the largest.
pub fn even_steps(
    count: usize,
    steps: usize,
    distance: impl Fn(usize, usize) -> f32,
) -> Vec<usize> {
    let steps = steps.min(count);
    if steps < 2 {
        return (0..steps).collect();
    }
    let mut between = vec![0.0; count * count];
    for to in 0..count {
        for from in 0..to {
            between[to * count + from] = f64::from(distance(from, to)).powi(4);
        }
    }
    // best[s][to]: the least sum when `to` is step number s; from[s][to]: where step s - 1 then is.
    let mut best = vec![f64::INFINITY; count];
    best[0] = 0.0;
    let mut from = vec![vec![0usize; count]];
    for _ in 1..steps {
        let (mut next, mut whence) = (vec![f64::INFINITY; count], vec![0; count]);
        for to in 1..count {
            for via in 0..to {
                let sum = best[via] + between[to * count + via];
                if sum < next[to] {
                    (next[to], whence[to]) = (sum, via);
                }
            }
        }
        best = next;
        from.push(whence);
    }
    let mut chosen = vec![count - 1];
    for step in (1..steps).rev() {
        let at = chosen[chosen.len() - 1];
        chosen.push(from[step][at]);
    }
    chosen.reverse();
    chosen
}

/// The largest step over the mean step: 1 is even.
pub fn unevenness(steps: &[f32]) -> f32 {
    let mean = steps.iter().sum::<f32>() / steps.len().max(1) as f32;
    if mean > 0.0 {
        steps.iter().copied().fold(0.0, f32::max) / mean
    } else {
        1.0
    }
}

/// Euclidean distance.
pub fn distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).powi(2))
        .sum::<f32>()
        .sqrt()
}

fn linear(a: &[f32], b: &[f32], part: f32) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a + part * (b - a)).collect()
}

fn spherical(a: &[f32], b: &[f32], part: f32) -> Vec<f32> {
    let length = |x: &[f32]| x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    let (la, lb) = (length(a), length(b));
    let dot: f64 = a
        .iter()
        .zip(b)
        .map(|(a, b)| f64::from(*a) * f64::from(*b))
        .sum();
    let cosine = dot / (la * lb);
    // Without two directions, or with two that are the same or opposite, there is no one arc.
    if !cosine.is_finite() || cosine.abs() > 0.9995 {
        return linear(a, b, part);
    }
    let angle = cosine.acos();
    let part = f64::from(part);
    let (wa, wb) = (
        ((1.0 - part) * angle).sin() / angle.sin(),
        (part * angle).sin() / angle.sin(),
    );
    let along = la + part * (lb - la);
    a.iter()
        .zip(b)
        .map(|(a, b)| (along * (wa * f64::from(*a) / la + wb * f64::from(*b) / lb)) as f32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn station(code: &[f32]) -> Station {
        Station {
            name: String::new(),
            code: code.to_vec(),
            noise: vec![0.5; 2],
        }
    }

    #[test]
    fn a_path_meets_its_stations() {
        let stations = vec![
            station(&[3.0, 0.0]),
            station(&[0.0, 3.0]),
            station(&[0.0, -9.0]),
        ];
        for line in [Line::Linear, Line::Spherical] {
            let path = Route::new(stations.clone(), line).unwrap();
            assert_eq!(path.at(0.0).0, [3.0, 0.0]);
            assert_eq!(path.at(1.0).0, [0.0, -9.0]);
            assert_eq!(path.at(path.shares[1]).0, [0.0, 3.0]);
            assert_eq!(path.at(0.3).1, [0.5, 0.5]);
        }
        let middle = Route::new(stations[..2].to_vec(), Line::Spherical)
            .unwrap()
            .at(0.5)
            .0;
        assert!((middle[0].hypot(middle[1]) - 3.0).abs() < 1e-5);
        let middle = Route::new(stations[..2].to_vec(), Line::Linear)
            .unwrap()
            .at(0.5)
            .0;
        assert_eq!(middle, [1.5, 1.5]);
    }

    #[test]
    fn a_path_of_a_shoe_to_itself_is_refused() {
        let one = station(&[1.0, 2.0]);
        let message = Route::new(vec![one.clone(), one.clone()], Line::Linear)
            .unwrap_err()
            .to_string();
        assert!(message.contains("to itself"), "{message}");
        assert!(Route::new(vec![one.clone()], Line::Linear).is_err());
        assert!(Route::new(vec![one.clone(), station(&[f32::NAN, 0.0])], Line::Linear).is_err());
        assert!(Route::new(vec![one, station(&[1.0])], Line::Linear).is_err());
        assert!(check_steps(1).is_err() && check_steps(8).is_ok() && check_steps(10_000).is_err());
    }

    proptest! {
        #[test]
        fn even_steps_are_no_less_even(leaps in prop::collection::vec(0.01f32..1.0, 40..90), steps in 3usize..9) {
            // Places along a line whose pictures change by leaps.
            let mut places = vec![0.0];
            for leap in leaps {
                places.push(places[places.len() - 1] + leap.powi(3));
            }
            let chosen = even_steps(places.len(), steps, |a, b| places[b] - places[a]);
            prop_assert_eq!(chosen.len(), steps);
            prop_assert!(chosen[0] == 0 && chosen[steps - 1] == places.len() - 1);
            prop_assert!(chosen.is_sorted_by(|a, b| a < b));
            let lengths = |chosen: &[usize]| -> Vec<f32> {
                chosen.windows(2).map(|w| places[w[1]] - places[w[0]]).collect()
            };
            let regular: Vec<usize> = (0..steps).map(|i| i * (places.len() - 1) / (steps - 1)).collect();
            let power = |l: Vec<f32>| l.iter().map(|x| x.powi(4)).sum::<f32>();
            prop_assert!(power(lengths(&chosen)) <= power(lengths(&regular)) * 1.0001);
        }
    }
}
