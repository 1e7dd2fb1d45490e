//! What the names of files tell: pictures by their endings, and names without them.

use crate::catalog::picture;
use std::borrow::Cow;

/// Endings of pictures that people have and that are not read: they are reported as unreadable.
const UNREADABLE: [&str; 9] = [
    "pam", "heic", "heif", "avif", "jxl", "jp2", "dng", "cr2", "nef",
];

/// Endings of downloads that did not finish: whatever is in such a file, it is not whole.
const UNFINISHED: [&str; 9] = [
    "part",
    "partial",
    "crdownload",
    "download",
    "opdownload",
    "aria2",
    "!ut",
    "!qb",
    "tmp",
];

/// Whether an ending is a picture's.
fn is_picture_ending(ending: &str) -> bool {
    picture::ENDINGS
        .iter()
        .chain(&UNREADABLE)
        .any(|known| known.eq_ignore_ascii_case(ending))
}

/// What stands behind the last dot of a path's last part; empty where there is none.
fn ending(name: &str) -> &str {
    let file = name.rsplit('/').next().unwrap_or(name);
    match file.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => ending,
        _ => "",
    }
}

/// Whether a name ends as a picture's does.
pub(in crate::catalog::import) fn is_picture(name: &str) -> bool {
    is_picture_ending(name.rsplit_once('.').map_or("", |(_, ending)| ending))
}

/// A path without the ending of a picture, and what stands behind that: a query (`a.jpg?v=2`), a size
/// (`a.jpg:large`), the number of a copy (`a.jpg~1`, `a.jpg.1`). Other dots belong to the name.
pub(in crate::catalog::import) fn stem(name: &str) -> &str {
    let start = name.rfind('/').map_or(0, |place| place + 1);
    let file = &name[start..];
    let dots = file.match_indices('.').map(|(place, _)| place);
    let ends = |place: usize| {
        let rest = &file[place + 1..];
        let length = rest
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        let (ending, tail) = rest.split_at(length);
        let is_tail = tail.is_empty()
            || tail.starts_with(['?', ':', '~', ';', '#', '!', '&', '@', '%'])
            || tail
                .strip_prefix('.')
                .is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()));
        is_tail && is_picture_ending(ending)
    };
    match dots.rev().find(|&place| place > 0 && ends(place)) {
        Some(place) => &name[..start + place],
        None => name,
    }
}

/// The kind of a file that is no picture, by its name: `.json`, `without an ending`.
pub fn kind(name: &str) -> Cow<'static, str> {
    let ending = ending(name);
    let is_usual = ending.len() <= 12 && ending.chars().all(|c| c.is_alphanumeric() || c == '_');
    match ending {
        "" => "without an ending".into(),
        _ if is_usual => format!(".{}", ending.to_lowercase()).into(),
        _ => "with an odd ending".into(),
    }
}

/// Whether a name is that of a download that did not finish.
pub(super) fn is_unfinished(name: &str) -> bool {
    has_ending(name, &UNFINISHED)
}

/// Whether a name has one of these endings, in letters of either case.
pub(super) fn has_ending(name: &str, endings: &[&str]) -> bool {
    let own = ending(name);
    endings.iter().any(|known| known.eq_ignore_ascii_case(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_go_with_what_stands_behind_them() {
        for (name, wanted) in [
            ("a/b.jpg", "a/b"),
            ("a/b.c.PNG", "a/b.c"),
            ("shoe-1.jpg?v=1699021", "shoe-1"),
            ("shoe-2.jpg?width=800&crop=center", "shoe-2"),
            ("shoe.jpg?url=a.b", "shoe"),
            ("DKx9.jpg:large", "DKx9"),
            ("photo.jpg~1", "photo"),
            ("photo.jpg.2", "photo"),
            ("d41d8", "d41d8"),
            ("v1.2", "v1.2"),
            (".jpg", ".jpg"),
            ("a/.jpg", "a/.jpg"),
            ("x.jpg/y.txt", "x.jpg/y.txt"),
            ("T.U.K.", "T.U.K."),
            ("größe.jpg", "größe"),
        ] {
            assert_eq!(stem(name), wanted);
        }
    }

    #[test]
    fn kinds_are_endings() {
        for (name, wanted) in [
            ("a/b.JSON", ".json"),
            ("README", "without an ending"),
            ("a.b/c", "without an ending"),
            ("a.this is no ending at all", "with an odd ending"),
            (".x", "without an ending"),
        ] {
            assert_eq!(kind(name), wanted);
        }
        assert!(is_unfinished("a.jpg.crdownload") && is_unfinished("b.PART"));
        assert!(!is_unfinished("part") && !is_unfinished("a.jpg"));
    }
}
