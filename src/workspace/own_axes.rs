//! Axes that somebody chose: a component, a column of numbers, or a direction towards a word of a column.
//!
//! A direction is learned as in the design panel (`design::direction`), on the principal coordinates instead of a
//! generator's codes, so that it needs no generator. Axes of any kind are brought to one scale, that of the first
//! component, so that no one dwarfs the others.

use super::facets::number;
use super::layouts::{Axis, LayoutsError};
use crate::catalog::{Catalog, Column};
use crate::design::direction::{Codes, Judged, SAMPLE};
use crate::job::Job;
use crate::numeric::spread;
use crate::recommend::Recommender;
use crate::space::AXES;
use rayon::prelude::*;

/// What is known of an axis that was laid out.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisScale {
    /// What it is.
    pub axis: Axis,
    /// What is at its low and its high end, in words; none for components, which have no words.
    pub ends: Option<[String; 2]>,
    /// Of a column of numbers: its lowest and its highest number, and where these are in the scene.
    pub numbers: Option<[(f64, f32); 2]>,
    /// Shoes without a number: they stand before the low end.
    pub missing: usize,
    /// Of a direction: how well it tells held-out shoes apart.
    pub judged: Option<Judged>,
}

/// Ticks of an axis, at most.
const TICKS: f64 = 6.0;

impl AxisScale {
    /// Round numbers along it, each with its place in the scene; none where there are no numbers.
    pub fn ticks(&self) -> Vec<(String, f32)> {
        let Some([(low, from), (high, to)]) = self.numbers else {
            return Vec::new();
        };
        let rough = (high - low) / TICKS;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .map(|times| times * power)
            .into_iter()
            .find(|step| *step >= rough)
            .unwrap_or(10.0 * power);
        if !(step.is_finite() && step > 0.0) {
            return Vec::new();
        }
        let first = (low / step).ceil() as i64;
        let last = (high / step).floor() as i64;
        let place = |tick: f64| from + (to - from) * ((tick - low) / (high - low)) as f32;
        (first..=last)
            .map(|i| i as f64 * step)
            .map(|tick| (number(tick), place(tick)))
            .collect()
    }
}

/// Shoes that are read at a time: between them the work can be cancelled.
const BATCH: usize = 8_192;
/// How far from the low end, in deviations, shoes without a number stand.
const APART: f64 = 0.6;

/// Where shoes stand by these axes, one point a shoe, and what is known of the axes.
///
/// # Errors
/// [`LayoutsError::Axis`]: a column that is not there, has words where numbers are wanted, or one number only; a word that
/// too few shoes have; fewer than five shoes. Or cancelled.
pub fn by_own_axes(
    recommender: &Recommender,
    axes: &[Axis; 3],
    job: &Job,
) -> Result<(Vec<[f32; 3]>, [AxisScale; 3]), LayoutsError> {
    let catalog = recommender.catalog();
    if catalog.len() < 5 {
        return Err(wrong(
            catalog,
            "has too few shoes for axes: five are needed",
        ));
    }
    job.stage("Reading coordinates", Some(catalog.len() as u64));
    let (space, embeddings) = (recommender.space(), recommender.embeddings());
    let dims = space.dims();
    let project = space.projector();
    let of_row = |row: usize| project(&embeddings.row_f32(row)[..dims]);
    let mut coordinates: Vec<Vec<f32>> = Vec::with_capacity(embeddings.len());
    let rows: Vec<usize> = (0..embeddings.len()).collect();
    for rows in rows.chunks(BATCH) {
        job.check()?;
        coordinates.par_extend(rows.par_iter().map(|&row| of_row(row)));
        job.advance(rows.len() as u64);
    }
    let unit = f64::from(space.deviations().first().copied().unwrap_or(1.0)).max(1e-9);
    let mut values: Vec<Vec<f32>> = Vec::with_capacity(3);
    let mut scales = Vec::with_capacity(3);
    for axis in axes {
        job.check()?;
        let (of_axis, scale) = match axis {
            Axis::Component(component) if *component >= AXES => {
                return Err(wrong(
                    catalog,
                    format!("has no component {}", component + 1),
                ));
            }
            Axis::Component(component) => {
                let of_axis = coordinates.iter().map(|own| own[*component]).collect();
                (of_axis, plain(axis))
            }
            Axis::Number(name) => numbers(catalog, axis, column(catalog, name)?, unit)?,
            Axis::Towards(name, word) => {
                let column = column(catalog, name)?;
                towards(catalog, axis, column, word, &coordinates, unit)?
            }
        };
        values.push(of_axis);
        scales.push(scale);
    }
    let points = (0..catalog.len())
        .map(|row| std::array::from_fn(|axis| values[axis][row]))
        .collect();
    let scales: [AxisScale; 3] = std::array::from_fn(|axis| scales[axis].clone());
    Ok((points, scales))
}

fn plain(axis: &Axis) -> AxisScale {
    AxisScale {
        axis: axis.clone(),
        ends: None,
        numbers: None,
        missing: 0,
        judged: None,
    }
}

fn wrong(catalog: &Catalog, what: impl Into<String>) -> LayoutsError {
    LayoutsError::Axis {
        path: catalog.path().to_owned(),
        what: what.into(),
    }
}

fn column<'a>(catalog: &'a Catalog, name: &str) -> Result<&'a Column, LayoutsError> {
    let missing = || wrong(catalog, format!("has no column {name}"));
    catalog.column(name).ok_or_else(missing)
}

/// Numbers, centred, `unit` a deviation.
fn numbers(
    catalog: &Catalog,
    axis: &Axis,
    column: &Column,
    unit: f64,
) -> Result<(Vec<f32>, AxisScale), LayoutsError> {
    let name = &column.name;
    let of_rows: Vec<Option<f64>> = (0..column.len())
        .map(|row| column.number(row).filter(|n| n.is_finite()))
        .collect();
    let known = || of_rows.iter().flatten().copied();
    let count = known().count();
    if count == 0 {
        let what = format!("has no numbers in {name}; go towards one of its words instead");
        return Err(wrong(catalog, what));
    }
    let (low, high) = known().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), n| {
        (low.min(n), high.max(n))
    });
    if low == high {
        let what = format!("has one {name} for all its shoes; choose another column");
        return Err(wrong(catalog, what));
    }
    let (mean, deviation) = mean_and_deviation(known());
    let place = |n: f64| ((n - mean) / deviation * unit) as f32;
    let before = place(low) - (APART * unit) as f32;
    let places = of_rows.iter().map(|n| n.map_or(before, place)).collect();
    let scale = AxisScale {
        ends: Some([low, high].map(number)),
        numbers: Some([(low, place(low)), (high, place(high))]),
        missing: of_rows.len() - count,
        ..plain(axis)
    };
    Ok((places, scale))
}

fn mean_and_deviation(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / count;
    let square = values.map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    (mean, square.sqrt())
}

/// Coordinates along the direction towards a word.
fn towards(
    catalog: &Catalog,
    axis: &Axis,
    column: &Column,
    word: &str,
    coordinates: &[Vec<f32>],
    unit: f64,
) -> Result<(Vec<f32>, AxisScale), LayoutsError> {
    let rows: Vec<usize> = spread(catalog.len(), SAMPLE).collect();
    let codes = Codes {
        dims: AXES,
        held_out: rows.iter().map(|&row| catalog.is_test(row)).collect(),
        values: rows
            .iter()
            .flat_map(|&row| coordinates[row].clone())
            .collect(),
        rows,
    };
    let direction = (codes.direction(column, Some(word))).map_err(|error| {
        wrong(
            catalog,
            format!("cannot be laid out towards {word}: {error}"),
        )
    })?;
    let along = |own: &Vec<f32>| -> f64 {
        let pairs = own.iter().zip(&direction.along);
        pairs.map(|(x, a)| f64::from(x * a)).sum()
    };
    let places: Vec<f64> = coordinates.par_iter().map(along).collect();
    let (mean, deviation) = mean_and_deviation(places.iter().copied());
    let scale = unit / deviation.max(1e-9);
    let scaled = places.iter().map(|p| ((p - mean) * scale) as f32);
    let known = AxisScale {
        ends: Some([format!("least {word}"), format!("most {word}")]),
        judged: Some(direction.judged),
        ..plain(axis)
    };
    Ok((scaled.collect(), known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::fixture;

    fn lay_out(axes: [Axis; 3]) -> Result<(Vec<[f32; 3]>, [AxisScale; 3]), String> {
        let (_folder, catalog) = fixture::catalogue(200);
        let recommender = Recommender::observed(catalog, &Job::new()).unwrap();
        by_own_axes(&recommender, &axes, &Job::new()).map_err(|error| error.to_string())
    }

    fn number_of(name: &str) -> Axis {
        Axis::Number(name.into())
    }

    fn towards_of(name: &str, word: &str) -> Axis {
        Axis::Towards(name.into(), word.into())
    }

    #[test]
    fn numbers_stand_in_their_order_and_words_at_their_end() {
        let (_folder, catalog) = fixture::catalogue(200);
        let recommender = Recommender::observed(catalog.clone(), &Job::new()).unwrap();
        let kind = catalog.column("kind").unwrap();
        let word = kind.categories()[0].0.clone();
        let axes = [
            number_of("year"),
            towards_of("kind", &word),
            Axis::Component(3),
        ];
        let (points, scales) = by_own_axes(&recommender, &axes, &Job::new()).unwrap();
        let years = catalog.column("year").unwrap();
        for (a, b) in (0..200).zip(1..200) {
            if let (Some(x), Some(y)) = (years.number(a), years.number(b)) {
                assert_eq!(x < y, points[a][0] < points[b][0]);
            }
        }
        let mean = |has: bool| {
            let of: Vec<f32> = (0..200)
                .filter(|&row| (kind.text(row).as_deref() == Some(word.as_str())) == has)
                .map(|row| points[row][1])
                .collect();
            of.iter().sum::<f32>() / of.len() as f32
        };
        assert!(mean(true) > mean(false), "{} {}", mean(true), mean(false));
        assert!(scales[1].judged.is_some() && scales[2].ends.is_none());
        let ticks = scales[0].ticks();
        assert!(!ticks.is_empty() && ticks.len() <= 8, "{ticks:?}");
        assert!(ticks.windows(2).all(|pair| pair[0].1 < pair[1].1));
    }

    #[test]
    fn what_makes_no_axis_is_told() {
        for (axis, wanted) in [
            (number_of("gone"), "no column gone"),
            (number_of("kind"), "no numbers in kind"),
            (towards_of("kind", "Zebra"), "towards Zebra"),
            (Axis::Component(AXES), "no component"),
        ] {
            let error = lay_out([axis, Axis::Component(0), Axis::Component(1)]).unwrap_err();
            assert!(error.contains(wanted), "{error}");
        }
    }

    #[test]
    fn ticks_are_round_numbers() {
        let scale = AxisScale {
            numbers: Some([(12.5, 0.0), (241.0, 1.0)]),
            ..plain(&number_of("price"))
        };
        let names: Vec<String> = scale.ticks().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["50", "100", "150", "200"]);
        assert!(plain(&Axis::Component(0)).ticks().is_empty());
    }
}
