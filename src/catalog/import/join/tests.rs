use super::*;

fn sheet(header: &[&str], rows: &[&[&str]]) -> Sheet {
    let owned = |row: &[&str]| {
        row.iter()
            .map(|cell| (*cell).to_owned())
            .collect::<Vec<_>>()
    };
    let rows: Vec<_> = rows.iter().map(|row| owned(row)).collect();
    Sheet::of_rows("t.csv".to_owned(), owned(header), &rows)
}

const RULES: Rules<'static> = Rules {
    scope: "",
    each_picture: false,
    is_given: true,
};

fn joined(names: &[&str], sheet: Sheet) -> Join {
    Join::new(sheet, &Pictures::new(names), RULES)
        .map_err(|refused| refused.1)
        .unwrap()
}

fn rows(
    names: &[&str],
    header: &[&str],
    rows: &[&[&str]],
) -> (Vec<Option<usize>>, String, JoinReport) {
    let join = joined(names, sheet(header, rows));
    (
        join.rows(names.len()),
        join.sheet.header[join.key].clone(),
        join.report,
    )
}

#[test]
fn the_column_is_chosen_by_what_is_in_it() {
    let names = ["1.jpg", "2.jpg", "3.jpg"];
    let table: &[&[&str]] = &[
        &["1", "3.jpg", "red"],
        &["2", "1.jpg", "green"],
        &["3", "2.jpg", "blue"],
    ];
    let (found, key, report) = rows(&names, &["id", "Bilddatei", "colour"], table);
    assert_eq!(
        (found, key.as_str()),
        (vec![Some(1), Some(2), Some(0)], "Bilddatei")
    );
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.contains("`id` names pictures too")),
        "{:?}",
        report.notes
    );
    // Fewer pictures by file names than by running numbers: where they disagree, names of files are believed.
    let table: &[&[&str]] = &[&["1", "3.jpg"], &["2", "1.jpg"], &["3", "gone.jpg"]];
    assert_eq!(
        rows(&names, &["n", "file"], table).0,
        [Some(1), None, Some(0)]
    );
    // Where they agree, the one that names more.
    let table: &[&[&str]] = &[&["1", "1.jpg"], &["2", "2.jpg"], &["3", "gone.jpg"]];
    assert_eq!(
        rows(&names, &["sku", "file"], table).0,
        [Some(0), Some(1), Some(2)]
    );
}

#[test]
fn a_cell_may_list_addresses_and_a_name_may_have_a_comma() {
    let names = ["a1.jpg", "a2.jpg", "b, c.jpg", "c.jpg"];
    for list in [
        "https://x.de/wp/a1.jpg, https://x.de/wp/a2.jpg",
        "https://x.de/a1.jpg?v=1 https://x.de/a2.jpg",
        "a1.jpg|a2.jpg",
        "[\"img/a1.jpg\", \"img/a2.jpg\"]",
    ] {
        let (found, ..) = rows(&names, &["Images"], &[&[list], &["p/b, c.jpg"]]);
        assert_eq!(found, [Some(0), Some(0), Some(1), None], "{list}");
    }
}

#[test]
fn what_is_in_doubt_has_no_row_and_is_told() {
    let names = ["boots/1.jpg", "sandals/1.jpg", "sandals/2.jpg"];
    let (found, _, report) = rows(&names, &["file"], &[&["1.jpg"], &["2.jpg"]]);
    assert_eq!(found, [None, None, Some(1)]);
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.contains("1 rows name one of several pictures")),
        "{:?}",
        report.notes
    );
    // Another cell says which is meant.
    let (found, ..) = rows(
        &names,
        &["kind", "file"],
        &[&["Sandals", "1.jpg"], &["boots", "1.jpg"]],
    );
    assert_eq!(found, [Some(1), Some(0), None]);
    // Two rows, one picture: by the same text the first counts, by others neither.
    let (found, _, report) = rows(
        &["a.jpg"],
        &["file", "n"],
        &[&["a.jpg", "1"], &["a.jpg", "2"]],
    );
    assert_eq!(found, [Some(0)]);
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.contains("an earlier row names")),
        "{:?}",
        report.notes
    );
    let names = ["x/a.jpg", "x/b.jpg"];
    let (found, _, report) = rows(
        &names,
        &["file"],
        &[&["p/a.jpg"], &["q/a.jpg"], &["p/b.jpg"]],
    );
    assert_eq!(found, [None, Some(2)]);
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.contains("named by several rows")),
        "{:?}",
        report.notes
    );
    // A row of a picture that is not there takes no other one's.
    let (found, _, report) = rows(
        &["boots/1.jpg"],
        &["file"],
        &[&["sandals/1.jpg"], &["boots/1.jpg"]],
    );
    assert_eq!((found, report.rows_left), (vec![Some(1)], 1));
}

#[test]
fn letters_of_either_case_are_folded_only_where_nothing_is_lost() {
    let names = ["A.jpg", "a.jpg", "cafe\u{301}.jpg"];
    let (found, ..) = rows(
        &names,
        &["f"],
        &[&["a.jpg"], &["A.jpg"], &["Caf\u{e9}.JPG"]],
    );
    assert_eq!(found, [Some(1), Some(0), Some(2)]);
    let (found, ..) = rows(&names, &["f"], &[&["A.JPG"], &["caf\u{e9}.jpg"]]);
    assert_eq!(found, [None, None, Some(1)]);
}

#[test]
fn names_without_endings_and_views_are_found() {
    let names = [
        "SKU1.jpg",
        "SKU1_2.jpg",
        "sku2-front.png",
        "sku2-back.png",
        "SKU2-1_1.jpg",
        "other-3.jpg",
    ];
    let (found, key, _) = rows(
        &names,
        &["code", "n"],
        &[&["SKU1", "5"], &["SKU2", "5"], &["SKU2-1", "6"]],
    );
    assert_eq!(key, "code");
    assert_eq!(found, [Some(0), Some(0), Some(1), Some(1), Some(2), None]);
    // What stands in several rows is the name of none.
    let refused = Join::new(
        sheet(&["kind"], &[&["boot"], &["boot"]]),
        &Pictures::new(&["boot_1.jpg", "boot_2.jpg"]),
        RULES,
    );
    assert!(refused.is_err());
}

#[test]
fn several_pictures_of_a_row_are_one_shoe_in_a_shops_table_alone() {
    let names = ["r1.jpg", "r2.jpg", "s1.jpg"];
    let shop = || {
        sheet(
            &["id", "title", "image_link", "additional_image_link"],
            &[
                &[
                    "7",
                    "Red",
                    "https://x/r1.jpg?v=1",
                    "https://x/r2.jpg,https://x/r3.jpg",
                ],
                &["8", "S", "https://x/s1.jpg", ""],
            ],
        )
    };
    let join = joined(&names, shop());
    assert_eq!(join.pairs, [(0, 0), (1, 0), (2, 1)]);
    assert_eq!(join.further, [1]);
    assert_eq!(join.report.columns, ["image_link", "additional_image_link"]);
    let each = Join::new(
        shop(),
        &Pictures::new(&names),
        Rules {
            each_picture: true,
            ..RULES
        },
    );
    assert!(each.is_ok_and(|join| join.further.is_empty()));
    let plain = joined(
        &names,
        sheet(
            &["title", "images"],
            &[&["Red", "[\"r1.jpg\", \"r2.jpg\"]"], &["S", "s1.jpg"]],
        ),
    );
    assert!(plain.further.is_empty());
    assert_eq!(plain.rows(3), [Some(0), Some(0), Some(1)]);
    assert_eq!(plain.of_names, [1]);
}

#[test]
fn a_table_that_only_lies_there_names_nothing_by_chance() {
    let names = ["38.jpg", "39.jpg", "7.jpg", "8.jpg", "9.jpg", "10.jpg"];
    let rules = Rules {
        is_given: false,
        ..RULES
    };
    let sizes: &[&[&str]] = &[
        &["38", "24.1"],
        &["39", "24.7"],
        &["40", "25.3"],
        &["41", "26"],
        &["42", "27"],
    ];
    assert!(Join::new(sheet(&["EU", "cm"], sizes), &Pictures::new(&names), rules).is_err());
    assert!(Join::new(sheet(&["sku", "cm"], sizes), &Pictures::new(&names), rules).is_ok());
}
