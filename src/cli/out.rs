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
    let text = text.to_string();
    let _ = writeln!(std::io::stderr().lock(), "{}", without_passwords(&text));
}

/// `text` without the passwords of addresses in it (`postgres://ann:…@db`, `password=…`): whatever is named on a command
/// line may be told again, and land in a log.
pub fn without_passwords(text: &str) -> Cow<'_, str> {
    let is_end = |c: char| c.is_whitespace() || "`'\"<>".contains(c);
    let mut told = String::new();
    let mut rest = text;
    loop {
        let lower = rest.to_ascii_lowercase();
        let word = lower.find("passw").and_then(|at| {
            let equals = at + lower[at..].find(|c: char| !c.is_ascii_alphabetic())?;
            lower[equals..].starts_with('=').then_some(equals + 1)
        });
        let address = lower.find("://").or_else(|| lower.find("postgres:/"));
        let (start, is_address) = match (word, address) {
            (None, None) => break,
            (Some(word), Some(address)) if word <= address => (word, false),
            (Some(word), None) => (word, false),
            (_, Some(address)) => (address + rest[address..].find('/').unwrap_or(0), true),
        };
        let (before, from) = rest.split_at(start);
        let end = from.find(is_end).unwrap_or(from.len());
        let (token, after) = from.split_at(end);
        told += before;
        match (is_address, token.rfind('@')) {
            (true, Some(at)) => {
                let user = token[..at].find(':').unwrap_or(at);
                told += &token[..user];
                if user < at {
                    told += ":…";
                }
                // What stands behind it may hold a `password=` of its own.
                rest = &from[at..];
            }
            (true, None) => {
                let step = token.chars().next().map_or(0, char::len_utf8);
                told += &token[..step];
                rest = &from[step..];
            }
            (false, _) => {
                let end = token.find('&').unwrap_or(token.len());
                told += "…";
                rest = &from[end..];
                if end == token.len() {
                    rest = after;
                }
            }
        }
    }
    match told.is_empty() {
        true => Cow::Borrowed(text),
        false => Cow::Owned(told + rest),
    }
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
    fn passwords_are_not_told() {
        for (text, told) in [
            ("shoes.parquet: missing", "shoes.parquet: missing"),
            ("a postgres://ann:pw@h/d: b", "a postgres://ann:…@h/d: b"),
            ("POSTGRES://ann:p/w:@x@h", "POSTGRES://ann:…@h"),
            ("postgres:/ann:pw@h", "postgres:/ann:…@h"),
            ("'mysql://ann@h' x", "'mysql://ann@h' x"),
            ("host=h password=pw x", "host=h password=… x"),
            (
                "p://a:b@c?passwrd=pw&x=1 `q://d:e@f`",
                "p://a:…@c?passwrd=…&x=1 `q://d:…@f`",
            ),
            ("https://example.com/a", "https://example.com/a"),
            ("password", "password"),
        ] {
            assert_eq!(without_passwords(text), told, "{text}");
        }
    }

    #[test]
    fn escape_codes_are_told_not_sent() {
        assert_eq!(visible("Größe\t42\n"), "Größe\t42\n");
        assert_eq!(
            visible("a\u{1b}[2Jb\u{9b}0m.png\r"),
            "a\\u{1b}[2Jb\\u{9b}0m.png\\r"
        );
    }
}
