//! What is asked for by hand: `--outline`, `--pull` and `--palette`.

use super::super::Usage;
use crate::cli::out::tell;
use crate::design::Design;
use crate::design::handles::Handles;
use crate::design::outline::Outline;
use crate::design::palette::Palette;
use crate::design::studio::Studio;
use crate::embed::{BLOCKS, block};
use anyhow::Context as _;
use image::RgbImage;
use std::path::PathBuf;
use std::sync::Arc;

/// How far around the place that is pulled the outline follows, in shares of the shoe's longer side.
const REACH: f32 = 0.4;

/// The arguments of the handles.
#[derive(Debug, Clone, clap::Args)]
pub struct HandleArgs {
    /// Its colours, as #aa3322,#eeeeee or navy:3,white (with shares); in a grey catalogue they are tones
    #[arg(long, value_name = "COLOUR,…")]
    pub palette: Option<Palette>,
    /// Its outline: a picture of a shoe, or one drawn dark on white; several make one design each
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub outline: Vec<PathBuf>,
    /// Pull its outline where it is nearest to X,Y, by DX,DY; all in shares of the square about the shoe, from its left
    /// upper corner. With --steps one design each from where it is to where it is pulled
    #[arg(long, value_name = "X,Y,DX,DY", value_parser = pull, allow_hyphen_values = true)]
    pub pull: Option<[f32; 4]>,
}

fn pull(text: &str) -> Result<[f32; 4], String> {
    let numbers: Vec<f32> = text
        .split(',')
        .map_while(|part| part.trim().parse().ok())
        .filter(|number: &f32| (-2.0..=2.0).contains(number))
        .collect();
    <[f32; 4]>::try_from(numbers)
        .ok()
        .filter(|_| text.split(',').count() == 4)
        .ok_or_else(|| {
            format!("{text} is no pull: give four numbers from -2 to 2, as 0.1,0.3,0,-0.4")
        })
}

impl HandleArgs {
    /// The first of them that is given.
    pub fn given(&self) -> Option<&'static str> {
        [
            (self.palette.is_some(), "--palette"),
            (!self.outline.is_empty(), "--outline"),
            (self.pull.is_some(), "--pull"),
        ]
        .into_iter()
        .find_map(|(given, name)| given.then_some(name))
    }

    /// How many designs the outlines make, where they say so.
    ///
    /// # Errors
    /// Several outlines, each of which is also to be pulled step by step.
    pub fn designs(&self, steps: Option<usize>) -> Result<Option<usize>, Usage> {
        match (self.outline.len(), steps) {
            (2.., Some(_)) => Err(Usage(
                "--steps goes with one outline: several make one design each".into(),
            )),
            (count @ 2.., None) => Ok(Some(count)),
            (_, steps) => Ok(steps),
        }
    }

    /// The outlines that are read from files.
    ///
    /// # Errors
    /// One of them is none, in a sentence that names it.
    pub fn read(&self) -> anyhow::Result<Vec<Outline>> {
        let read = |path: &PathBuf| Ok(Outline::read(path)?);
        self.outline.iter().map(read).collect()
    }

    /// What is asked for of a shoe with this picture, each of which makes a design; one where nothing is said of
    /// several. `outlines` were read before.
    ///
    /// # Errors
    /// The picture shows no shoe whose outline could be changed.
    pub fn of_shoe(
        &self,
        outlines: &[Outline],
        steps: Option<usize>,
        picture: impl FnOnce() -> anyhow::Result<RgbImage>,
    ) -> anyhow::Result<Vec<Handles>> {
        let handles = |outline: Option<Outline>| Handles {
            outline: outline.map(Arc::new),
            palette: self.palette.clone(),
        };
        if outlines.is_empty() && self.pull.is_none() {
            return Ok(vec![handles(None)]);
        }
        let own = Outline::of(&picture()?).context("the shoe's own picture tells no outline")?;
        let begun = match outlines {
            [] => vec![own],
            drawn => drawn.iter().map(|outline| outline.about(&own)).collect(),
        };
        let Some([x, y, across, down]) = self.pull else {
            return Ok(begun.into_iter().map(|it| handles(Some(it))).collect());
        };
        let pulled = |outline: Outline| {
            let at = outline.nearest_edge([x, y]);
            let last = steps.map_or(0, |steps| steps.saturating_sub(1)).max(1);
            let first = if steps > Some(1) { 0 } else { last };
            (first..=last).map(move |step| {
                let share = step as f32 / last as f32;
                outline.pulled(at, [share * across, share * down], REACH)
            })
        };
        let all = begun.into_iter().flat_map(pulled);
        Ok(all.map(|outline| handles(Some(outline))).collect())
    }
}

/// Tells how much of what was asked for was reached: the medians over the designs.
///
/// # Errors
/// The embedder failed.
pub fn tell_reached(
    studio: &Studio,
    asked: &[(Vec<f32>, Handles)],
    designs: &[Design],
    pictures: &[RgbImage],
) -> anyhow::Result<()> {
    let codes = designs.iter().map(|design| design.code.as_slice());
    let shown: Vec<(&RgbImage, &[f32])> = pictures.iter().zip(codes).collect();
    let (mut outlines, mut blocks) = (Vec::new(), vec![Vec::new(); BLOCKS.len()]);
    let landed = studio.embed(&shown)?;
    for (((asked, handles), features), picture) in asked.iter().zip(&landed).zip(pictures) {
        let cosines = studio.cosines(asked, &studio.embedding(features)?);
        for (of, (_, cosine)) in blocks.iter_mut().zip(&cosines) {
            of.push(f64::from(*cosine));
        }
        if let Some(outline) = &handles.outline {
            let made = Outline::of(picture);
            outlines.push(f64::from(made.map_or(0.0, |made| made.overlap(outline))));
        }
    }
    let grey = studio.catalog().is_grey();
    let median = |of: Vec<f64>| crate::numeric::median(of);
    let mut words: Vec<String> = (studio.space().blocks().iter().zip(blocks))
        .filter(|(_, of)| !of.is_empty())
        .map(|(own, of)| {
            let noun = block(own.name()).map_or(own.name(), |spec| spec.called(grey));
            format!("{noun} {:.2}", median(of))
        })
        .collect();
    if !outlines.is_empty() {
        words.push(format!("overlap of the outlines {:.2}", median(outlines)));
    }
    tell!("reached of what was asked for: {}", words.join(", "));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pull_is_four_numbers_within_reach() {
        assert_eq!(pull("0.1, 0.2,0,-0.5"), Ok([0.1, 0.2, 0.0, -0.5]));
        for wrong in [
            "",
            "0,0,0",
            "0,0,0,0,0",
            "a,0,0,0",
            "0,0,0,9",
            "0,NaN,0,0",
            "0,,0,0,0",
        ] {
            assert!(pull(wrong).is_err(), "{wrong}");
        }
    }
}
