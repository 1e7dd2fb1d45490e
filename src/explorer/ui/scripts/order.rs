//! In which order the pieces of a line stand on the screen, by the Unicode Bidirectional Algorithm.
//!
//! egui turns each word of a script that runs from right to left by itself, as it joins its letters. So such words stay as
//! they are written, and all that stands around them is put where it belongs.

use std::ops::Range;
use unicode_bidi::{BidiClass, BidiInfo, bidi_class};

/// A piece of a line, from left to right on the screen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    /// Its bytes in the line.
    pub(super) range: Range<usize>,
    /// What is shown in its place: a bracket that looks the other way.
    pub(super) mirrored: Option<char>,
    /// Whether it may be of the same font as the piece before it and must not be joined to it.
    pub(super) is_fenced: bool,
}

/// Whether any letter belongs to a script that runs from right to left.
pub(super) fn runs_from_right(text: &str) -> bool {
    !text.is_ascii() && text.chars().any(is_from_right)
}

fn is_from_right(c: char) -> bool {
    c >= '\u{590}' && matches!(bidi_class(c), BidiClass::R | BidiClass::AL)
}

/// The pieces of a line. What stands first on the screen comes first; a line begins at the right where its first letter
/// does.
pub(super) fn pieces(line: &str) -> Vec<Piece> {
    let info = BidiInfo::new(line, None);
    let mut pieces: Vec<Piece> = Vec::new();
    for paragraph in &info.paragraphs {
        let (levels, runs) = info.visual_runs(paragraph, paragraph.range.clone());
        for run in runs {
            if levels.get(run.start).is_some_and(|level| level.is_rtl()) {
                let mut parts = parts(line, run);
                parts.reverse();
                pieces.append(&mut parts);
            } else {
                pieces.push(piece(run));
            }
        }
    }
    fence(line, &mut pieces);
    pieces
}

fn piece(range: Range<usize>) -> Piece {
    Piece {
        range,
        mirrored: None,
        is_fenced: false,
    }
}

/// A run that goes from right to left, as words with their marks, and all else letter by letter; in the order of
/// reading.
fn parts(line: &str, run: Range<usize>) -> Vec<Piece> {
    let mut parts: Vec<(Piece, bool)> = Vec::new();
    for (at, c) in line[run.clone()].char_indices() {
        let range = run.start + at..run.start + at + c.len_utf8();
        let is_mark = bidi_class(c) == BidiClass::NSM || matches!(c, '\u{200c}' | '\u{200d}');
        match parts.last_mut() {
            // Marks go with whatever they stand on.
            Some((last, is_word)) if is_mark || (*is_word && is_from_right(c)) => {
                last.range.end = range.end;
            }
            _ => parts.push((
                Piece {
                    mirrored: mirror(c),
                    ..piece(range)
                },
                is_from_right(c),
            )),
        }
    }
    parts.into_iter().map(|(part, _)| part).collect()
}

/// Words are kept apart from letters beside them that may come from the same font, as figures and commas of their script.
fn fence(line: &str, pieces: &mut [Piece]) {
    for at in 1..pieces.len() {
        let text = |piece: &Piece| &line[piece.range.clone()];
        let (before, after) = (text(&pieces[at - 1]), text(&pieces[at]));
        let is_word = |text: &str| text.chars().next().is_some_and(is_from_right);
        let is_foreign = |c: Option<char>| c.is_some_and(|c| !c.is_ascii());
        pieces[at].is_fenced = (is_word(before) && is_foreign(after.chars().next()))
            || (is_word(after) && is_foreign(before.chars().next_back()));
    }
}

/// The bracket that looks the other way.
fn mirror(c: char) -> Option<char> {
    const PAIRS: [(char, char); 9] = [
        ('(', ')'),
        ('[', ']'),
        ('{', '}'),
        ('<', '>'),
        ('«', '»'),
        ('‹', '›'),
        ('≤', '≥'),
        ('「', '」'),
        ('『', '』'),
    ];
    PAIRS.iter().find_map(|&(a, b)| match c {
        _ if c == a => Some(b),
        _ if c == b => Some(a),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line as egui gets it.
    fn shown(line: &str) -> String {
        let mut out = String::new();
        for piece in pieces(line) {
            if piece.is_fenced {
                out.push('|');
            }
            match piece.mirrored {
                Some(c) => out.push(c),
                None => out.push_str(&line[piece.range]),
            }
        }
        out
    }

    #[test]
    fn words_change_places_and_stay_as_they_are_written() {
        for (line, wanted) in [
            ("red shoe", "red shoe"),
            ("נעל שחורה", "שחורה נעל"),
            ("حذاء أحمر", "أحمر حذاء"),
            // A word in a line that runs from left to right, and the other way round.
            ("brand: נעל שחורה (42)", "brand: (42) שחורה נעל"),
            ("נעל Nike שחורה", "שחורה Nike נעל"),
            ("נעל (שחורה)", "(שחורה) נעל"),
            ("שחור, 42.5", "42.5 ,שחור"),
            ("«نعم»", "«|نعم|»"),
            // Figures and commas of the same font are kept apart from the words.
            ("سعر، ١٢", "١٢ ،|سعر"),
            ("نعل…", "…|نعل"),
        ] {
            assert_eq!(shown(line), wanted, "{line}");
        }
        assert!(runs_from_right("a נ") && runs_from_right("ع"));
        assert!(!runs_from_right("Красный 红色 รองเท้า é ١"));
    }

    #[test]
    fn every_letter_is_shown_once_whatever_the_line() {
        for line in [
            "",
            "\u{200f}א\u{301}ב",
            "א\u{200c}ב",
            "((א[ב)",
            "\u{202e}abc\u{202c}א",
            "א\u{2029}ב",
            "👟א👟",
        ] {
            let mut bytes: Vec<usize> = pieces(line).into_iter().flat_map(|p| p.range).collect();
            bytes.sort_unstable();
            assert_eq!(bytes, (0..line.len()).collect::<Vec<_>>(), "{line:?}");
        }
    }
}
