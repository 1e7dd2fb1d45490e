//! One rule for upper and lower case, wherever words are compared: filters, facets, search, names of columns.

/// The text with letters of either case made the same, in any script: `Straße`, `STRASSE` and `strasse` are one.
/// (Unicode's simple folding by way of upper case; accents stay, as in `é`.)
pub fn fold_case(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    fold_chars(text.chars()).collect()
}

/// As [`fold_case`], letter by letter.
pub fn fold_chars(letters: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    // Upper case first: it makes one of `ς` and `σ`, and `SS` of `ß`.
    letters
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
}

/// Whether two texts differ in nothing but the case of their letters.
pub fn same_letters(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    fold_chars(a.chars()).eq(fold_chars(b.chars()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_either_case_are_the_same_in_any_script() {
        for (a, b) in [
            ("Boot", "bOOT"),
            ("ÉTÉ", "été"),
            ("Straße", "STRASSE"),
            ("ΟΔΟΣ", "οδος"),
            ("САПОГ", "сапог"),
        ] {
            assert_eq!(fold_case(a), fold_case(b), "{a} {b}");
            assert!(same_letters(a, b), "{a} {b}");
        }
        assert!(!same_letters("été", "ete"));
    }
}
