//! The one binary: parses the command line and hands over to [`shoespace::cli`].

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    // clap ends the process itself with exit code 2 when the arguments do not fit.
    shoespace::cli::run(shoespace::cli::Cli::parse())
}
