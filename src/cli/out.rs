//! Standard output, for results. (What `println!` does where a pipe is closed or a disk full is a panic.)
//! And text that a terminal may be shown, whatever names the files in it bear.

use std::borrow::Cow;
use std::io::{ErrorKind, IsTerminal as _, Write as _};

/// `text` with control characters told instead of sent, but for ends of lines and tabs: a file or a shoe can
/// have escape codes in its name, and a terminal would obey them.
pub fn visible(text: &str) -> Cow<'_, str> {
    let obeyed = |c: char| c.is_control() && c != '\n' && c != '\t';
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    let mut told = String::with_capacity(text.len());
    for c in text.chars() {
        if obeyed(c) {
            told.extend(c.escape_default());
        } else {
            told.push(c);
        }
    }
    Cow::Owned(told)
}

/// Writes to standard output. A reader that has seen enough closes the pipe: the program then ends, and that is no
/// fault. Where the text cannot be written for another reason, the program says so and ends with exit code 1.
pub fn write(text: std::fmt::Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    let written = if out.is_terminal() {
        out.write_all(visible(&text.to_string()).as_bytes())
    } else {
        out.write_fmt(text)
    };
    if let Err(error) = written.and_then(|()| out.flush()) {
        let closed = error.kind() == ErrorKind::BrokenPipe;
        if !closed {
            write_for_people(format_args!(
                "error: standard output: cannot be written ({error})"
            ));
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

/// A line for people, on standard error. What cannot be written there is lost, and the work goes on: somebody may have
/// closed it, as `2>&1 | head` does.
pub fn write_for_people(text: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// A line for people, on standard error.
macro_rules! tell {
    ($($all:tt)*) => { $crate::cli::out::write_for_people(format_args!($($all)*)) };
}

/// A part of a line of results.
macro_rules! say_part {
    ($($all:tt)*) => { $crate::cli::out::write(format_args!($($all)*)) };
}

pub(crate) use {say, say_part, tell};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_codes_are_told_not_sent() {
        assert_eq!(visible("Größe\t42\n"), "Größe\t42\n");
        assert_eq!(
            visible("a\u{1b}[2Jb\u{9b}0m.png\r"),
            "a\\u{1b}[2Jb\\u{9b}0m.png\\r"
        );
    }
}
