//! The command line: one short file a command, each a thin face of the core.

mod asked;
mod evaluate;
#[cfg(feature = "explorer")]
mod explore;
mod export;
mod fit;
mod generate;
mod hint;
mod imagine;
mod index;
mod inspect;
mod layout;
mod learn;
pub(crate) mod out;
pub mod progress;
#[cfg(feature = "postgres")]
mod publish;
#[cfg(feature = "postgres")]
mod published;
mod recommend;
#[cfg(feature = "explorer")]
mod snapshot;
mod train;

use crate::paths::Roots;
use clap::{Args, Parser, Subcommand};
use out::tell;
use std::path::PathBuf;
use std::process::ExitCode;

/// An explorer of shoe space: fly through a catalogue of shoes, ask for recommendations, and design
/// shoes that do not exist yet.
#[derive(Debug, Parser)]
#[command(version)]
#[cfg_attr(
    feature = "explorer",
    command(
        override_usage = "shoespace [OPTIONS] [CATALOGUE]\n       shoespace [OPTIONS] <COMMAND>"
    )
)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[cfg(feature = "explorer")]
    #[command(flatten)]
    explore: explore::ExploreArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// The folder that holds data/ and models/ (found by itself in a clone; also: SHOESPACE_DATA)
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Say more of what is being done (twice: much more)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open the explorer (this is also what happens without a command)
    #[cfg(feature = "explorer")]
    Explore(explore::ExploreArgs),
    /// Make a catalogue from photos
    Index(index::IndexArgs),
    /// Make one catalogue of parts that were indexed apart
    Fit(fit::FitArgs),
    /// Say what is in a catalogue
    Inspect(inspect::InspectArgs),
    /// Write a catalogue for other programs: CSV, Embedding Projector, Embedding Atlas
    Export(export::ExportArgs),
    /// Put a catalogue into PostgreSQL, for sites and other machines to ask
    #[cfg(feature = "postgres")]
    Publish(publish::PublishArgs),
    /// Take a catalogue out of PostgreSQL again
    #[cfg(feature = "postgres")]
    Unpublish(publish::UnpublishArgs),
    /// Recommend shoes like a shoe, or like a photo
    Recommend(recommend::RecommendArgs),
    /// Learn from a catalogue's own labels what likeness means
    Learn(learn::LearnArgs),
    /// Lay a catalogue out so that neighbours stand together
    Layout(layout::LayoutArgs),
    /// Measure recommendations or a generator
    Evaluate(evaluate::EvaluateArgs),
    /// Train a generator on a catalogue
    Train(train::TrainArgs),
    /// Design shoes that do not exist yet
    Generate(generate::GenerateArgs),
    /// Make a catalogue of shoes that do not exist
    Imagine(imagine::ImagineArgs),
    /// Render the explorer's scene to a picture, without a window
    #[cfg(feature = "explorer")]
    Snapshot(snapshot::SnapshotArgs),
}

/// Arguments that do not fit each other, beyond what clap can see: exit code 2, as its own.
#[derive(Debug, thiserror::Error)]
#[error("{0}\n\nFor more information, try '--help'.")]
struct Usage(String);

impl Cli {
    /// The arguments of this process. Ends it where they do not fit, or ask for help alone.
    pub fn of_process() -> Self {
        Self::try_parse().unwrap_or_else(|error| {
            let words = error.render().to_string();
            // clap tells what was written wrong, and that may be an address with its password.
            if error.use_stderr() && out::without_passwords(&words) != words.as_str() {
                tell!("{}", words.trim_end());
                std::process::exit(error.exit_code());
            }
            error.exit()
        })
    }
}

/// Runs the command. Exit code 0: done; 1: it failed, and standard error says why; 2: the arguments do
/// not fit; 130: somebody asked it to stop.
pub fn run(cli: Cli) -> ExitCode {
    crate::signals::say_why_pages_are_lost();
    keep_candle_from_waiting();
    let roots = Roots::of_process(cli.common.data_dir.as_deref());
    let outcome = match cli.command {
        // Flags of every command may stand before it (clap would take a command behind any flag for a catalogue,
        // were it told of this conflict); what only the explorer takes may not.
        #[cfg(feature = "explorer")]
        Some(_) if cli.explore.are_given() => Err(Usage(
            "a CATALOGUE and --tour stand behind the command that they are for, or alone".into(),
        )
        .into()),
        #[cfg(feature = "explorer")]
        // Bevy sets up its own log, so these two do not touch it.
        None => explore::run(cli.explore, &roots),
        #[cfg(not(feature = "explorer"))]
        None => Err(anyhow::anyhow!(
            "this build has no explorer (it was made with --no-default-features); see shoespace --help for the commands it has"
        )),
        #[cfg(feature = "explorer")]
        Some(Command::Explore(args)) => explore::run(args, &roots),
        #[cfg(feature = "explorer")]
        Some(Command::Snapshot(args)) => snapshot::run(args, &roots),
        Some(command) => {
            progress::log_to_stderr(cli.common.verbose);
            match command {
                Command::Index(args) => index::run(args, &roots),
                Command::Fit(args) => fit::run(args),
                Command::Inspect(args) => inspect::run(args, &roots),
                Command::Export(args) => export::run(args, &roots),
                #[cfg(feature = "postgres")]
                Command::Publish(args) => publish::run(args, &roots),
                #[cfg(feature = "postgres")]
                Command::Unpublish(args) => publish::run_unpublish(args),
                Command::Recommend(args) => recommend::run(args, &roots),
                Command::Learn(args) => learn::run(args, &roots),
                Command::Layout(args) => layout::run(args, &roots),
                Command::Evaluate(args) => evaluate::run(args, &roots),
                Command::Train(args) => train::run(args, &roots),
                Command::Generate(args) => generate::run(args, &roots),
                Command::Imagine(args) => imagine::run(args, &roots),
                #[cfg(feature = "explorer")]
                Command::Explore(_) | Command::Snapshot(_) => Ok(()),
            }
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // What was asked for and happened is no fault.
        Err(error) if progress::was_asked_to_stop() && is_stop(&error) => {
            tell!("{}", out::visible(&in_words(&error)));
            ExitCode::from(progress::STOPPED)
        }
        Err(error) => {
            tell!("error: {}", out::visible(&in_words(&error)));
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
}

/// Keeps Candle's own pool, which waits in a loop and takes the cores from the real work, to one thread. To be called before
/// there are others.
fn keep_candle_from_waiting() {
    #[expect(
        unsafe_code,
        reason = "setting a variable races with other threads that read it; at the start of the program there are none"
    )]
    // SAFETY: as the reason says.
    unsafe {
        std::env::set_var("CANDLE_NUM_THREADS", "1");
    }
}

/// Whether an error only says that the work was stopped; others can come of a stop too, as a full disk.
fn is_stop(error: &anyhow::Error) -> bool {
    let words = error.to_string();
    ["stopped", "cancelled"]
        .iter()
        .any(|word| words.contains(word))
}

/// The error and its causes on one line, outermost first. Some errors name their cause in their own words
/// already: it is not said twice. Where its advice is about a flag, that is named.
fn in_words(error: &anyhow::Error) -> String {
    let mut words = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !words.contains(&cause) {
            words = format!("{words}: {cause}");
        }
    }
    words + &hint::of(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;
    use clap::CommandFactory as _;

    #[test]
    fn a_cause_is_told_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("x.png: cannot be written: {source}")]
        struct Names {
            source: std::io::Error,
        }
        let source = std::io::Error::other("disk full");
        let told: anyhow::Result<()> = Err(Names { source }.into());
        assert_eq!(
            in_words(&told.context("the sheet").unwrap_err()),
            "the sheet: x.png: cannot be written: disk full"
        );
        let plain = anyhow::anyhow!("disk full").context("x.png");
        assert_eq!(in_words(&plain), "x.png: disk full");
    }

    #[test]
    fn flags_of_every_command_may_stand_before_it() {
        let parsed = Cli::try_parse_from(["shoespace", "-v", "--data-dir", "here", "inspect", "x"]);
        let parsed = parsed.unwrap();
        assert!(matches!(parsed.command, Some(Command::Inspect(_))));
        assert_eq!(parsed.common.data_dir, Some("here".into()));
        #[cfg(feature = "explorer")]
        {
            let alone = Cli::try_parse_from(["shoespace", "--data-dir", "here", "x"]).unwrap();
            assert!(alone.command.is_none() && alone.explore.are_given());
            let mixed = Cli::try_parse_from(["shoespace", "x", "inspect", "y"]).unwrap();
            assert!(mixed.command.is_some() && mixed.explore.are_given());
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
