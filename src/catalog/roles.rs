//! What columns mean: kind, gender, colour, brand, title, original, number. Decided here alone, for import, titles,
//! filters and measurements: by what the catalogue's file says where it says anything, else from the columns' names
//! and, at import, from what is in them.

use super::fold::{fold_chars, same_letters};
use super::{Column, Roles, Table, Values};

/// What a column can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// What kind of shoe it is, as `articleType`.
    Kind,
    /// Whom it is for, as `gender`.
    Gender,
    /// The name of its colour, as `baseColour`.
    Colour,
    /// Its maker, as `brand`.
    Brand,
    /// A name for people, as `productDisplayName`.
    Title,
    /// A web address or a file of its original, as `url`.
    Original,
    /// A number or code that tells it apart from all others, as `sku`.
    Number,
    /// What it costs, as `price`.
    Price,
}

impl Role {
    /// All of them; where a name means two, the first counts.
    const ALL: [Self; 8] = [
        Self::Kind,
        Self::Gender,
        Self::Colour,
        Self::Brand,
        Self::Title,
        Self::Original,
        Self::Number,
        Self::Price,
    ];

    /// Names of columns that mean it, best first, as [`is_named`] compares them.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Kind => &KINDS,
            Self::Gender => &GENDERS,
            Self::Colour => &COLOURS,
            Self::Brand => &BRANDS,
            Self::Title => &TITLES,
            Self::Original => &ORIGINALS,
            Self::Number => &NUMBERS,
            Self::Price => &PRICES,
        }
    }

    /// What the file says, where it can say it.
    fn stored(self, roles: &Roles) -> Option<&str> {
        match self {
            Self::Kind => roles.kind.as_deref(),
            Self::Gender => roles.gender.as_deref(),
            Self::Colour => roles.colour.as_deref(),
            Self::Brand => roles.brand.as_deref(),
            Self::Title | Self::Original | Self::Number | Self::Price => None,
        }
    }

    /// Whether a file says it at all.
    fn is_stored(self) -> bool {
        matches!(self, Self::Kind | Self::Gender | Self::Colour | Self::Brand)
    }

    /// Whether its column tells shoes apart one by one, so that it is for search and not for filters.
    pub fn is_of_one_shoe(self) -> bool {
        matches!(self, Self::Title | Self::Original | Self::Number)
    }
}

const KINDS: [&str; 13] = [
    "articletype",
    "producttype",
    "shoetype",
    "type",
    "label",
    "category",
    "subcategory",
    "categories",
    "productcategory",
    "googleproductcategory",
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
const BRANDS: [&str; 7] = [
    "brand",
    "brands",
    "brandname",
    "manufacturer",
    "maker",
    "vendor",
    "designer",
];
const TITLES: [&str; 5] = [
    "productdisplayname",
    "title",
    "name",
    "productname",
    "product",
];
const ORIGINALS: [&str; 10] = [
    "url",
    "link",
    "imageurl",
    "imagesrc",
    "imagelink",
    "additionalimagelink",
    "variantimage",
    "images",
    "path",
    "file",
];
const NUMBERS: [&str; 16] = [
    "id",
    "productid",
    "articleid",
    "itemid",
    "styleid",
    "sku",
    "variantsku",
    "variantbarcode",
    "handle",
    "ean",
    "gtin",
    "upc",
    "asin",
    "barcode",
    "articlenumber",
    "productnumber",
];

const PRICES: [&str; 8] = [
    "price",
    "variantprice",
    "regularprice",
    "saleprice",
    "listprice",
    "retailprice",
    "unitprice",
    "currentprice",
];

/// The column that means `role`; none where no column does.
pub fn column_of(table: &dyn Table, role: Role) -> Option<&Column> {
    columns_of(table, role).next()
}

/// The columns that may mean `role`, best first.
pub fn columns_of(table: &dyn Table, role: Role) -> impl Iterator<Item = &Column> {
    let roles = table.roles().filter(|_| role.is_stored());
    let stored = roles.and_then(|roles| table.column(role.stored(roles)?));
    // A file that says what its columns mean means that no other one does.
    let names = if roles.is_some() { &[] } else { role.names() };
    let named = names.iter().flat_map(|known| {
        let is = move |column: &&Column| is_named(&column.name, known);
        table.columns().iter().filter(is)
    });
    stored.into_iter().chain(named)
}

/// What the column of this name means; none where it means nothing that is known.
pub fn role_of(table: &dyn Table, name: &str) -> Option<Role> {
    Role::ALL
        .into_iter()
        .find(|&role| columns_of(table, role).any(|column| column.name == name))
}

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
        .filter(|(column, categories)| {
            categories.len() > 1 && !is_how_it_is_sold(column, categories)
        })
        .collect();
    let by_name = |role: Role| {
        role.names().iter().find_map(|wanted| {
            let (column, _) = telling.iter().find(|(c, _)| is_named(&c.name, wanted))?;
            Some(column.name.clone())
        })
    };
    // Nine of ten shoes have a value that is such a word.
    let by_words = |known: &[&str]| {
        let (column, _) = telling.iter().find(|(_, categories)| {
            let all: usize = categories.iter().map(|(_, n)| n).sum();
            let known = categories
                .iter()
                .filter(|(word, _)| known.iter().any(|known| same_letters(known, word)));
            known.map(|(_, n)| n).sum::<usize>() * 10 >= all * 9
        })?;
        Some(column.name.clone())
    };
    Roles {
        kind: by_name(Role::Kind),
        gender: by_name(Role::Gender).or_else(|| by_words(&GENDER_WORDS)),
        colour: by_name(Role::Colour).or_else(|| by_words(&COLOUR_WORDS)),
        brand: by_name(Role::Brand),
    }
}

/// Whether a column `Type` tells how a product is sold, as WooCommerce's does, and not what it is.
fn is_how_it_is_sold(column: &Column, categories: &[(String, usize)]) -> bool {
    const WAYS: [&str; 8] = [
        "simple",
        "variable",
        "variation",
        "grouped",
        "external",
        "virtual",
        "downloadable",
        "subscription",
    ];
    let words = || categories.iter().flat_map(|(word, _)| word.split(','));
    is_named(&column.name, "type")
        && words().all(|word| WAYS.iter().any(|way| same_letters(way, word.trim())))
}

/// Whether a column's name is `known`, which is in lower case and letters alone: case, spaces and signs do not count,
/// nor does the `_label` of a renamed column.
fn is_named(name: &str, known: &str) -> bool {
    let suffix = "_label";
    let name = match name.len().checked_sub(suffix.len()) {
        Some(at) if name.is_char_boundary(at) && name[at..].eq_ignore_ascii_case(suffix) => {
            &name[..at]
        }
        _ => name,
    };
    fold_chars(name.chars().filter(|letter| letter.is_alphanumeric())).eq(known.chars())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sheet(Vec<Column>, Option<Roles>);

    impl Table for Sheet {
        fn len(&self) -> usize {
            2
        }
        fn id(&self, row: usize) -> &str {
            ["a", "b"][row]
        }
        fn columns(&self) -> &[Column] {
            &self.0
        }
        fn roles(&self) -> Option<&Roles> {
            self.1.as_ref()
        }
    }

    fn sheet(names: &[&str], roles: Option<Roles>) -> Sheet {
        let column = |name: &&str| Column::new(*name, Values::text([Some("x"), Some("y")]));
        Sheet(names.iter().map(column).collect(), roles)
    }

    #[test]
    fn names_are_the_same_however_they_are_written() {
        for name in [
            "Base Colour",
            "base_colour",
            "baseColour",
            "BASE-COLOUR_label",
        ] {
            assert!(is_named(name, "basecolour"), "{name}");
        }
        assert!(!is_named("colours", "colour") && !is_named("_label", "label"));
        assert!(is_named("label", "label"));
    }

    #[test]
    fn shops_names_mean_what_shops_mean() {
        let table = |columns: &[(&str, [&str; 2])]| -> Roles {
            let column = |(name, words): &(&str, [&str; 2])| {
                Column::new(*name, Values::text(words.iter().map(Some)))
            };
            guess_roles(&columns.iter().map(column).collect::<Vec<_>>())
        };
        let woo = table(&[
            ("Type", ["variable", "variation, virtual"]),
            ("Categories", ["Boots", "Sneakers"]),
            ("Brands", ["A", "B"]),
        ]);
        assert_eq!(woo.kind.as_deref(), Some("Categories"));
        assert_eq!(woo.brand.as_deref(), Some("Brands"));
        let shopify = table(&[
            ("Vendor", ["A", "B"]),
            ("Product Category", ["X > Shoes", "X > Boots"]),
            ("Type", ["Boots", "simple"]),
        ]);
        assert_eq!(shopify.kind.as_deref(), Some("Type"));
        assert_eq!(shopify.brand.as_deref(), Some("Vendor"));
        let merchant = table(&[
            ("google_product_category", ["187", "188"]),
            ("product_type", ["a", "b"]),
        ]);
        assert_eq!(merchant.kind.as_deref(), Some("product_type"));
    }

    #[test]
    fn what_the_file_says_comes_before_names() {
        let table = sheet(&["type", "cut", "Product Name", "SKU"], None);
        let named = |table: &Sheet, role| column_of(table, role).map(|c| c.name.clone());
        assert_eq!(named(&table, Role::Kind).as_deref(), Some("type"));
        assert_eq!(named(&table, Role::Title).as_deref(), Some("Product Name"));
        assert_eq!(role_of(&table, "SKU"), Some(Role::Number));
        assert_eq!(role_of(&table, "cut"), None);
        let said = Roles {
            kind: Some("cut".to_owned()),
            ..Roles::default()
        };
        let table = sheet(&["type", "cut", "colour", "title"], Some(said));
        assert_eq!(named(&table, Role::Kind).as_deref(), Some("cut"));
        assert_eq!(role_of(&table, "type"), None);
        assert_eq!(named(&table, Role::Colour), None, "the file names none");
        assert_eq!(named(&table, Role::Title).as_deref(), Some("title"));
    }
}
