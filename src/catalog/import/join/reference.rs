//! What a cell of a table says of pictures: one or several paths, addresses or names, however they are written.

use super::super::tree::is_picture;
use crate::catalog::fold_case;
use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

/// The longest cell that is looked at for pictures, in bytes.
const LONGEST: usize = 64 << 10;

/// At most so many pictures of one cell.
const MOST: usize = 500;

/// A text in Unicode's composed form: `é` is one letter, whatever system wrote it.
pub(super) fn composed(text: &str) -> Cow<'_, str> {
    match text.is_ascii() || is_nfc(text) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.nfc().collect()),
    }
}

/// A text as names are looked up: composed, and in letters of one case.
pub(super) fn folded(text: &str) -> String {
    fold_case(&composed(text))
}

/// Whether a cell holds names of files or addresses.
pub(super) fn is_of_files(cell: &str) -> bool {
    cell.len() <= LONGEST
        && (cell.contains("://")
            || cell
                .split([',', ';', '|', ' ', '\n', '"', '\''])
                .any(|part| is_picture(without_query(part))))
}

/// The texts of a cell that may each name a picture, when the cell as a whole names none.
pub(super) fn parts(cell: &str) -> Vec<&str> {
    if cell.len() > LONGEST || !is_of_files(cell) {
        return Vec::new();
    }
    let list = cell
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(cell);
    let trim = |part: &&str| !part.is_empty();
    let clean = unquoted;
    let mut parts: Vec<&str> = Vec::new();
    for part in list
        .split([',', ';', '|', '\n', '\r', '\t'])
        .map(clean)
        .filter(trim)
    {
        // Names may have spaces in them; what ends as a picture several times is several names.
        let words = part
            .split(' ')
            .filter(|word| is_picture(without_query(word)))
            .count();
        if words > 1 {
            parts.extend(part.split(' ').map(clean).filter(trim));
        } else {
            parts.push(part);
        }
        if parts.len() > MOST {
            break;
        }
    }
    parts.truncate(MOST);
    parts
}

fn unquoted(part: &str) -> &str {
    part.trim_matches(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '\''))
}

/// The ways to read a reference as a path, the most literal first.
pub(super) fn readings(reference: &str) -> Vec<Cow<'_, str>> {
    let mut readings = vec![Cow::Borrowed(reference)];
    let add = |reading: Cow<'_, str>, all: &mut Vec<Cow<'_, str>>| {
        if all.last().is_some_and(|last| *last != reading) {
            all.push(Cow::Owned(reading.into_owned()));
        }
    };
    let slashed = match reference.contains('\\') {
        true => Cow::Owned(reference.replace('\\', "/")),
        false => Cow::Borrowed(reference),
    };
    add(slashed.clone(), &mut readings);
    let bare = without_query(&slashed);
    add(Cow::Borrowed(bare), &mut readings);
    if bare.contains('%')
        && let Some(decoded) = percent_decoded(bare)
    {
        add(Cow::Owned(decoded), &mut readings);
    }
    readings
}

/// A path without what stands behind it in an address: `?v=1`, `#top`.
pub(super) fn without_query(path: &str) -> &str {
    path.split(['?', '#']).next().unwrap_or(path)
}

fn percent_decoded(text: &str) -> Option<String> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let bytes = text.as_bytes();
    let (mut decoded, mut place) = (Vec::with_capacity(bytes.len()), 0);
    while place < bytes.len() {
        let pair = (
            bytes.get(place + 1).copied().and_then(digit),
            bytes.get(place + 2).copied().and_then(digit),
        );
        match (bytes[place], pair) {
            (b'%', (Some(high), Some(low))) => {
                decoded.push(high * 16 + low);
                place += 3;
            }
            (byte, _) => {
                decoded.push(byte);
                place += 1;
            }
        }
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_may_list_pictures() {
        let lists = [
            "a.jpg,b.jpg",
            "a.jpg; b.jpg",
            "a.jpg|b.jpg",
            "a.jpg\nb.jpg",
            "a.jpg b.jpg",
            "[\"a.jpg\", \"b.jpg\"]",
            "['a.jpg', 'b.jpg']",
        ];
        for list in lists {
            assert_eq!(parts(list), ["a.jpg", "b.jpg"], "{list}");
        }
        assert_eq!(
            parts("my shoe 1.jpg, my shoe 2.jpg"),
            ["my shoe 1.jpg", "my shoe 2.jpg"]
        );
        assert_eq!(
            parts("https://x.y/a.jpg?v=1, https://x.y/b.jpg?v=2").len(),
            2
        );
        assert!(parts("red, blue").is_empty() && parts(&"a.jpg,".repeat(100_000)).is_empty());
    }

    #[test]
    fn references_are_read_as_paths() {
        let last = |text: &str| {
            readings(text)
                .last()
                .map(|reading| reading.to_string())
                .unwrap()
        };
        assert_eq!(last("C:\\a\\b.jpg"), "C:/a/b.jpg");
        assert_eq!(
            last("https://c/f/my%20shoe%C3%A9.jpg?v=1#x"),
            "https://c/f/my shoeé.jpg"
        );
        assert_eq!(last("50%.jpg"), "50%.jpg");
        assert_eq!(readings("a.jpg"), ["a.jpg"]);
        assert_eq!(folded("CAFE\u{301}"), folded("caf\u{e9}"));
    }
}
