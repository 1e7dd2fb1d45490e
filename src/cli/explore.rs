//! `shoespace explore`: open the explorer.

use crate::cli::out::say;
use crate::cli::progress::STOPPED;
use crate::explorer;
use crate::explorer::app::{Ended, Start};
use crate::paths::Roots;
use std::path::PathBuf;

/// The arguments of `shoespace explore`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: shoespace explore my-shoes.parquet\n\n\
Without a display a short tour of pictures is rendered into --tour instead.")]
pub struct ExploreArgs {
    /// The catalogue: a .parquet file, a folder of them, or the address of a database, as
    /// postgres://ann@db.example/shop?schema=shoes (default: the one that came with shoespace)
    #[arg(value_name = "CATALOGUE")]
    catalogue: Option<PathBuf>,
    /// Where the pictures go when there is no display to open a window on [default: shoespace-tour]
    #[arg(long, value_name = "FOLDER")]
    tour: Option<PathBuf>,
}

impl ExploreArgs {
    /// Whether any of them was given.
    pub(super) fn are_given(&self) -> bool {
        self.catalogue.is_some() || self.tour.is_some()
    }
}

pub(super) fn run(args: ExploreArgs, roots: &Roots) -> anyhow::Result<()> {
    let named = args.catalogue.is_some();
    // Without any catalogue the window opens empty and offers to make one.
    let catalogue = args.catalogue.or_else(|| roots.default_catalogue().ok());
    let start = Start {
        catalogue,
        roots: roots.clone(),
    };
    if explorer::app::has_display() {
        match explorer::app::open_window(start)? {
            Ended::Closed => Ok(()),
            // Said by the code alone: nothing failed, and all is saved.
            Ended::Stopped => std::process::exit(i32::from(STOPPED)),
        }
    } else {
        if !named && start.catalogue.is_none() {
            roots.default_catalogue()?;
        }
        let tour = args.tour.unwrap_or_else(|| "shoespace-tour".into());
        say!("{}", explorer::app::tour(start, &tour)?);
        Ok(())
    }
}
