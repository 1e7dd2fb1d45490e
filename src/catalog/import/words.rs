//! Text of people's files in messages: short, and without what a terminal would obey.

/// The longest text that a message quotes, in letters.
const LONGEST: usize = 60;

/// A text as messages show it: cut where it is long; control characters, and those that turn the writing around, are
/// written out.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for (count, letter) in text.chars().enumerate() {
        if count == LONGEST {
            shown.push('…');
            break;
        }
        let turns = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if letter.is_control() || turns {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// As [`shown`], but whole: a path is of no use where it is cut.
pub(super) fn shown_path(text: &str) -> String {
    let parts = text.split_inclusive('/');
    parts.map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_shown() {
        assert_eq!(
            shown("a\u{1b}[31m\nb\u{9b}\u{202e}"),
            "a\\u{1b}[31m\\nb\\u{9b}\\u{202e}"
        );
        assert_eq!(shown("größe 尺码"), "größe 尺码");
        let long = shown(&"x".repeat(1000));
        assert!(long.ends_with('…') && long.chars().count() == 61);
        assert_eq!(shown_path(&"abc/".repeat(40)), "abc/".repeat(40));
    }
}
