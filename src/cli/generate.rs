//! `shoespace generate`: design shoes without a window.

mod handles;
mod walk;

use super::Usage;
use super::asked::{catalogue, keep_apart, point, row_of};
use crate::catalog::filter::Filters;
use crate::catalog::{Catalog, picture};
use crate::cli::out::{say, tell};
use crate::design::generators;
use crate::design::handles::Handles;
use crate::design::request::DesignRequest;
use crate::design::settle::Settling;
use crate::design::studio::Studio;
use crate::design::{Design, MOST_TRUNCATION, Origin, animation, decode_all, file, sheet};
use crate::embed::{self, Features};
use crate::paths::Roots;
use crate::space::cursor::Fill;
use crate::workspace;
use crate::workspace::titles::file_name;
use anyhow::{Context as _, bail, ensure};
use handles::{HandleArgs, tell_reached};
use image::RgbImage;
use rand::{RngExt as _, SeedableRng as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use walk::walked;

/// The most designs that one call makes.
const MOST: usize = 10_000;

/// The arguments of `shoespace generate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  shoespace generate --where 'label=Ankle boot' --count 64 --seed 7 -o boots.png
  shoespace generate --id test-00001 -o design.png
  shoespace generate --id test-00001 --settle 1s -o settled.png
  shoespace generate --id test-00001 --palette 'navy:3,white' --settle 1s -o navy.png
  shoespace generate --id test-00001 --outline drawn.png --settle 1s -o drawn-shoe.png
  shoespace generate --id test-00001 --pull 0.1,0.3,0,-0.4 --steps 6 -o heel.png
  shoespace generate --at 0.1,-0.2,0.05 --fill pinned:test-00001 --count 8 -o eight.png
  shoespace generate --between test-00001 train-00007 --steps 12 -o walk.gif")]
#[command(group = clap::ArgGroup::new("place").required(true))]
pub struct GenerateArgs {
    /// The catalogue (default: the one that ships)
    #[arg(long, value_name = "CATALOGUE")]
    catalogue: Option<PathBuf>,
    /// The generator's file (default: the one under models/ that fits the catalogue)
    #[arg(long, value_name = "MODEL")]
    model: Option<PathBuf>,
    /// Design at the place of this shoe
    #[arg(long, group = "place", value_name = "ID")]
    id: Option<String>,
    /// Design at this point of the scene
    #[arg(long, group = "place", value_name = "X,Y,Z", value_parser = point, allow_hyphen_values = true)]
    at: Option<[f32; 3]>,
    /// Where the coordinates come from that a point leaves open: neighbourhood, pinned:ID or mean [default:
    /// neighbourhood]
    #[arg(long, value_name = "FILL")]
    fill: Option<String>,
    /// Interpolation from one to the other, through any in between: ids, photos or saved designs
    #[arg(long, group = "place", num_args = 2.., value_names = ["A", "B"])]
    between: Vec<String>,
    /// Steps of the walk [default: 8] or of a pull, both ends included
    #[arg(long, value_name = "N")]
    steps: Option<usize>,
    /// Interpolation straight, or along an arc around the average shoe [default: spherical]
    #[arg(long)]
    line: Option<LineArg>,
    /// What the walk's steps are even in [default: pictures]
    #[arg(long)]
    spacing: Option<SpacingArg>,
    /// Design at the places of shoes that pass these filters, drawn at random
    #[arg(long = "where", group = "place", value_name = "FILTER")]
    filters: Vec<String>,
    /// Design at the place of this photo
    #[arg(long, group = "place", value_name = "FILE")]
    image: Option<PathBuf>,
    /// How many designs; more than one make a sheet [default: 1]
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    /// Another seed, other designs; the same seed, the same
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How far designs go from the most typical one: 0 to 2, 1 as trained
    #[arg(long, default_value_t = 1.0, allow_hyphen_values = true)]
    truncation: f32,
    #[command(flatten)]
    handles: HandleArgs,
    /// Improve each design (of a walk, its ends) towards its place before it is saved: so many tries (112), or so many
    /// seconds (1s)
    #[arg(long, value_name = "TRIES|SECONDSs", value_parser = patience)]
    settle: Option<Patience>,
    /// Where to save: .png (one design gets its JSON in it and beside it, several make a sheet), or .gif or .apng for an
    /// animation
    #[arg(short, long, value_name = "OUT.png")]
    output: PathBuf,
    /// Print the designs as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum LineArg {
    Linear,
    Spherical,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum SpacingArg {
    Coordinates,
    Pictures,
}

/// For how long a design is improved.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Patience {
    Tries(usize),
    Seconds(f64),
}

fn patience(text: &str) -> Result<Patience, String> {
    let seconds = text.strip_suffix('s').map(str::parse::<f64>);
    match (seconds, text.parse::<usize>()) {
        (Some(Ok(s)), _) if s > 0.0 && s <= 3600.0 => Ok(Patience::Seconds(s)),
        (None, Ok(tries)) if (1..=1_000_000).contains(&tries) => Ok(Patience::Tries(tries)),
        _ => Err(format!(
            "{text} is neither a number of tries, as 112, nor of seconds, as 1.5s"
        )),
    }
}

pub(super) fn run(args: GenerateArgs, roots: &Roots) -> anyhow::Result<()> {
    let walks = !args.between.is_empty();
    for (given, name, fits, only_with) in [
        (args.fill.is_some(), "--fill", args.at.is_some(), "--at"),
        (
            args.steps.is_some(),
            "--steps",
            walks || args.handles.pull.is_some(),
            "--between or --pull",
        ),
        (args.line.is_some(), "--line", walks, "--between"),
        (args.spacing.is_some(), "--spacing", walks, "--between"),
        (
            args.handles.given().is_some(),
            args.handles.given().unwrap_or_default(),
            !walks && args.at.is_none(),
            "--id, --where or --image",
        ),
    ] {
        if given && !fits {
            return Err(Usage(format!("{name} goes with {only_with}")).into());
        }
    }
    if walks && args.count.is_some() {
        return Err(
            Usage("--between makes one walk: --steps says of how many designs".into()).into(),
        );
    }
    let each = args
        .handles
        .designs(args.steps.filter(|_| !walks))?
        .filter(|_| !walks);
    if each.is_some() && (args.count.is_some() || !args.filters.is_empty()) {
        return Err(Usage(
            "several outlines, or the steps of a pull, make one design each of one shoe or photo: leave --count out, and name the shoe with --id"
                .into(),
        )
        .into());
    }
    let count = each.or(args.count).unwrap_or(1);
    ensure!(
        (1..=MOST).contains(&count),
        "{count} designs cannot be made: ask for 1 to {MOST} with --count or --steps"
    );
    ensure!(
        (0.0..=MOST_TRUNCATION).contains(&args.truncation),
        "--truncation {} is out of range: it goes from 0 to {MOST_TRUNCATION}",
        args.truncation
    );
    let form = Form::of(&args.output)?;
    let photos = args
        .between
        .iter()
        .map(Path::new)
        .chain(args.image.as_deref())
        .chain(args.handles.outline.iter().map(PathBuf::as_path));
    keep_apart(&args.output, &photos.collect::<Vec<_>>())?;
    let path = catalogue(args.catalogue.as_deref(), roots)?;
    let catalog = Arc::new(workspace::open(&path)?);
    let named = match &args.model {
        Some(model) => generators::load(model)?,
        None => generators::for_catalogue(&catalog, roots)?,
    };
    // Only photos, walks and settling need to look at pictures; what is asked for by hand is told of where it can be.
    let looks = args.image.is_some() || walks || args.settle.is_some();
    let by_hand = args.handles.given().is_some();
    let embedder = match (looks, by_hand) {
        (true, _) => Some(embed::embedder_of(&catalog.info().embedder).open(roots)?),
        (false, true) => embed::embedder_of(&catalog.info().embedder)
            .open(roots)
            .ok(),
        (false, false) => None,
    };
    let can_tell = by_hand && embedder.is_some();
    let colour = |grey| if grey { "grey" } else { "in colour" };
    let (grey, makes_grey) = (catalog.is_grey(), named.generator.info().channels == 1);
    if grey != makes_grey {
        tell!(
            "note: the generator's shoes are {}, the catalogue's are {}",
            colour(makes_grey),
            colour(grey)
        );
    }
    let studio = Studio::new(catalog, named, embedder)?;
    let (designs, pictures) = if args.between.is_empty() {
        let (designs, asked): (Vec<_>, Vec<_>) = plan(&args, count, &studio)?.into_iter().unzip();
        let pictures = decode_all(&designs, studio.generator())?;
        let made = match args.settle {
            Some(patience) => {
                let embeddings: Vec<Vec<f32>> = asked.iter().map(|(at, _)| at.clone()).collect();
                settled(&studio, designs, pictures, &embeddings, patience, args.seed)?
            }
            None => (designs, pictures),
        };
        if can_tell {
            tell_reached(&studio, &asked, &made.0, &made.1)?;
        }
        made
    } else {
        walked(&args, &studio, roots)?
    };
    save(&args, form, &designs, &pictures)?;
    if args.json {
        let written = serde_json::json!({ "output": args.output, "designs": designs });
        say!("{}", serde_json::to_string_pretty(&written)?);
    }
    Ok(())
}

/// The designs, each improved towards the embedding that was asked for.
fn settled(
    studio: &Studio,
    designs: Vec<Design>,
    pictures: Vec<RgbImage>,
    asked: &[Vec<f32>],
    patience: Patience,
    seed: u64,
) -> anyhow::Result<(Vec<Design>, Vec<RgbImage>)> {
    let job = super::progress::watched_job("designs", None);
    job.stage("Settling", Some(designs.len() as u64));
    let mut all = (Vec::new(), Vec::new());
    for ((design, picture), asked) in designs.iter().zip(&pictures).zip(asked) {
        let began = Instant::now();
        let mut settling = Settling::begin(studio, (design, picture), asked, seed)?;
        while match patience {
            Patience::Tries(tries) => settling.count() < tries,
            Patience::Seconds(seconds) => began.elapsed().as_secs_f64() < seconds,
        } {
            job.check()?;
            settling.advance(studio)?;
        }
        let best = settling.best();
        all.0.push(best.design.clone());
        all.1.push(best.picture.clone());
        job.advance(1);
    }
    Ok(all)
}

/// A design with the embedding that it is asked for at, and what was asked for by hand.
type Planned = (Design, (Vec<f32>, Handles));

/// The designs of every kind of place but a walk.
fn plan(args: &GenerateArgs, count: usize, studio: &Studio) -> anyhow::Result<Vec<Planned>> {
    let noise = |i: usize| studio.generator().noise(args.seed, i as u64);
    let grey = studio.catalog().is_grey();
    let at_features =
        |features: &Features, origin: &Origin, i: usize, handles: &Handles| -> anyhow::Result<_> {
            let mut features = features.clone();
            handles.put_into(&mut features, grey);
            let code = studio.code_of(&features)?;
            let mut design = studio.design(code, noise(i), args.truncation, origin.clone());
            design.at = Some(studio.position(&features)?);
            Ok((design, (studio.embedding(&features)?, handles.clone())))
        };
    let outlines = args.handles.read()?;
    // Several outlines are told apart by nothing else: they share their noise.
    let at_one = |features: &Features, origin: &Origin, handles: &[Handles]| match handles {
        [handles] => (0..count)
            .map(|i| at_features(features, origin, i, handles))
            .collect(),
        several => (several.iter())
            .map(|handles| at_features(features, origin, 0, handles))
            .collect(),
    };
    if let Some(id) = &args.id {
        let row = row_of(studio.catalog(), id)?;
        let picture = || Ok(studio.catalog().picture(row)?);
        let handles = args.handles.of_shoe(&outlines, args.steps, picture)?;
        let origin = Origin::Shoe { id: id.clone() };
        return at_one(&studio.features(row)?, &origin, &handles);
    }
    if let Some(photo) = &args.image {
        let picture = picture::read(photo)?;
        let features = studio.embed_photo(picture.clone())?;
        let handles = args
            .handles
            .of_shoe(&outlines, args.steps, || Ok(picture))?;
        let origin = Origin::Photo {
            name: file_name(photo),
        };
        return at_one(&features, &origin, &handles);
    }
    if let Some(at) = args.at {
        let fill = match &args.fill {
            Some(fill) => parse_fill(fill, studio.catalog())?,
            None => Fill::Neighbourhood,
        };
        let mut request = DesignRequest {
            fill,
            truncation: args.truncation,
            ..DesignRequest::at(at)
        };
        let mut designs = Vec::with_capacity(count);
        for i in 0..count {
            request.noise = noise(i);
            let (design, filled, asked) = studio.plan(&request)?;
            if i == 0 && filled.drawn_back > 0.0 {
                tell!(
                    "note: the point is far outside the cloud; drawn back to {:.3},{:.3},{:.3}",
                    filled.point[0],
                    filled.point[1],
                    filled.point[2]
                );
            }
            designs.push((design, (asked, Handles::default())));
        }
        return Ok(designs);
    }
    let rows = drawn(&args.filters, studio.catalog(), count, args.seed)?;
    (rows.iter().enumerate())
        .map(|(i, &row)| {
            let origin = Origin::Shoe {
                id: studio.catalog().id(row).to_owned(),
            };
            let picture = || Ok(studio.catalog().picture(row)?);
            let handles = args.handles.of_shoe(&outlines, None, picture)?;
            let handles = handles.first().context("no outline was made")?;
            at_features(&studio.features(row)?, &origin, i, handles)
        })
        .collect()
}

/// `count` rows that pass the filters, in an order drawn with the seed; every one once before any comes again.
fn drawn(
    filters: &[String],
    catalog: &Catalog,
    count: usize,
    seed: u64,
) -> anyhow::Result<Vec<usize>> {
    let mask = Filters::parse(filters)?.mask(catalog)?;
    let mut rows: Vec<usize> = (0..mask.len()).filter(|&row| mask[row]).collect();
    ensure!(
        !rows.is_empty(),
        "no shoe passes {}; loosen the filter (`shoespace inspect {}` shows the columns)",
        filters.join(" and "),
        catalog.path().display()
    );
    let mut random = rand_pcg::Pcg64Mcg::seed_from_u64(seed);
    let mut order = Vec::with_capacity(count);
    while order.len() < count {
        for i in (1..rows.len()).rev() {
            rows.swap(i, random.random_range(0..=i));
        }
        order.extend(rows.iter().take(count - order.len()));
    }
    Ok(order)
}

/// The blocks of a photo. It is embedded as pictures of the catalogue are, not through the frame of the generator.
fn embed_photo(studio: &Studio, path: &Path) -> anyhow::Result<Features> {
    Ok(studio.embed_photo(picture::read(path)?)?)
}

fn parse_fill(text: &str, catalog: &Catalog) -> anyhow::Result<Fill> {
    match text.split_once(':') {
        None if text == "neighbourhood" => Ok(Fill::Neighbourhood),
        None if text == "mean" => Ok(Fill::Mean),
        Some(("pinned", id)) => Ok(Fill::Pinned(row_of(catalog, id)?)),
        _ => bail!("--fill {text} is none: choose neighbourhood, pinned:ID or mean"),
    }
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Png,
    Animation,
}

impl Form {
    /// By the ending of the file, before anything is made.
    fn of(output: &Path) -> anyhow::Result<Self> {
        let ending = output.extension().and_then(|e| e.to_str());
        match ending.map(str::to_lowercase).as_deref() {
            Some("png") => Ok(Self::Png),
            Some("gif" | "apng") => Ok(Self::Animation),
            _ => bail!(
                "{}: designs are saved as .png, .gif or .apng; choose one of these",
                output.display()
            ),
        }
    }
}

fn save(
    args: &GenerateArgs,
    form: Form,
    designs: &[Design],
    pictures: &[RgbImage],
) -> anyhow::Result<()> {
    let walk = !args.between.is_empty();
    // What follows one from the other stands in a row.
    let is_row = walk || matches!(args.handles.designs(args.steps), Ok(Some(_)));
    match (form, designs, pictures) {
        (Form::Png, [design], [picture]) => {
            file::save(design, picture, &args.output)?;
        }
        (Form::Png, _, _) => {
            let columns = if is_row {
                designs.len()
            } else {
                sheet::columns_for(designs.len())
            };
            sheet::save_sheet(designs, pictures, columns, &args.output)?;
        }
        (Form::Animation, _, _) => {
            let frames: Vec<RgbImage> = pictures.iter().map(|p| animation::enlarge(p, 8)).collect();
            animation::save_animation(&frames, 120, walk, &args.output)?;
        }
    }
    Ok(())
}
