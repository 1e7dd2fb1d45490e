//! Tables that shops' programs write: products of several rows and several pictures.
//!
//! Shopify writes a product as rows of one `Handle`: the first tells all of it, later ones only their variant, their
//! picture, or both. WooCommerce writes variations with the `Parent` that they belong to. Google Merchant feeds have a row an item.

use super::Sheet;
use std::collections::HashMap;

/// Who wrote a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum ShopKind {
    Shopify,
    WooCommerce,
    Merchant,
}

impl ShopKind {
    /// The kind of table, for people.
    pub(in super::super) fn name(self) -> &'static str {
        match self {
            Self::Shopify => "a product export of Shopify",
            Self::WooCommerce => "a product export of WooCommerce",
            Self::Merchant => "a feed for Google Merchant",
        }
    }
}

/// The products of a shop's table.
#[derive(Debug, Clone)]
pub(in super::super) struct Shop {
    pub(in super::super) kind: ShopKind,
    /// For each row the first one of its product; itself where it is that.
    products: Vec<usize>,
    /// Whether a row is more than a further picture of its product.
    is_variant: Vec<bool>,
    /// For each column whom it is about.
    about: Vec<About>,
    /// For each product's first row the first of its variations (WooCommerce).
    variations: HashMap<usize, usize>,
}

/// Whom a column is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Product,
    Variant,
    Picture,
}

impl Shop {
    /// The products of a table; none where no shop's program wrote it.
    pub(super) fn of(sheet: &Sheet) -> Option<Self> {
        let header: Vec<String> = sheet.header.iter().map(|name| plain(name)).collect();
        let find = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| header.iter().position(|other| other == name))
        };
        if let Some(handle) = find(&["handle", "urlhandle"])
            && find(&["imagesrc", "productimageurl", "variantsku", "variantprice"]).is_some()
        {
            return Some(Self::shopify(sheet, &header, handle));
        }
        if let (Some(_), Some(_)) = (find(&["images"]), find(&["type"]))
            && let Some(parent) = find(&["parent"])
        {
            return Some(Self::woocommerce(
                sheet,
                &header,
                parent,
                find(&["sku"]),
                find(&["id"]),
            ));
        }
        if find(&["imagelink"]).is_some() && find(&["id"]).is_some() && find(&["title"]).is_some() {
            return Some(Self {
                kind: ShopKind::Merchant,
                products: (0..sheet.len()).collect(),
                is_variant: vec![true; sheet.len()],
                about: vec![About::Variant; header.len()],
                variations: HashMap::new(),
            });
        }
        None
    }

    fn shopify(sheet: &Sheet, header: &[String], handle: usize) -> Self {
        let about: Vec<About> = header.iter().map(|name| shopify_about(name)).collect();
        let of_variants: Vec<usize> = (0..about.len())
            .filter(|&column| about[column] == About::Variant)
            .collect();
        let mut first: HashMap<&str, usize> = HashMap::new();
        let mut products = Vec::with_capacity(sheet.len());
        for row in 0..sheet.len() {
            products.push(match sheet.cell(row, handle) {
                "" => row,
                handle => *first.entry(handle).or_insert(row),
            });
        }
        let is_variant = (0..sheet.len()).map(|row| {
            products[row] == row
                || of_variants
                    .iter()
                    .any(|&column| !sheet.cell(row, column).is_empty())
        });
        let is_variant = is_variant.collect();
        Self {
            kind: ShopKind::Shopify,
            products,
            is_variant,
            about,
            variations: HashMap::new(),
        }
    }

    fn woocommerce(
        sheet: &Sheet,
        header: &[String],
        parent: usize,
        sku: Option<usize>,
        id: Option<usize>,
    ) -> Self {
        let mut rows: HashMap<String, usize> = HashMap::new();
        for row in 0..sheet.len() {
            if let Some(sku) = sku
                .map(|sku| sheet.cell(row, sku))
                .filter(|sku| !sku.is_empty())
            {
                rows.entry(sku.to_owned()).or_insert(row);
            }
            if let Some(id) = id.map(|id| sheet.cell(row, id)).filter(|id| !id.is_empty()) {
                rows.entry(format!("id:{id}")).or_insert(row);
            }
        }
        let mut variations = HashMap::new();
        let products: Vec<usize> = (0..sheet.len())
            .map(|row| {
                let product = rows
                    .get(sheet.cell(row, parent))
                    .copied()
                    .filter(|&other| other != row);
                if let Some(product) = product {
                    variations.entry(product).or_insert(row);
                }
                product.unwrap_or(row)
            })
            .collect();
        let about = header.iter().map(|name| match name.as_str() {
            "images" => About::Picture,
            "id" | "sku" | "type" | "parent" => About::Variant,
            _ => About::Product,
        });
        let about = about.collect();
        Self {
            kind: ShopKind::WooCommerce,
            is_variant: vec![true; sheet.len()],
            products,
            about,
            variations,
        }
    }

    /// The first row of the product that a row is of.
    pub(in super::super) fn product(&self, row: usize) -> usize {
        self.products[row]
    }

    /// The row of the shoe that a row's pictures show: its own, or where it only adds a picture, the product's.
    pub(in super::super) fn shoe(&self, row: usize) -> usize {
        match self.is_variant[row] {
            true => row,
            false => self.products[row],
        }
    }

    /// The row that tells what a row leaves empty in a column.
    pub(super) fn source_of(&self, row: usize, column: usize) -> Option<usize> {
        let (product, about) = (self.products[row], self.about[column]);
        if product != row {
            let tells = about == About::Product || about == About::Variant && !self.is_variant[row];
            return tells.then_some(product);
        }
        // A product in variations has no price of its own.
        match about {
            About::Product => self.variations.get(&row).copied(),
            _ => None,
        }
    }
}

/// A column's name in small letters and digits alone.
fn plain(name: &str) -> String {
    crate::catalog::fold_chars(name.chars().filter(|letter| letter.is_alphanumeric())).collect()
}

fn shopify_about(name: &str) -> About {
    let of_variants = [
        "sku",
        "price",
        "compareatprice",
        "costperitem",
        "barcode",
        "gramweight",
    ];
    let is_option = name.starts_with("option") && name.ends_with("value");
    if name == "variantimage"
        || name == "variantimageurl"
        || name.starts_with("image")
        || name.starts_with("productimage")
    {
        About::Picture
    } else if is_option
        || name.starts_with("variant")
        || name.starts_with("inventory")
        || of_variants.contains(&name)
    {
        About::Variant
    } else {
        About::Product
    }
}
