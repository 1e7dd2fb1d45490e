//! `shoespace snapshot`: render the scene to a picture.

use super::asked::{catalogue, expect_ending, point};
use crate::design::animation::save_animation;
use crate::explorer;
use crate::explorer::app::Start;
use crate::explorer::scene::capture::Shot;
use crate::paths::Roots;
use crate::workspace::colouring::ColourBy;
use crate::workspace::layouts::{Axis, SceneLayout};
use std::path::PathBuf;

/// The arguments of `shoespace snapshot`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  shoespace snapshot -o boots.png --size 2560x1440 --select train-00001
  shoespace snapshot -o turn.gif --turn 5 --size 640x360 --layout neighbourhoods --names")]
pub struct SnapshotArgs {
    /// The catalogue: a .parquet file, or a folder of them (default: the one that came with shoespace)
    #[arg(value_name = "CATALOGUE")]
    catalogue: Option<PathBuf>,
    /// The picture to write, a PNG
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
    /// Width and height in pixels
    #[arg(long, value_name = "WxH", default_value = "1280x720", value_parser = size)]
    size: (u32, u32),
    /// Pixels of the picture for one of the screen; 2 makes texts and lines twice as large
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = scale)]
    scale: f32,
    /// Select the shoe with this id, and show its recommendations
    #[arg(long, value_name = "ID")]
    select: Option<String>,
    /// Look at this point, in the catalogue's own coordinates
    #[arg(long, value_name = "X,Y,Z", value_parser = point, allow_hyphen_values = true)]
    look_at: Option<[f32; 3]>,
    /// Where the shoes stand: by their components; by neighbourhoods, so that those that look alike stand together; or by
    /// three axes of your own, as year,label=Sandal,2 (numbers of a column, the way towards a word, a component)
    #[arg(long, value_name = "LAYOUT", default_value = "components", value_parser = layout)]
    layout: SceneLayout,
    /// Tint the shoes by this column; `none` for no tint [default: by kind, where the catalogue says it]
    #[arg(long, value_name = "COLUMN")]
    tint: Option<String>,
    /// Write the names of regions over the scene
    #[arg(long)]
    names: bool,
    /// Turn once around the cloud in so many seconds: OUT becomes an animation, a .gif or an animated .png
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=20))]
    turn: Option<u32>,
    /// Draw the panels too
    #[arg(long)]
    panels: bool,
    /// The 5×5 grid of the selection and its recommendations, instead of the scene
    #[arg(long)]
    grid: bool,
}

/// `components`, `neighbourhoods`, or three axes of one's own.
fn layout(text: &str) -> Result<SceneLayout, String> {
    const WANTED: &str = "write components, neighbourhoods, or three axes as year,label=Sandal,2: \
        a column of numbers, a column and a word of it, the number of a component";
    match text {
        "components" => return Ok(SceneLayout::FIRST),
        "neighbourhoods" => return Ok(SceneLayout::Neighbourhoods),
        _ => {}
    }
    let axis = |text: &str| match (text.parse::<usize>(), text.split_once('=')) {
        (Ok(component), _) => match component.checked_sub(1) {
            Some(component) => Ok(Axis::Component(component)),
            None => Err("components are counted from 1".to_owned()),
        },
        (_, Some((column, word))) => Ok(Axis::Towards(column.into(), word.into())),
        (_, None) => Ok(Axis::Number(text.into())),
    };
    let axes = text.split(',').map(|text| axis(text.trim()));
    let axes: Vec<Axis> = axes.collect::<Result<_, _>>()?;
    let axes: [Axis; 3] = axes.try_into().map_err(|_| WANTED)?;
    let layout = SceneLayout::Own(axes);
    match layout.is_sound() {
        true => Ok(layout),
        false => Err("two of the axes are the same".into()),
    }
}

/// The largest side: what every graphics driver can draw on.
const LARGEST: u32 = 8192;

fn size(text: &str) -> Result<(u32, u32), String> {
    let (wide, high) = text
        .split_once(['x', 'X', '×'])
        .ok_or("write it as 1280x720")?;
    let side = |text: &str| match text.trim().parse::<u32>() {
        Ok(side) if (16..=LARGEST).contains(&side) => Ok(side),
        _ => Err(format!("{text} is not between 16 and {LARGEST} pixels")),
    };
    Ok((side(wide)?, side(high)?))
}

fn scale(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(scale) if (0.5..=4.0).contains(&scale) => Ok(scale),
        _ => Err("a factor between 0.5 and 4".into()),
    }
}

pub(super) fn run(args: SnapshotArgs, roots: &Roots) -> anyhow::Result<()> {
    let catalogue = catalogue(args.catalogue.as_deref(), roots)?;
    let is_gif = (args.output.extension()).is_some_and(|e| e.eq_ignore_ascii_case("gif"));
    if args.turn.is_none() || !is_gif {
        expect_ending(&args.output, "the picture", "png")?;
    }
    let tint = args.tint.map(|column| match column.as_str() {
        NO_TINT => ColourBy::Nothing,
        _ => ColourBy::Column(column),
    });
    let shot = Shot {
        out: args.output,
        tint,
        names: args.names,
        select: args.select,
        look_at: args.look_at.map(Into::into),
        layout: args.layout,
        panels: args.panels,
        grid: args.grid,
        ..Shot::default()
    };
    let start = Start {
        catalogue: Some(catalogue),
        roots: roots.clone(),
    };
    let size = args.size;
    match args.turn {
        None => {
            explorer::app::take_pictures(start, size.into(), args.scale, [shot])?;
        }
        Some(seconds) => turn(start, shot, size, args.scale, seconds)?,
    }
    Ok(())
}

/// The value of `--tint` for none.
const NO_TINT: &str = "none";
/// Pictures a second of a turn, and pixels that one may have in all: they are in memory together.
const RATE: u32 = 12;
const MOST_PIXELS: u64 = 400_000_000;

/// Writes an animation of a turn around the cloud, which ends where it began.
fn turn(
    start: Start,
    shot: Shot,
    size: (u32, u32),
    scale: f32,
    seconds: u32,
) -> anyhow::Result<()> {
    let count = seconds * RATE;
    let pixels = u64::from(count) * u64::from(size.0) * u64::from(size.1);
    anyhow::ensure!(
        pixels <= MOST_PIXELS,
        "{}: {count} pictures of {}x{} are too many for the memory; take fewer seconds or a smaller --size",
        shot.out.display(),
        size.0,
        size.1
    );
    let folder = tempfile::tempdir()?;
    let out = shot.out.clone();
    let shots = (0..count).map(|n| Shot {
        out: folder.path().join(format!("{n:04}.png")),
        turn: std::f32::consts::TAU * n as f32 / count as f32,
        ..shot.clone()
    });
    let written =
        explorer::app::take_pictures(start, size.into(), scale, shots.collect::<Vec<_>>())?;
    let frames = written.iter().map(|path| Ok(image::open(path)?.to_rgb8()));
    let frames: Vec<_> = frames.collect::<anyhow::Result<_>>()?;
    save_animation(&frames, (1000 / RATE) as u16, false, &out)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_are_named_or_three_axes() {
        assert_eq!(layout("components"), Ok(SceneLayout::FIRST));
        assert_eq!(layout("neighbourhoods"), Ok(SceneLayout::Neighbourhoods));
        let own = [
            Axis::Number("year".into()),
            Axis::Towards("label".into(), "Ankle boot".into()),
            Axis::Component(1),
        ];
        let asked = layout("year, label=Ankle boot,2");
        assert_eq!(asked, Ok(SceneLayout::Own(own)));
        for (text, wanted) in [
            ("umap", "components, neighbourhoods"),
            ("1,2", "three axes"),
            ("1,2,2", "the same"),
            ("0,1,2", "counted from 1"),
        ] {
            let error = layout(text).unwrap_err();
            assert!(error.contains(wanted), "{error}");
        }
    }

    #[test]
    fn sizes_and_scales_are_read_or_explained() {
        assert_eq!(size("2560x1440"), Ok((2560, 1440)));
        assert!(size("0x10").is_err() && size("wide").is_err() && size("99999x10").is_err());
        assert!(scale("0").is_err());
    }
}
