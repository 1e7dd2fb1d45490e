use super::*;
use crate::catalog::filter::Filters;
use crate::catalog::picture;
use std::io::Write as _;

mod data_sets;
mod tables;

/// A tiny picture of one colour, as PNG.
fn png(shade: u8) -> Vec<u8> {
    picture::encode_png(&image::RgbImage::from_pixel(
        3,
        2,
        image::Rgb([shade, 0, 0]),
    ))
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    /// The same files as a zip.
    fn zipped(&self) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("photos.zip");
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        for entry in walkdir::WalkDir::new(self.folder.path()).sort_by_file_name() {
            let entry = entry.unwrap();
            if entry.file_type().is_file() {
                let name = entry.path().strip_prefix(self.folder.path()).unwrap();
                zip.start_file(
                    name.to_str().unwrap(),
                    zip::write::SimpleFileOptions::default(),
                )
                .unwrap();
                zip.write_all(&std::fs::read(entry.path()).unwrap())
                    .unwrap();
            }
        }
        zip.finish().unwrap();
        (folder, path)
    }

    fn open_with(
        &self,
        format: Option<&str>,
        metadata: Option<&Path>,
    ) -> Result<Import, ImportError> {
        let options = ImportOptions {
            format: format.map(|name| Format::named(name).unwrap()),
            metadata: metadata.into_iter().map(Path::to_owned).collect(),
            ..ImportOptions::default()
        };
        self.open_as(&options)
    }

    fn open_as(&self, options: &ImportOptions) -> Result<Import, ImportError> {
        Import::open(&[self.folder.path().to_owned()], options, &Job::new())
    }

    /// The import, checked to be the same from a zip.
    fn open(&self) -> Import {
        let import = self.open_with(None, None).unwrap();
        let (_folder, zip) = self.zipped();
        let zipped = Import::open(&[zip], &ImportOptions::default(), &Job::new()).unwrap();
        assert_eq!(ids(&import), ids(&zipped));
        assert_eq!(import.columns, zipped.columns);
        for (a, b) in import.shoes.iter().zip(&zipped.shoes) {
            match (a.read(), b.read()) {
                (Ok(a), Ok(b)) => assert_eq!(a.decoded.picture, b.decoded.picture),
                (a, b) => assert_eq!(a.is_err(), b.is_err()),
            }
        }
        import
    }
}

fn ids(import: &Import) -> Vec<&str> {
    import.shoes.iter().map(|shoe| shoe.id.as_str()).collect()
}

fn formats(import: &Import) -> Vec<&str> {
    let layouts = import.layouts.iter();
    layouts.map(|layout| layout.format.name()).collect()
}

fn texts(import: &Import, column: &str) -> Vec<String> {
    let column = import
        .column(column)
        .unwrap_or_else(|| panic!("no column {column}"));
    (0..import.len())
        .map(|row| column.text(row).unwrap_or_default().into_owned())
        .collect()
}

fn shade(import: &Import, row: usize) -> u8 {
    import.shoes[row]
        .read()
        .unwrap()
        .decoded
        .picture
        .get_pixel(0, 0)[0]
}

/// An IDX file of pictures of 2×2 pixels: dark edges everywhere, but one corner as told.
fn idx_pictures(corners: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 3];
    for size in [corners.len() as u32, 2, 2] {
        bytes.extend(size.to_be_bytes());
    }
    for &corner in corners {
        bytes.extend([corner, 0, 0, 0]);
    }
    bytes
}

fn idx_labels(labels: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 1];
    bytes.extend((labels.len() as u32).to_be_bytes());
    bytes.extend(labels);
    bytes
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn idx_pairs_become_labelled_shoes() {
    let place = Place::new();
    place
        .put("t10k-images-idx3-ubyte", idx_pictures(&[10]))
        .put("t10k-labels-idx1-ubyte", idx_labels(&[9]))
        .put(
            "train-images-idx3-ubyte.gz",
            gzipped(&idx_pictures(&[1, 2, 3])),
        )
        .put(
            "train-labels-idx1-ubyte.gz",
            gzipped(&idx_labels(&[5, 0, 7])),
        );
    let import = place.open();
    assert_eq!(formats(&import), ["idx"]);
    assert_eq!(
        ids(&import),
        ["train-00001", "train-00002", "train-00003", "test-00001"]
    );
    assert_eq!(
        texts(&import, "label"),
        ["Sandal", "T-shirt/top", "Sneaker", "Ankle boot"]
    );
    assert_eq!(texts(&import, "split"), ["train", "train", "train", "test"]);
    // Dark edges: inverted.
    assert_eq!((shade(&import, 0), shade(&import, 3)), (254, 245));
    assert_eq!(import.roles().kind.as_deref(), Some("label"));
    let mask = Filters::parse(["label=Sandal,Sneaker,Ankle boot"])
        .unwrap()
        .mask(&import)
        .unwrap();
    assert_eq!(mask, [true, false, true, true]);
}

#[test]
fn idx_files_that_do_not_fit_are_named() {
    let place = Place::new();
    place
        .put("train-images-idx3-ubyte", idx_pictures(&[1, 2]))
        .put("train-labels-idx1-ubyte", idx_labels(&[1]));
    let message = |place: &Place| place.open_with(None, None).unwrap_err().to_string();
    assert!(
        message(&place).contains("train-labels-idx1-ubyte")
            && message(&place).contains("1 labels for 2")
    );
    place.put("train-images-idx3-ubyte", &idx_pictures(&[1, 2])[..20]);
    assert!(message(&place).contains("cut short"));
    place.put("train-images-idx3-ubyte", b"hello");
    assert!(message(&place).contains("no IDX file of pictures"));
    // A gigabyte of black in a megabyte is made to fill the memory.
    place.put("train-images-idx3-ubyte", gzipped(&vec![0; 65 << 20]));
    assert!(message(&place).contains("unpacks to more than 64 MB"));
    let other = Place::new();
    other.put("a.png", png(1));
    assert!(
        other
            .open_with(Some("idx"), None)
            .unwrap_err()
            .to_string()
            .contains("idx3-ubyte")
    );
}

#[test]
fn a_folder_gives_categories_and_ids() {
    let place = Place::new();
    place
        .put("photos/boots/1.png", png(1))
        .put("photos/boots/1.jpg", png(2))
        .put("photos/sandals/red/a.b.PNG", png(3))
        .put("photos/loose.png", png(4))
        .put("photos/notes.txt", "hello")
        .put(".hidden/x.png", png(9));
    let import = place.open();
    assert_eq!(formats(&import), ["folder"]);
    assert_eq!(
        ids(&import),
        ["boots/1.jpg", "boots/1.png", "loose", "sandals/red/a.b"]
    );
    assert_eq!(
        texts(&import, "category"),
        ["boots", "boots", "", "sandals/red"]
    );
    assert_eq!(shade(&import, 0), 2);
    assert_eq!(import.shoes[3].path, "photos/sandals/red/a.b.PNG");
    // All in one folder: the folder tells nothing.
    let flat = Place::new();
    flat.put("images/a.png", png(1)).put("images/b.png", png(2));
    assert!(flat.open().columns.is_empty());
}

#[test]
fn a_table_is_joined_by_name() {
    let place = Place::new();
    place
        .put("images/a1.png", png(1))
        .put("images/b2.png", png(2))
        .put("images/c3.png", png(3))
        .put("labels.csv", "image,sender,kids,price,code,colour\na1,7,True,1.5,007,red\nB2.PNG,8,False,2,010,\nzz,9,True,3,1,blue\n");
    let import = place.open();
    assert_eq!(ids(&import), ["a1", "b2", "c3"]);
    assert_eq!(texts(&import, "sender"), ["7", "8", ""]);
    assert!(matches!(
        import.column("sender").unwrap().values,
        Values::Integer(_)
    ));
    assert!(matches!(
        import.column("kids").unwrap().values,
        Values::Boolean(_)
    ));
    assert!(matches!(
        import.column("price").unwrap().values,
        Values::Real(_)
    ));
    assert_eq!(texts(&import, "code"), ["007", "010", ""]);
    assert_eq!(texts(&import, "colour"), ["red", "", ""]);
    assert!(import.column("image").is_none() && import.column("category").is_none());
    let notes = import.notes.join("\n");
    assert!(
        notes.contains("1 rows have no picture") && notes.contains("images/c3.png"),
        "{notes}"
    );
    assert!(!notes.contains("colour"), "{notes}");
}

#[test]
fn given_tables_must_fit() {
    let place = Place::new();
    place.put("a.png", png(1)).put("other/b.png", png(2));
    let tables = Place::new();
    tables
        .put(
            "good.csv",
            "\u{feff}path;brand\n./other/b.png;T.U.K.\na.png;B\n",
        )
        .put("latin.csv", b"filename\tbrand\na.png\tCaf\xe9\n")
        .put("keyless.csv", "sku,brand\n1,Acme\n")
        .put("strangers.csv", "id,brand\nzzz,Acme\n")
        .put("empty.csv", "")
        .put("closed.csv", "id,brand\na,\"two\nlines\"")
        .put("open.csv", "id,brand\nz,A\na,\"B\nc,C\nd,D\n");
    let open = |name: &str| place.open_with(None, Some(&tables.folder.path().join(name)));
    let good = open("good.csv").unwrap();
    assert_eq!(texts(&good, "brand"), ["B", "T.U.K."]);
    assert_eq!(good.roles().brand.as_deref(), Some("brand"));
    assert_eq!(texts(&open("latin.csv").unwrap(), "brand"), ["Café", ""]);
    let message = |name: &str| open(name).unwrap_err().to_string();
    assert!(message("keyless.csv").contains("its column `sku` begins with `1`"));
    assert!(message("strangers.csv").contains("none of its rows names a picture"));
    assert!(message("empty.csv").contains("empty"));
    assert_eq!(
        texts(&open("closed.csv").unwrap(), "brand")[0],
        "two\nlines"
    );
    let never_closed = message("open.csv");
    assert!(
        never_closed.contains("open.csv") && never_closed.contains("line 3"),
        "{never_closed}"
    );
    assert!(message("missing.csv").contains("no such file"));
}

#[test]
fn a_table_can_name_the_shoes() {
    let place = Place::new();
    place
        .put("p/1.png", png(1))
        .put("p/2.png", png(2))
        .put("t.csv", "id,file\nS-9,1.png\nS-8,2.png\n");
    let import = place.open();
    assert_eq!(ids(&import), ["S-9", "S-8"]);
    assert!(import.column("file").is_none());
}

#[test]
fn kaggle_rows_may_hold_unquoted_commas() {
    let place = Place::new();
    place
        .put("images/15970.jpg", png(1))
        .put("images/2.jpg", png(2))
        .put("images/77.jpg", png(3))
        .put(
            "styles.csv",
            "id,gender,articleType,baseColour,year,productDisplayName\n\
             15970,Men,Casual Shoes,Black,2011,Puma Men Black, White Shoe\n\
             2,Women,Heels,NA,,Heels \"Red\"\n\
             3,Women,Heels,Red,2012,Lost\n",
        );
    let import = place.open();
    assert_eq!(formats(&import), ["kaggle"]);
    assert_eq!(ids(&import), ["15970", "2"]);
    assert_eq!(
        texts(&import, "productDisplayName"),
        ["Puma Men Black, White Shoe", "Heels \"Red\""]
    );
    assert_eq!(texts(&import, "year"), ["2011", ""]);
    assert_eq!(texts(&import, "baseColour"), ["Black", ""]);
    let notes = import.notes.join("\n");
    assert!(
        notes.contains("1 rows have no picture under images/, as id 3"),
        "{notes}"
    );
    assert!(
        notes.contains("1 pictures under images/ have no row"),
        "{notes}"
    );
    let evidence = import.layouts[0].evidence.as_deref().unwrap();
    assert!(
        evidence.contains("styles.csv") && evidence.contains("images/"),
        "{evidence}"
    );
    // What is asked for is not guessed.
    let asked = place.open_with(Some("folder"), None).unwrap();
    assert_eq!(formats(&asked), ["folder"]);
    assert_eq!(asked.layouts[0].evidence, None);
    place.put("styles.csv", "gender,year\nMen,2011\n");
    let message = place
        .open_with(Some("kaggle"), None)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("styles.csv") && message.contains("one of id is needed"),
        "{message}"
    );
}

#[test]
fn zappos_cids_and_brands_are_put_right() {
    let place = Place::new();
    place
        .put("ut-zap50k-images/Shoes/Oxfords/T.U.K/100627.72.jpg", png(1))
        .put("ut-zap50k-images/Boots/Ankle/Steve Madden/7.3.jpg", png(2))
        .put("ut-zap50k-data/meta-data.csv", "CID,Category,SubCategory,HeelHeight,Gender\n100627-72,Shoes,Shoes.Oxfords,1in,Men\n7-3,Boots,Boots.Ankle,,Women\n");
    let import = place.open();
    assert_eq!(formats(&import), ["zappos"]);
    assert_eq!(ids(&import), ["7-3", "100627-72"]);
    assert_eq!(texts(&import, "Brand"), ["Steve Madden", "T.U.K."]);
    assert_eq!(texts(&import, "SubCategory"), ["Ankle", "Oxfords"]);
    assert_eq!(texts(&import, "HeelHeight"), ["", "1in"]);
    let roles = import.roles();
    assert_eq!(roles.kind.as_deref(), Some("Category"));
    assert_eq!(roles.gender.as_deref(), Some("Gender"));
    assert_eq!(roles.brand.as_deref(), Some("Brand"));
}

#[test]
fn several_sources_are_joined_and_ids_stay_unique() {
    let (a, b) = (Place::new(), Place::new());
    a.put("1.png", png(1)).put("m.csv", "id,size\n1,40\n");
    b.put("1.png", png(2))
        .put("2.png", png(3))
        .put("m.csv", "id,size,brand\n1,40.5,X\n2,41,Y\n");
    let sources = [a.folder.path().to_owned(), b.folder.path().to_owned()];
    let import = Import::open(&sources, &ImportOptions::default(), &Job::new()).unwrap();
    assert_eq!(ids(&import), ["1", "1-2", "2"]);
    assert_eq!(texts(&import, "size"), ["40", "40.5", "41"]);
    assert_eq!(texts(&import, "brand"), ["", "X", "Y"]);
    assert_eq!((shade(&import, 0), shade(&import, 1)), (1, 2));
    assert!(import.notes.iter().any(|note| note.contains("`1-2`")));
    let key = |sources: &[PathBuf]| {
        Import::open(sources, &ImportOptions::default(), &Job::new())
            .unwrap()
            .key
    };
    assert_eq!(key(&sources), key(&sources));
    assert_ne!(key(&sources), key(&sources[..1]));
}

#[test]
fn sources_without_photos_say_so() {
    let place = Place::new();
    let message = |path: &Path| {
        Import::open(&[path.to_owned()], &ImportOptions::default(), &Job::new())
            .unwrap_err()
            .to_string()
    };
    let folder = place.folder.path();
    assert!(message(folder).contains("is empty"));
    assert!(message(&folder.join("nothing")).contains("no such file or folder"));
    place.put("notes.txt", "hello");
    assert!(message(folder).contains("has no pictures"));
    assert!(message(&folder.join("notes.txt")).contains("neither a folder, a zip nor a picture"));
    place.put("broken.zip", b"PK\x03\x04 and no more");
    assert!(message(&folder.join("broken.zip")).contains("no zip that can be read"));
    place.put("false.zip", b"hello");
    assert!(message(&folder.join("false.zip")).contains("no zip"));
    place.put("c.parquet", b"PAR1");
    assert!(message(&folder.join("c.parquet")).contains("c.parquet"));
    place.put("one.png", png(5));
    let single = Import::open(
        &[folder.join("one.png")],
        &ImportOptions::default(),
        &Job::new(),
    )
    .unwrap();
    assert_eq!(ids(&single), ["one"]);
}

#[test]
fn bad_pictures_are_told_when_they_are_read() {
    let place = Place::new();
    place
        .put("empty.png", b"")
        .put("text.jpg", b"hello")
        .put("good.png", png(1))
        .put("x.heic", b"....");
    let import = place.open();
    let outcomes: Vec<_> = import
        .shoes
        .iter()
        .map(|shoe| shoe.read().err().map(|error| error.to_string()))
        .map(Option::unwrap_or_default)
        .collect();
    assert!(outcomes[0].contains("0 bytes"));
    assert_eq!(outcomes[1], "");
    assert!(outcomes[2].contains("known kind") && outcomes[3].contains("known kind"));
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf8_are_read() {
    use std::os::unix::ffi::OsStrExt as _;
    let place = Place::new();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.png");
    std::fs::write(place.folder.path().join(name), png(8)).unwrap();
    let import = place.open_with(None, None).unwrap();
    assert_eq!(ids(&import), ["caf\u{fffd}"]);
    assert_eq!(shade(&import, 0), 8);
    assert!(import.notes[0].contains("not UTF-8"));
}

#[test]
fn roles_are_told_by_words_too() {
    let words = |words: &[&str]| Values::text(words.iter().map(Some));
    let columns = [
        Column::new("for_whom", words(&["Women", "Men", "Unisex"])),
        Column::new("hue", words(&["Black", "Navy Blue", "Red"])),
        Column::new("label", words(&["Shoes", "Shoes", "Shoes"])),
    ];
    let roles = guess_roles(&columns);
    assert_eq!(roles.gender.as_deref(), Some("for_whom"));
    assert_eq!(roles.colour.as_deref(), Some("hue"));
    assert_eq!(roles.kind, None);
}
