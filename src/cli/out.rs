//! Standard output, for results. (What `println!` does where a pipe is closed or a disk full is a panic.)

use std::io::{ErrorKind, Write as _};

/// Writes to standard output. A reader that has seen enough closes the pipe: the program then ends, and that is no
/// fault. Where the text cannot be written for another reason, the program says so and ends with exit code 1.
pub fn write(text: std::fmt::Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = out.write_fmt(text).and_then(|()| out.flush()) {
        let closed = error.kind() == ErrorKind::BrokenPipe;
        if !closed {
            eprintln!("error: standard output: cannot be written ({error})");
        }
        std::process::exit(i32::from(!closed));
    }
}

/// A line of results.
macro_rules! say {
    () => { $crate::cli::out::write(format_args!("\n")) };
    ($($all:tt)*) => {
        $crate::cli::out::write(format_args!("{}\n", format_args!($($all)*)))
    };
}

/// A part of a line of results.
macro_rules! say_part {
    ($($all:tt)*) => { $crate::cli::out::write(format_args!($($all)*)) };
}

pub(crate) use {say, say_part};
