//! The one binary: parses the command line and hands over to [`shoespace::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    // The process ends with exit code 2 when the arguments do not fit.
    shoespace::cli::run(shoespace::cli::Cli::of_process())
}
