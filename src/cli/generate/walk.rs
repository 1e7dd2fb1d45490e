//! A walk between shoes, photos and saved designs: `--between`.

use super::{GenerateArgs, LineArg, Patience, SpacingArg, embed_photo, settled};
use crate::cli::asked::row_of;
use crate::design::interpolation::{InterpolationOptions, interpolate};
use crate::design::route::{Line, Route, Spacing, Station};
use crate::design::studio::Studio;
use crate::design::{Design, Origin, decode_all, file, generators};
use crate::embed::Features;
use crate::paths::Roots;
use crate::workspace::titles::file_name;
use anyhow::{Context as _, ensure};
use image::RgbImage;
use std::path::Path;

/// The designs of a walk.
pub fn walked(
    args: &GenerateArgs,
    studio: &Studio,
    roots: &Roots,
) -> anyhow::Result<(Vec<Design>, Vec<RgbImage>)> {
    let noise: Vec<f32> = studio
        .generator()
        .noise(args.seed, 0)
        .iter()
        .map(|x| x * args.truncation)
        .collect();
    let stations = (args.between.iter())
        .map(|name| station(name, studio, &noise, roots))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let stations = match args.settle {
        Some(patience) => settled_stations(studio, stations, patience, args.seed)?,
        None => stations.into_iter().map(|(station, _)| station).collect(),
    };
    let line = match args.line {
        Some(LineArg::Linear) => Line::Linear,
        Some(LineArg::Spherical) | None => Line::Spherical,
    };
    let spacing = match args.spacing {
        Some(SpacingArg::Coordinates) => Spacing::Coordinates,
        Some(SpacingArg::Pictures) | None => Spacing::Pictures,
    };
    let options = InterpolationOptions {
        steps: args.steps.unwrap_or(8),
        spacing,
    };
    let job = crate::cli::progress::watched_job("pictures", None);
    let walk = interpolate(studio, Route::new(stations, line)?, options, &job)?;
    Ok((walk.designs(), walk.pictures()))
}

/// The stations of a walk, those at shoes and photos improved towards them.
fn settled_stations(
    studio: &Studio,
    stations: Vec<(Station, Option<Vec<f32>>)>,
    patience: Patience,
    seed: u64,
) -> anyhow::Result<Vec<Station>> {
    let mut all = Vec::with_capacity(stations.len());
    for (mut station, asked) in stations {
        if let Some(asked) = asked {
            let (code, noise) = (station.code, station.noise);
            let designs = vec![studio.design(code, noise, 1.0, Origin::Unknown)];
            let pictures = decode_all(&designs, studio.generator())?;
            let (designs, _) = settled(studio, designs, pictures, &[asked], patience, seed)?;
            let design = designs
                .into_iter()
                .next()
                .context("settling gave no design")?;
            (station.code, station.noise) = (design.code.clone(), design.scaled_noise());
        }
        all.push(station);
    }
    Ok(all)
}

/// A shoe by its id, a saved design, or a photo; with the embedding that is asked for at a shoe or a photo.
fn station(
    name: &str,
    studio: &Studio,
    noise: &[f32],
    roots: &Roots,
) -> anyhow::Result<(Station, Option<Vec<f32>>)> {
    let of = |name: &str, features: &Features| -> anyhow::Result<_> {
        let station = studio.station_of(name, features, noise.to_vec())?;
        Ok((station, Some(studio.embedding(features)?)))
    };
    if let Some(row) = studio.catalog().row_of(name) {
        return of(name, &studio.features(row)?);
    }
    let path = Path::new(name);
    if !path.is_file() {
        row_of(studio.catalog(), name)?;
    }
    match file::read(path) {
        Ok(design) => {
            let ours = studio.generator().info().sha256 == design.generator.sha256;
            let here = ours || generators::by_sha256(&design.generator.sha256, roots).is_some();
            ensure!(
                ours,
                "{}: a design of the generator {}{}",
                path.display(),
                design.generator.name,
                if here {
                    "; name it with --model"
                } else {
                    ", which is not among the models here"
                }
            );
            let noise = design.scaled_noise();
            let station = Station {
                name: file_name(path),
                code: design.code,
                noise,
            };
            Ok((station, None))
        }
        Err(not_a_design) => {
            let features = embed_photo(studio, path)
                .with_context(|| format!("neither a saved design ({not_a_design}) nor a photo"))?;
            of(&file_name(path), &features)
        }
    }
}
