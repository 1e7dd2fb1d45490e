//! `shoespace snapshot`: render the scene to a picture.

use super::asked::{catalogue, expect_ending, point};
use crate::explorer;
use crate::explorer::app::Start;
use crate::explorer::scene::capture::Shot;
use crate::paths::Roots;
use crate::workspace::layouts::SceneLayout;
use std::path::PathBuf;

/// The arguments of `shoespace snapshot`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: shoespace snapshot -o boots.png --size 2560x1440 --select train-00001"
)]
pub struct SnapshotArgs {
    /// The catalogue: a .parquet file, or a folder of them (default: the one that came with shoespace)
    #[arg(value_name = "CATALOGUE")]
    catalogue: Option<PathBuf>,
    /// The picture to write, a PNG
    #[arg(short, long, value_name = "OUT.png")]
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
    /// Where the shoes stand
    #[arg(long, value_enum, default_value_t = LayoutChoice::Components)]
    layout: LayoutChoice,
    /// Draw the panels too
    #[arg(long)]
    panels: bool,
    /// The 5×5 grid of the selection and its recommendations, instead of the scene
    #[arg(long)]
    grid: bool,
}

/// What `--layout` says.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum LayoutChoice {
    /// By the three directions in which they differ most
    Components,
    /// So that those that look alike stand together: that of the file, or one that is made now
    Neighbourhoods,
}

impl From<LayoutChoice> for SceneLayout {
    fn from(choice: LayoutChoice) -> Self {
        match choice {
            LayoutChoice::Components => Self::FIRST,
            LayoutChoice::Neighbourhoods => Self::Neighbourhoods,
        }
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
    expect_ending(&args.output, "the picture", "png")?;
    let shot = Shot {
        out: args.output,
        select: args.select,
        look_at: args.look_at.map(Into::into),
        layout: args.layout.into(),
        panels: args.panels,
        grid: args.grid,
        ..Shot::default()
    };
    let start = Start {
        catalogue: Some(catalogue),
        roots: roots.clone(),
    };
    explorer::app::take_pictures(start, args.size.into(), args.scale, [shot])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_scales_are_read_or_explained() {
        assert_eq!(size("2560x1440"), Ok((2560, 1440)));
        assert!(size("0x10").is_err() && size("wide").is_err() && size("99999x10").is_err());
        assert!(scale("0").is_err());
    }
}
