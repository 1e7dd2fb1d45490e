//! Tables as people bring them, from the file to the columns.

use super::*;

fn pictures(place: &Place, names: &[&str]) {
    for (shade, name) in names.iter().enumerate() {
        place.put(name, png(shade as u8));
    }
}

fn noted(import: &Import, words: &str) -> bool {
    import.notes.iter().any(|note| note.contains(words))
}

#[test]
fn hugging_face_folders_bring_their_captions_and_splits() {
    for (table, rows) in [
        (
            "metadata.csv",
            [
                "file_name,text\n0.png,a boot\n1.png,a heel\n",
                "file_name,text\n0.png,a shoe\n",
            ],
        ),
        (
            "metadata.jsonl",
            [
                "{\"file_name\": \"0.png\", \"text\": \"a boot\"}\n{\"file_name\": \"1.png\", \"text\": \"a heel\"}\n",
                "{\"file_name\": \"0.png\", \"text\": \"a shoe\"}\n",
            ],
        ),
    ] {
        let place = Place::new();
        pictures(
            &place,
            &["data/train/0.png", "data/train/1.png", "data/test/0.png"],
        );
        place
            .put(&format!("data/train/{table}"), rows[0])
            .put(&format!("data/test/{table}"), rows[1]);
        let import = place.open();
        assert_eq!(ids(&import), ["test/0", "train/0", "train/1"]);
        assert_eq!(texts(&import, "text"), ["a shoe", "a boot", "a heel"]);
        assert_eq!(texts(&import, "split"), ["test", "train", "train"]);
        assert!(import.column("category").is_none() && import.column("file_name").is_none());
        assert_eq!(import.joins.len(), 2);
        assert_eq!(
            (
                import.joins[0].pictures,
                import.joins[0].columns[0].as_str()
            ),
            (2, "file_name")
        );
    }
}

#[test]
fn classes_and_splits_are_told_apart() {
    let place = Place::new();
    pictures(
        &place,
        &[
            "d/test/boot/1.png",
            "d/train/boot/1.png",
            "d/train/heel/2.png",
            "d/valid/heel/3.png",
        ],
    );
    let import = place.open();
    assert_eq!(texts(&import, "category"), ["boot", "boot", "heel", "heel"]);
    assert_eq!(
        texts(&import, "split"),
        ["test", "train", "train", "validation"]
    );
    assert_eq!(ids(&import)[1], "train/boot/1");
}

#[test]
fn paths_of_another_machine_are_found_by_their_ends() {
    for (a, b) in [
        ("images/a 0.png", "images/b1.png"),
        (
            "/home/anna/shop/images/a 0.png",
            "/home/anna/shop/images/b1.png",
        ),
        (
            "C:\\Users\\anna\\images\\a 0.png",
            "C:\\Users\\anna\\images\\B1.PNG",
        ),
        (
            "https://cdn.x/s/files/a%200.png?v=1",
            "https://cdn.x/s/files/b1.png?v=1#top",
        ),
        ("file:///x/a%200.png", "./b1.png"),
    ] {
        let place = Place::new();
        pictures(&place, &["shop/a 0.png", "shop/b1.png"]);
        place.put("t.csv", format!("path,colour\n{b},green\n{a},red\n"));
        let import = place.open_with(None, None).unwrap();
        let colour = if import.column("colour").is_some() {
            "colour"
        } else {
            "colour_label"
        };
        assert_eq!(texts(&import, colour), ["red", "green"], "{a}");
        assert!(
            noted(
                &import,
                "its rows belong to the pictures by `path`: 2 of 2 pictures have a row"
            ),
            "{:?}",
            import.notes
        );
    }
}

#[test]
fn a_running_number_is_no_id_of_another_picture() {
    let place = Place::new();
    pictures(&place, &["1.png", "2.png", "3.png"]);
    place.put(
        "labels.csv",
        "id,image,hue\n1,3.png,red\n2,1.png,green\n3,2.png,black\n",
    );
    let import = place.open();
    assert_eq!(ids(&import), ["1", "2", "3"]);
    assert_eq!(texts(&import, "hue"), ["green", "black", "red"]);
}

#[test]
fn letters_are_told_apart_and_can_be_said() {
    let text = "id,品牌\n1001,回力\n1002,双星\n";
    let (bytes, ..) = encoding_rs::GBK.encode(text);
    let place = Place::new();
    pictures(&place, &["1001.png", "1002.png"]);
    place.put("t.csv", &bytes);
    let import = place.open();
    assert_eq!(texts(&import, "品牌"), ["回力", "双星"]);
    assert!(noted(&import, "GBK"), "{:?}", import.notes);
    let asked = ImportOptions {
        encoding: Some(encoding_rs::WINDOWS_1252),
        ..ImportOptions::default()
    };
    let import = place.open_as(&asked).unwrap();
    assert!(import.column("品牌").is_none() && !noted(&import, "GBK"));
}

#[test]
fn an_export_of_shopify_gives_each_variant_its_product() {
    let place = Place::new();
    pictures(
        &place,
        &[
            "images/b_1.png",
            "images/r_1.png",
            "images/r_2.png",
            "images/r_3.png",
        ],
    );
    place.put(
        "products_export_1.csv",
        "\u{feff}Handle,Title,Body (HTML),Vendor,Type,Option1 Value,Variant SKU,Variant Price,Image Src\n\
         r,Red Runner,\"<p>a \"\"b\"\";\nc</p>\",Acme,Sneakers,38,'R38,59.00,https://c/p/r_1.png?v=1\n\
         r,,,,,39,'R39,59.00,https://c/p/r_2.png?v=2\n\
         r,,,,,,,,https://c/p/r_3.png?v=3\n\
         b,Boot,,Nord,Boots,40,'B40,89.50,https://c/p/b_1.png\n\
         b,,,,,41,'B41,89.50,\n",
    );
    let import = place.open();
    assert_eq!(ids(&import), ["b_1", "r_1", "r_2"]);
    assert_eq!(
        texts(&import, "Title"),
        ["Boot", "Red Runner", "Red Runner"]
    );
    assert_eq!(texts(&import, "Variant Price"), ["89.5", "59", "59"]);
    assert_eq!(texts(&import, "Variant SKU"), ["'B40", "'R38", "'R39"]);
    let roles = import.roles();
    assert_eq!(
        (roles.brand.as_deref(), roles.kind.as_deref()),
        (Some("Vendor"), Some("Type"))
    );
    assert!(
        noted(&import, "Shopify") && noted(&import, "1 further pictures"),
        "{:?}",
        import.notes
    );
    assert_eq!(
        (
            import.joins[0].rows,
            import.joins[0].rows_left,
            import.joins[0].further
        ),
        (2, 0, 1)
    );
    let each = ImportOptions {
        each_picture: true,
        ..ImportOptions::default()
    };
    let import = place.open_as(&each).unwrap();
    assert_eq!(ids(&import), ["b_1", "r_1", "r_2", "r_3"]);
    assert_eq!(texts(&import, "Vendor")[3], "Acme");
    assert_eq!(texts(&import, "Variant Price")[3], "59");
}

#[test]
fn several_tables_are_put_together_and_strange_ones_are_told() {
    let place = Place::new();
    pictures(&place, &["a/1.png", "b/1.png"]);
    place
        .put("a/t.csv", "image,price\n1.png,10\n")
        .put("b/t.csv", "image,price\n1.png,20\n")
        .put("brands.csv", "path;brand\na/1.png;Acme\nb/1.png;Nord\n")
        .put("other.csv", "x,y\n5,6\n")
        .put("broken.xlsx", "PK\u{3}\u{4}nothing")
        .put("readme.txt", "hello, world");
    let import = place.open();
    assert_eq!(texts(&import, "price"), ["10", "20"]);
    assert_eq!(texts(&import, "brand"), ["Acme", "Nord"]);
    assert!(
        noted(&import, "other.csv: none of its rows names a picture"),
        "{:?}",
        import.notes
    );
    assert!(
        noted(&import, "broken.xlsx") && !noted(&import, "readme.txt"),
        "{:?}",
        import.notes
    );
    assert_eq!(import.joins.len(), 3);
}

#[test]
fn given_tables_of_any_kind_are_joined_together() {
    let place = Place::new();
    pictures(&place, &["a.png", "b.png"]);
    let tables = Place::new();
    tables
        .put(
            "p.jsonl",
            "{\"file\":\"a.png\",\"price\":1.5}\n{\"file\":\"b.png\",\"price\":2}\n",
        )
        .put("c.tsv", "image link\tsize\na.png\t38,5\nb.png\t39\n");
    let path = |name: &str| tables.folder.path().join(name);
    let options = ImportOptions {
        metadata: vec![path("p.jsonl"), path("c.tsv")],
        ..ImportOptions::default()
    };
    let import = place.open_as(&options).unwrap();
    assert_eq!(texts(&import, "price"), ["1.5", "2"]);
    assert_eq!(texts(&import, "size"), ["38.5", "39"]);
    assert!(
        noted(&import, "`size` is read as numbers with decimal commas"),
        "{:?}",
        import.notes
    );
    // With two sources a table may be of one of them; one that is of none is an error.
    let other = Place::new();
    pictures(&other, &["z.png"]);
    let sources = [
        place.folder.path().to_owned(),
        other.folder.path().to_owned(),
    ];
    let import = Import::open(&sources, &options, &Job::new()).unwrap();
    assert_eq!(texts(&import, "price"), ["1.5", "2", ""]);
    assert!(Import::open(&sources[1..], &options, &Job::new()).is_err());
}

#[test]
fn what_only_looks_like_a_known_set_is_a_folder() {
    let place = Place::new();
    pictures(
        &place,
        &[
            "images/men/boots/1001-1.png",
            "images/women/boots/1005-1.png",
        ],
    );
    place.put("products.csv", "image,price,maker\nimages/men/boots/1001-1.png,40,Acme\nimages/women/boots/1005-1.png,41,Nord\n");
    let import = place.open();
    assert_eq!(formats(&import), ["folder"]);
    assert_eq!(texts(&import, "price"), ["40", "41"]);
    assert_eq!(texts(&import, "category"), ["men/boots", "women/boots"]);
    let kaggle = Place::new();
    pictures(&kaggle, &["images/a.png", "images/b.png"]);
    kaggle.put("styles.csv", "sku,price\na,1\nb,2\n");
    let import = kaggle.open();
    assert_eq!(formats(&import), ["folder"]);
    assert_eq!(texts(&import, "price"), ["1", "2"]);
}
