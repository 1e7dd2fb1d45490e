//! `shoespace train`: train a generator on a catalogue.

use super::asked::expect_ending;
use super::progress::{stop_on_ctrl_c, was_asked_to_stop};
use crate::cli::out::{say, tell, visible};
use crate::embed::EFFICIENTNET_LITE0;
use crate::gan::{self, FrozenNetworks, Generator, NetworkKind, Told, TrainOptions, Training};
use crate::job::{Job, JobEvent};
use crate::paths::Roots;
use crate::workspace;
use anyhow::Context as _;
use clap::ValueEnum;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The arguments of `shoespace train`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Beside MODEL.safetensors come MODEL.training.safetensors (the checkpoint that --resume goes on from),
MODEL.jsonl (a line of figures every 20 seconds), and MODEL.png (real shoes of the training split, and
designs at their codes). All are replaced every few minutes, and when Ctrl-C stops the run.

Example: an hour on the embedded catalogue, and half an hour more
  shoespace train data/fashion-mnist-shoes.parquet -o shoes.safetensors --minutes 60
  shoespace train data/fashion-mnist-shoes.parquet -o shoes.safetensors --minutes 90 --resume --plot")]
pub struct TrainArgs {
    /// The catalogue; only the shoes of its training split are looked at
    catalogue: PathBuf,
    /// The generator's file to write
    #[arg(short, long, value_name = "MODEL.safetensors")]
    output: PathBuf,
    /// Side of the pictures in pixels
    #[arg(long, default_value = "32", value_parser = clap::builder::PossibleValuesParser::new(["32", "64", "128"]))]
    size: String,
    /// Stop after so many minutes of training in all, resumed runs included [default: 60, without --images]
    #[arg(long, value_name = "N", value_parser = positive)]
    minutes: Option<f64>,
    /// Stop when the networks have seen so many pictures in all, resumed runs included
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    images: Option<u64>,
    /// Go on from the checkpoint beside MODEL
    #[arg(long)]
    resume: bool,
    /// Begin with the numbers of this generator instead of at random: a few minutes then fit it to the catalogue
    #[arg(long, value_name = "MODEL.safetensors", conflicts_with = "resume")]
    from: Option<PathBuf>,
    /// Threads to train with [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Seed of everything random: the same seed, threads and images give the same generator [default: 1, or
    /// with --resume the run's own]
    #[arg(long)]
    seed: Option<u64>,
    /// The networks: shoegan, or the original project's as a baseline for `evaluate gan --baseline`
    #[arg(long, value_enum, default_value_t = Which::Shoegan)]
    network: Which,
    /// Seconds between two checkpoints
    #[arg(long, value_name = "SECONDS", default_value_t = 180, value_parser = clap::value_parser!(u64).range(1..))]
    save_every: u64,
    /// Draw the log as MODEL.svg at the end
    #[arg(long)]
    plot: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Which {
    Shoegan,
    Original,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(n) if n > 0.0 && n.is_finite() => Ok(n),
        _ => Err(format!("{text} is no number of minutes above 0")),
    }
}

pub(super) fn run(args: TrainArgs, roots: &Roots) -> anyhow::Result<()> {
    if let Some(threads) = args.threads {
        // Fails only where the pool is there already, which is as good.
        let _ = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.into())
            .build_global();
    }
    let options = TrainOptions {
        size: args.size.parse()?,
        minutes: args
            .minutes
            .or_else(|| args.images.is_none().then_some(60.0)),
        images: args.images,
        seed: args.seed,
        network: match args.network {
            Which::Shoegan => NetworkKind::Shoegan,
            Which::Original => NetworkKind::Original,
        },
        save_every: Duration::from_secs(args.save_every),
    };
    let job = Job::observed(|event| match event {
        JobEvent::Warning(text) => tell!("warning: {}", visible(text)),
        JobEvent::Stage(name, _) => tell!("{name} …"),
        JobEvent::Advanced(_) => {}
    });
    stop_on_ctrl_c(&job, Some("what is done is kept"));
    // Before the pictures are read, which takes a while.
    let folder = match args.output.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    anyhow::ensure!(
        folder.is_dir(),
        "{}: there is no such folder to write {} to; make it, or choose another -o",
        folder.display(),
        args.output.display()
    );
    expect_ending(&args.output, "a generator", "safetensors")?;
    anyhow::ensure!(
        args.resume || !args.output.exists(),
        "{} is there already; choose another -o, or take it away first",
        args.output.display()
    );
    drop(crate::atomic_file::create(&args.output).with_context(|| {
        format!(
            "{}: cannot be written; choose another -o",
            args.output.display()
        )
    })?);
    let catalog = workspace::open(&args.catalogue)?;
    let frozen = FrozenNetworks::load(&EFFICIENTNET_LITE0.find(roots)?)?;
    let checkpoint = gan::checkpoint_path(&args.output);
    let mut training = if args.resume {
        Training::resume(&catalog, &options, &frozen, &args.output, &job)?
    } else {
        anyhow::ensure!(
            !checkpoint.exists(),
            "{} holds a run already; add --resume to go on with it, or choose another -o",
            checkpoint.display()
        );
        let from = args.from.as_deref().map(Generator::load).transpose()?;
        let from = from.as_ref();
        Training::begin(&catalog, &options, from, &frozen, &args.output, &job)?
    };
    tell!(
        "{} shoes, {}, {} pictures seen before; {} threads",
        training.shoes().0,
        training.describe(),
        training.images(),
        rayon::current_num_threads()
    );
    let ended = training.run(&options, &job, &mut |told| {
        if let Told::Line { words, .. } = told {
            tell!("{words}");
        }
    })?;
    if args.plot {
        let plot = args.output.with_extension("svg");
        // The generator is there all the same.
        if let Err(error) = gan::plot(&gan::log_path(&args.output), &plot) {
            job.warn(format!("{} is not drawn: {error}", plot.display()));
        }
    }
    let how = match ended {
        gan::Ended::Done => "trained",
        gan::Ended::Stopped => "stopped; go on with --resume",
    };
    let told = format!(
        "{}: {how}, {} pictures in {:.1} minutes",
        args.output.display(),
        training.images(),
        training.minutes()
    );
    match ended {
        gan::Ended::Stopped if was_asked_to_stop() => Err(anyhow::Error::msg(told)),
        _ => {
            say!("{told}");
            Ok(())
        }
    }
}
