use super::*;
use crate::catalog::Values;

fn parsed(text: &str) -> Sheet {
    Sheet::parse(text.as_bytes().to_vec(), "t.csv".to_owned(), None).unwrap()
}

fn message(bytes: &[u8]) -> String {
    let error = Sheet::parse(bytes.to_vec(), "a\u{1b}b.csv".to_owned(), None).unwrap_err();
    error.to_string()
}

#[test]
fn names_of_columns_are_each_another() {
    let sheet = parsed("a,a,,a,a_2\n1,2,3,4,5\n");
    assert_eq!(sheet.header, ["a", "a_3", "column_3", "a_4", "a_2"]);
    assert!(
        sheet.warnings[0].contains("2 columns have the name of another"),
        "{:?}",
        sheet.warnings
    );
    assert_eq!(sheet.find("COLUMN_3"), Some(2));
}

#[test]
fn thousands_of_equal_names_take_no_time() {
    let many = ["x"; 12_000].join(",");
    let text = format!("{many}\n{}\n", many.replace('x', "1"));
    let sheet = parsed(&text);
    assert_eq!(sheet.header.len(), MOST_COLUMNS);
    assert!(
        sheet
            .warnings
            .iter()
            .any(|w| w.contains("has 12000 columns")),
        "{:?}",
        sheet.warnings
    );
    // A wide header over many short rows is small in memory.
    let wide = format!("{}\n{}", "a,".repeat(40_000), "1\n".repeat(40_000));
    let sheet = parsed(&wide);
    assert!(sheet.cells.bytes() < 10_000_000, "{}", sheet.cells.bytes());
}

#[test]
fn what_is_no_table_is_told_in_one_sentence() {
    assert!(message(b"\x1f\x8b\x08rest").contains("packed with gzip, no table"));
    assert!(message(b"<!DOCTYPE html><table>").contains("web page"));
    assert!(message(b"{\"a\": ").contains("cannot be read as JSON"));
    assert!(message(b"PK\x03\x04 and no more").contains("no workbook"));
    assert!(message(b"PAR1").contains("Parquet"));
    assert!(message(&[0, 1, 2, 3, 4, 5]).contains("no text"));
    // Nothing that a terminal obeys.
    assert!(!message(b"").contains('\u{1b}') && message(b"").contains("the table is empty"));
}

#[test]
fn a_workbook_is_a_table_as_any() {
    use workbooks::{text, xlsx};
    let rows = format!(
        "<row r=\"1\">{}{}</row><row r=\"2\">{}<c r=\"B2\"><v>40</v></c></row><row r=\"3\">{}<c r=\"B3\"><v>41.5</v></c></row>",
        text("A1", "file"),
        text("B1", "price"),
        text("A2", "a.jpg"),
        text("A3", "b.jpg"),
    );
    let sheet = Sheet::parse(xlsx(&[("S", &rows)]), "t.xlsx".to_owned(), None).unwrap();
    let columns = sheet.columns(&[Some(1), None, Some(0)], &[0]);
    assert_eq!(columns.len(), 1);
    assert_eq!(
        columns[0].values,
        Values::Real(vec![Some(41.5), None, Some(40.0)])
    );
}

#[test]
fn products_of_shopify_share_what_their_first_row_says() {
    let sheet = parsed(
        "Handle,Title,Vendor,Option1 Value,Variant SKU,Variant Price,Image Src,Image Position\n\
         red,Red Runner,Acme,38,R38,59.00,u/red_1.jpg,1\n\
         red,,,39,R39,61.00,u/red_2.jpg,2\n\
         red,,,,,,u/red_3.jpg,3\n\
         blue,Blue,Nord,40,B40,70.00,,\n",
    );
    let shop = sheet.shop.as_ref().unwrap();
    assert_eq!(shop.kind, ShopKind::Shopify);
    let value = |row, name| sheet.value(row, sheet.find(name).unwrap());
    assert_eq!(
        (
            value(1, "Title"),
            value(1, "Variant Price"),
            value(1, "Image Position")
        ),
        ("Red Runner", "61.00", "2")
    );
    assert_eq!(
        (
            value(2, "Vendor"),
            value(2, "Variant Price"),
            value(2, "Image Position")
        ),
        ("Acme", "59.00", "3")
    );
    assert_eq!([0, 1, 2, 3].map(|row| shop.product(row)), [0, 0, 0, 3]);
    assert_eq!([0, 1, 2, 3].map(|row| shop.shoe(row)), [0, 1, 0, 3]);
    assert_eq!(value(3, "Image Src"), "");
}

#[test]
fn variations_of_woocommerce_share_what_their_parent_says() {
    let sheet = parsed(
        "ID,Type,SKU,Name,Parent,Regular price,Categories,Images\n\
         1,variable,RUN,Runner,,,Sneakers,\"https://x/run1.jpg, https://x/run2.jpg\"\n\
         2,variation,RUN-38,Runner 38,RUN,59,,https://x/run38.jpg\n\
         3,variation,RUN-39,,id:1,60,,\n",
    );
    let shop = sheet.shop.as_ref().unwrap();
    assert_eq!(shop.kind, ShopKind::WooCommerce);
    let value = |row, name| sheet.value(row, sheet.find(name).unwrap());
    assert_eq!(
        (value(1, "Categories"), value(1, "Name"), value(1, "SKU")),
        ("Sneakers", "Runner 38", "RUN-38")
    );
    assert_eq!((value(2, "Name"), value(2, "Images")), ("Runner", ""));
    assert_eq!(value(0, "Regular price"), "59");
    assert!(parsed("Handle,colour\na,red\n").shop.is_none());
}
