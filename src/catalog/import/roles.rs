//! Which columns mean type, gender, colour and brand: told from their names, else from what is in them.

use crate::catalog::{Column, Roles, Values};

const KINDS: [&str; 10] = [
    "articletype",
    "producttype",
    "shoetype",
    "type",
    "label",
    "category",
    "subcategory",
    "kind",
    "class",
    "style",
];
const GENDERS: [&str; 5] = ["gender", "sex", "audience", "targetgender", "department"];
const COLOURS: [&str; 8] = [
    "basecolour",
    "basecolor",
    "colour",
    "color",
    "maincolour",
    "maincolor",
    "primarycolour",
    "primarycolor",
];
const BRANDS: [&str; 6] = [
    "brand",
    "brandname",
    "manufacturer",
    "maker",
    "vendor",
    "designer",
];

/// What genders are called in such tables.
const GENDER_WORDS: [&str; 15] = [
    "men", "women", "boys", "girls", "unisex", "male", "female", "man", "woman", "boy", "girl",
    "kids", "m", "f", "mens",
];
/// What colours are called in such tables.
const COLOUR_WORDS: [&str; 26] = [
    "black",
    "white",
    "grey",
    "gray",
    "red",
    "green",
    "blue",
    "navy blue",
    "navy",
    "yellow",
    "orange",
    "purple",
    "pink",
    "brown",
    "beige",
    "tan",
    "silver",
    "gold",
    "multi",
    "olive",
    "maroon",
    "cream",
    "khaki",
    "bronze",
    "copper",
    "burgundy",
];

/// The columns that seem to mean type, gender, colour and brand. A column of which every shoe has the same
/// value tells nothing and is none of them.
pub fn guess_roles(columns: &[Column]) -> Roles {
    let telling: Vec<(&Column, Vec<(String, usize)>)> = columns
        .iter()
        .filter(|c| matches!(c.values, Values::Text { .. }))
        .map(|c| (c, c.categories()))
        .filter(|(_, categories)| categories.len() > 1)
        .collect();
    let by_name = |known: &[&str]| {
        known.iter().find_map(|wanted| {
            let (column, _) = telling.iter().find(|(c, _)| plain(&c.name) == *wanted)?;
            Some(column.name.clone())
        })
    };
    // Nine of ten shoes have a value that is such a word.
    let by_words = |known: &[&str]| {
        let (column, _) = telling.iter().find(|(_, categories)| {
            let all: usize = categories.iter().map(|(_, n)| n).sum();
            let known = categories
                .iter()
                .filter(|(word, _)| known.contains(&word.to_lowercase().as_str()));
            known.map(|(_, n)| n).sum::<usize>() * 10 >= all * 9
        })?;
        Some(column.name.clone())
    };
    Roles {
        kind: by_name(&KINDS),
        gender: by_name(&GENDERS).or_else(|| by_words(&GENDER_WORDS)),
        colour: by_name(&COLOURS).or_else(|| by_words(&COLOUR_WORDS)),
        brand: by_name(&BRANDS),
    }
}

/// A name as it is compared: lower case, letters alone, without the `_label` of a renamed column.
fn plain(name: &str) -> String {
    let name = name.to_lowercase();
    let name = name.strip_suffix("_label").unwrap_or(&name);
    name.chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect()
}
