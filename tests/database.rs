//! A catalogue published to a real PostgreSQL, and asked there, as people do both. The server is one that
//! scripts/postgres.sh starts; where none can be had the tests say so and pass, unless `SHOESPACE_NEEDS_POSTGRES` is set.
#![cfg(all(feature = "postgres", unix))]

mod program;

use postgres::{Client, NoTls};
use program::{fails, json_of, shoespace};
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64;
use serde_json::Value;
use shoespace::catalog::writer::{CatalogWriter, NewShoe};
use shoespace::catalog::{BlockInfo, CatalogInfo, Column, EmbedderId, Values};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

/// A server that lives as long as a test needs it.
struct Server {
    folder: tempfile::TempDir,
    address: String,
}

static SERVER: Mutex<Weak<Server>> = Mutex::new(Weak::new());

impl Server {
    /// The server that all tests share.
    fn get() -> Option<Arc<Self>> {
        let mut kept = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = kept.upgrade() {
            return Some(server);
        }
        let server = Arc::new(Self::start()?);
        *kept = Arc::downgrade(&server);
        Some(server)
    }

    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let output = script("start", folder.path());
        let said = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            assert!(
                std::env::var_os("SHOESPACE_NEEDS_POSTGRES").is_none(),
                "there should be a PostgreSQL here: {said}"
            );
            eprintln!("{said}nothing was published");
            return None;
        }
        let address = String::from_utf8(output.stdout).unwrap();
        let address = address.lines().last().unwrap().to_owned();
        Some(Self { folder, address })
    }

    fn client(&self) -> Client {
        Client::connect(&self.address, NoTls).unwrap()
    }

    /// The address with another user, password and database in it.
    fn as_user(&self, user: &str, password: &str, database: &str) -> String {
        let (_, place) = self.address.rsplit_once('@').unwrap();
        let (host, _) = place.split_once('/').unwrap();
        format!("postgres://{user}:{password}@{host}/{database}")
    }

    fn password(&self) -> &str {
        let (_, rest) = self.address.split_once("shoespace:").unwrap();
        rest.split_once('@').unwrap().0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        script("remove", self.folder.path());
    }
}

fn script(action: &str, folder: &Path) -> std::process::Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/postgres.sh");
    let mut command = std::process::Command::new(script);
    command.arg(action).arg(folder);
    // The server goes on, and would hold on to a pipe.
    let said = tempfile::NamedTempFile::new().unwrap();
    command.stdin(Stdio::null()).stderr(said.reopen().unwrap());
    let out = tempfile::NamedTempFile::new().unwrap();
    command.stdout(out.reopen().unwrap());
    let status = command.status().unwrap();
    std::process::Output {
        status,
        stdout: std::fs::read(out.path()).unwrap(),
        stderr: std::fs::read(said.path()).unwrap(),
    }
}

/// Names that would end a statement that was made of them.
const HOSTILE: [&str; 4] = [
    "we\"ird'; DROP SCHEMA shoes; --",
    "row",
    "größe \\ 'x",
    "ID",
];

/// A catalogue of random shoes, made by the seed, with columns of every kind.
fn made(path: &Path, shoes: usize, seed: u64) {
    let mut random = Pcg64::seed_from_u64(seed);
    let mut number = move || random.random_range(-1.0f32..1.0);
    let blocks: Vec<BlockInfo> = (shoespace::embed::BLOCKS.iter())
        .map(|block| BlockInfo {
            name: block.name.into(),
            dims: block.dims,
        })
        .collect();
    let picture = {
        let mut png = std::io::Cursor::new(Vec::new());
        let picture = image::RgbImage::from_pixel(8, 8, image::Rgb([200, 30, 30]));
        picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
        png.into_inner()
    };
    let made: Vec<NewShoe> = (0..shoes)
        .map(|n| NewShoe {
            id: match n {
                7 => "it's \"seven\"; DROP TABLE x".to_owned(),
                _ => format!("shoe-{n:04}"),
            },
            picture: picture.clone(),
            path: String::new(),
            blocks: (blocks.iter())
                .map(|block| match n % 10 {
                    // Some look the same.
                    9 => vec![0.25; block.dims],
                    _ => (0..block.dims).map(|_| number()).collect(),
                })
                .collect(),
            position: [number(), number(), number()],
        })
        .collect();
    let brands = ["Puma", "PUMA", "Straße", "it's \"x\"; --", "ΟΔΟΣ"];
    let brand = |n: usize| (n % 7 != 6).then(|| brands[n % 5]);
    let column = |name: &str, values: Values| Column::new(name, values);
    let mut columns = vec![
        column("brand", Values::text((0..shoes).map(brand))),
        column(
            "price",
            Values::Real(
                (0..shoes)
                    .map(|n| (n % 11 != 3).then_some(n as f64 * 0.75))
                    .collect(),
            ),
        ),
        column(
            "year",
            Values::Integer((0..shoes).map(|n| Some(2000 + (n % 20) as i64)).collect()),
        ),
        column(
            "sale",
            Values::Boolean(
                (0..shoes)
                    .map(|n| (n % 5 != 0).then_some(n % 2 == 0))
                    .collect(),
            ),
        ),
        column(
            "seen",
            Values::text(
                (0..shoes).map(|n| Some(format!("2026-{:02}-0{}", 1 + n % 12, 1 + n % 9))),
            ),
        ),
    ];
    let words = |n: usize| Some(["a", "b\\'", "c\""][n % 3]);
    columns.extend(HOSTILE.map(|name| column(name, Values::text((0..shoes).map(words)))));
    let embedder = EmbedderId {
        name: "test".into(),
        sha256: "0".into(),
    };
    let info = CatalogInfo::new(embedder, blocks);
    let mut writer = CatalogWriter::create(path, info, &columns).unwrap();
    writer.push(&made, &columns).unwrap();
    writer.finish().unwrap();
}

/// A folder with a made catalogue in it.
fn catalogue(shoes: usize) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.parquet");
    made(&path, shoes, 1);
    (folder, path)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn lists_are_those_of_the_file() {
    let Some(server) = Server::get() else { return };
    let (_folder, path) = catalogue(500);
    let file = text(&path);
    let database = server.address.as_str();
    let schema = "Lists of \"all\"; --";
    let at = ["--schema", schema];
    let report = json_of(&[&["publish", file, database, "--hnsw", "--json"], &at[..]].concat());
    assert_eq!(
        (&report["shoes"], &report["sent"]),
        (&Value::from(500), &Value::from(1000))
    );

    let questions: &[&[&str]] = &[
        &["--id", "shoe-0003"],
        &["--id", "it's \"seven\"; DROP TABLE x", "-k", "5"],
        &["--id", "shoe-0003", "--where", "brand=puma"],
        &["--id", "shoe-0003", "--where", "brand=strasse,ΟΔΟΣ"],
        &[
            "--id",
            "shoe-0003",
            "--where",
            "brand=",
            "--where",
            "price>=100",
        ],
        &[
            "--id",
            "shoe-0003",
            "--where",
            "brand!=puma",
            "--where",
            "price<90.5",
        ],
        &[
            "--id",
            "shoe-0003",
            "--where",
            "price!=",
            "--where",
            "price~5",
        ],
        &[
            "--id",
            "shoe-0003",
            "--where",
            "year=2004,2005",
            "--where",
            "sale=true",
        ],
        &[
            "--id",
            "shoe-0003",
            "--where",
            "sale!=true",
            "--where",
            "seen>=2026-07-01",
        ],
        &["--id", "shoe-0003", "--where", "seen<=2026-02-03"],
        &["--id", "shoe-0003", "--where", "id~shoe-01"],
        &["--id", "shoe-0003", "--where", "brand~; --"],
        &["--id", "shoe-0003", "--same", "brand,year"],
        &[
            "--id",
            "shoe-0003",
            "--weight",
            "style=0",
            "--weight",
            "colour=0.3",
        ],
        &[
            "--id",
            "shoe-0003",
            "--weight",
            "brand=0.4",
            "--weight",
            "sale=0.1",
        ],
        &["--id", "shoe-0003", "--metric", "squared-euclidean"],
        &[
            "--id",
            "shoe-0003",
            "--like",
            "shoe-0011",
            "--dislike",
            "shoe-0020",
        ],
        &[
            "--like",
            "shoe-0001",
            "--like",
            "shoe-0002",
            "--like",
            "shoe-0004",
        ],
        &[
            "--like",
            "shoe-0001",
            "--metric",
            "squared-euclidean",
            "--dislike",
            "shoe-0009",
        ],
        &["--dislike", "shoe-0001", "--dislike", "shoe-0002"],
        &["--id", "shoe-0009", "-k", "12"],
        &["--id", "shoe-0009", "--fold"],
        &["--id", "shoe-0003", "--diversity", "0.4", "-k", "10"],
        &[
            "--id",
            "shoe-0003",
            "--diversity",
            "0.8",
            "--fold",
            "--where",
            "price<200",
        ],
    ];
    for question in questions {
        let answer =
            |place: &[&str]| json_of(&[&["recommend"], place, *question, &["--json"]].concat());
        let there = answer(&[&[database], &at[..]].concat());
        assert_eq!(there, answer(&[file]), "{question:?}");
        assert!(!there.as_array().unwrap().is_empty(), "{question:?}");
    }
    // Columns of hostile names are columns as all others.
    for name in HOSTILE {
        let condition = format!("{name}=b\\'");
        let question = [
            "--id",
            "shoe-0001",
            "--where",
            &condition,
            "--same",
            name,
            "--json",
        ];
        let there = json_of(&[&["recommend", database], &at[..], &question].concat());
        let here = json_of(&[&["recommend", file], &question[..]].concat());
        assert_eq!(there, here, "{name}");
        assert_eq!(there.as_array().unwrap().len(), 24, "{name}");
    }

    // The same words where there is no answer, but for what only a file can look up.
    let wrong: &[&[&str]] = &[
        &["--id", "shoe-0003", "--where", "colour=red"],
        &["--id", "shoe-0003", "--where", "brand>3"],
        &["--id", "shoe-0003", "--weight", "shine=1"],
        &["--id", "shoe-0003", "--same", "shine"],
        &["--id", "shoe-0006", "--same", "brand"],
        &["--id", "shoe-0003", "--diversity", "7"],
        &["--id", "shoe-0003", "-k", "500"],
        &["--id", "shoe-0003", "-k", "0"],
    ];
    for question in wrong {
        let told = fails(&[&["recommend", database], &at[..], *question].concat());
        assert_eq!(
            told,
            fails(&[&["recommend", file], *question].concat()),
            "{question:?}"
        );
    }
    let told = fails(&[&["recommend", database], &at[..], &["--id", "shoe-03"]].concat());
    assert!(told.contains("there is no shoe shoe-03"), "{told}");
    let nothing = [
        "--id",
        "shoe-0003",
        "--where",
        "price>9000",
        "--where",
        "sale=true",
    ];
    let told = fails(&[&["recommend", database], &at[..], &nothing[..]].concat());
    assert!(
        told.contains("price>9000") && told.contains("without price>9000: 200 shoes"),
        "{told}"
    );

    // The index finds nearly all, and the function of the schema the same as the file.
    let exact = json_of(&["recommend", file, "--id", "shoe-0003", "--json"]);
    let ids = |list: &Value| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        list.map(|shoe| shoe["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let question = ["--id", "shoe-0003", "--approximate", "--json"];
    let near = ids(&json_of(
        &[&["recommend", database], &at[..], &question].concat(),
    ));
    let found = ids(&exact).iter().filter(|id| near.contains(id)).count();
    assert!(found >= 22, "{found} of 24");
    // Where few pass, the exact question is the faster one.
    let few = ["--where", "price<30", "--same", "brand"];
    let of_file = [&["recommend", file], &few[..], &question[..2], &["--json"]].concat();
    let of_database = [&["recommend", database], &at[..], &few[..], &question[..]].concat();
    assert_eq!(json_of(&of_database), json_of(&of_file));
    let mut client = server.client();
    let call = "SELECT id FROM \"Lists of \"\"all\"\"; --\".recommend($1)";
    let called = client.query(call, &[&"shoe-0003"]).unwrap();
    let called: Vec<String> = called.iter().map(|row| row.get(0)).collect();
    assert_eq!(called, ids(&exact));
    let call = "SELECT id FROM \"Lists of \"\"all\"\"; --\".recommend($1, 500, '{\"brand\": [\"Puma\", \"PUMA\"], \"sale\": true}')";
    let called = client.query(call, &[&"shoe-0003"]).unwrap();
    let wanted = [
        "--id",
        "shoe-0003",
        "--where",
        "brand=puma",
        "--where",
        "sale=true",
        "--json",
    ];
    let wanted = json_of(&[&["recommend", file], &wanted[..]].concat());
    let called: Vec<String> = called.iter().map(|row| row.get(0)).collect();
    assert_eq!(called[..24], ids(&wanted));
    let odd =
        "SELECT id FROM \"Lists of \"\"all\"\"; --\".recommend('shoe-0003', 5, '{\"x'';--\": 1}')";
    assert!(
        client
            .query(odd, &[])
            .unwrap_err()
            .to_string()
            .contains("db error")
    );

    let gone = shoespace(&[&["unpublish", database], &at[..]].concat())
        .assert()
        .success();
    assert!(String::from_utf8_lossy(&gone.get_output().stdout).contains("is gone"));
    let left = client
        .query("SELECT 1 FROM pg_namespace WHERE nspname = $1", &[&schema])
        .unwrap();
    assert!(left.is_empty());
}

#[test]
fn a_photo_is_answered_as_by_the_file() {
    let Some(server) = Server::get() else { return };
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/data/fashion-mnist-shoes.parquet"
    );
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("photo.png");
    let picture = image::RgbImage::from_fn(60, 40, |x, y| {
        let is_shoe = y > 18 && x > 8 && x < 52 && (y > 30 || x < 24);
        image::Rgb(if is_shoe { [70; 3] } else { [255; 3] })
    });
    picture.save(&photo).unwrap();
    let at = ["--schema", "photo"];
    let publish = ["publish", file, &server.address, "--no-pictures"];
    shoespace(&[&publish[..], &at[..]].concat())
        .assert()
        .success();
    let questions: [&[&str]; 4] = [
        &[],
        &["--where", "label=Sandal", "--weight", "label=0.3"],
        &["--metric", "squared-euclidean", "--dislike", "train-00001"],
        &["--weight", "style=0", "--weight", "colour=0"],
    ];
    for question in questions {
        let question = [&["--image", text(&photo), "--json"], question].concat();
        let there = json_of(&[&["recommend", &server.address], &at[..], &question].concat());
        let here = json_of(&[&["recommend", file], &question[..]].concat());
        assert_eq!(there, here, "{question:?}");
    }
}

#[test]
fn a_second_time_only_what_changed_is_sent() {
    let Some(server) = Server::get() else { return };
    let (folder, path) = catalogue(300);
    let publish = |path: &Path| {
        let options = ["--schema", "again", "--json"];
        json_of(&[&["publish", text(path), &server.address], &options[..]].concat())
    };
    let first = publish(&path);
    assert_eq!((&first["sent"], &first["kept"]), (&600.into(), &0.into()));
    let second = publish(&path);
    assert_eq!((&second["sent"], &second["kept"]), (&0.into(), &600.into()));
    assert_eq!(second["version"], Value::from(2));
    // One more shoe moves the middle of the catalogue, and so every embedding; pictures and raw blocks stay.
    let more = folder.path().join("more.parquet");
    made(&more, 301, 1);
    let third = publish(&more);
    assert_eq!((&third["sent"], &third["kept"]), (&302.into(), &300.into()));
    // What was there before is gone, since nobody reads it.
    let mut client = server.client();
    let tables = client.query(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'again'::regnamespace AND relkind = 'r' ORDER BY 1",
        &[],
    );
    let tables: Vec<String> = tables.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(tables, ["shoe_3", "source_3", "version", "word_3"]);
}

#[test]
fn a_long_transaction_never_sees_a_version_by_halves() {
    let Some(server) = Server::get() else { return };
    let (_folder, path) = catalogue(80);
    let publish = || {
        let publish = ["publish", text(&path), &server.address, "--schema", "long"];
        shoespace(&publish).assert().success();
    };
    publish();
    let mut site = server.client();
    let mut long = site.build_transaction();
    long = long.isolation_level(postgres::IsolationLevel::RepeatableRead);
    let mut long = long.start().unwrap();
    // What it sees is settled by its first question, whatever that is about.
    long.query("SELECT 1 FROM long.version", &[]).unwrap();
    publish();
    for question in [
        "SELECT count(*) FROM long.shoe",
        "SELECT count(*) FROM long.picture",
        "SELECT * FROM long.recommend('shoe-0003')",
    ] {
        let mut attempt = long.transaction().unwrap();
        let error = attempt.query(question, &[]).unwrap_err();
        let error = error.as_db_error().unwrap();
        assert_eq!(
            *error.code(),
            postgres::error::SqlState::T_R_SERIALIZATION_FAILURE,
            "{question}"
        );
        assert_eq!(error.hint(), Some("begin the transaction anew"));
        attempt.rollback().unwrap();
    }
    long.rollback().unwrap();
    let row = site.query_one("SELECT count(*) FROM long.shoe", &[]);
    assert_eq!(row.unwrap().get::<_, i64>(0), 80);
    let unpublish = ["unpublish", &server.address, "--schema", "long"];
    shoespace(&unpublish).assert().success();
}

#[test]
fn killed_at_any_moment_readers_see_one_version_whole() {
    let Some(server) = Server::get() else { return };
    let (folder, old) = catalogue(400);
    let new = folder.path().join("new.parquet");
    made(&new, 900, 2);
    let database = server.address.as_str();
    let at = ["--schema", "killed"];
    let publish = |path: &Path| -> Vec<String> {
        let args = [
            &["publish", text(path), database, "--workers", "2"],
            &at[..],
        ]
        .concat();
        args.into_iter().map(str::to_owned).collect()
    };
    shoespace(&publish(&old).iter().map(String::as_str).collect::<Vec<_>>())
        .assert()
        .success();
    let question = ["--id", "shoe-0003", "--json"];
    let answer = |place: &[&str]| json_of(&[&["recommend"], place, &question[..]].concat());
    let known = [answer(&[text(&old)]), answer(&[text(&new)])];
    let mut random = Pcg64::seed_from_u64(3);
    for round in 0..6 {
        let path = if round % 2 == 0 { &new } else { &old };
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_shoespace"))
            .args(publish(path))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(random.random_range(20..900)));
        let _ = child.kill();
        child.wait().unwrap();
        let seen = answer(&[&[database], &at[..]].concat());
        assert!(known.contains(&seen), "a mixture after kill {round}");
        let about = json_of(&[&["inspect", database, "--json"], &at[..]].concat());
        assert!(
            [400, 900].map(Value::from).contains(&about["count"]),
            "{about}"
        );
    }
    // What the last one that was killed had the server do may take a moment yet.
    let arguments = publish(&new);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut tries = 0..40;
    while !shoespace(&arguments).output().unwrap().status.success() {
        assert!(tries.next().is_some(), "nobody can publish any more");
        std::thread::sleep(Duration::from_millis(500));
    }
    assert_eq!(answer(&[&[database], &at[..]].concat()), known[1]);
    let mut client = server.client();
    let versions = client
        .query("SELECT state FROM killed.version", &[])
        .unwrap();
    assert_eq!(versions.len(), 1);
}

#[test]
fn what_others_changed_is_told_and_mended() {
    let Some(server) = Server::get() else { return };
    let (_folder, path) = catalogue(120);
    let file = text(&path);
    let database = server.address.as_str();
    let mut client = server.client();
    let at = ["--schema", "changed"];
    let publish =
        |more: &[&str]| json_of(&[&["publish", file, database, "--json"], &at[..], more].concat());
    let verify = [&["inspect", database, "--verify"], &at[..]].concat();
    let question = ["--id", "shoe-0003", "--json"];
    let there = || json_of(&[&["recommend", database], &at[..], &question].concat());
    let here = json_of(&[&["recommend", file], &question[..]].concat());
    publish(&[]);
    shoespace(&verify).assert().success();
    // A value: it is found by its digest, which still is that of what was sent.
    let change = "UPDATE changed.shoe_1 SET x = x + 1, brand = 'none' WHERE row IN (7, 9)";
    client.batch_execute(change).unwrap();
    let told = fails(&verify);
    assert!(
        told.contains("2 shoes are not as they were") && told.contains("--anew"),
        "{told}"
    );
    let again = publish(&["--anew"]);
    assert_eq!((&again["sent"], &again["kept"]), (&240.into(), &0.into()));
    shoespace(&verify).assert().success();
    assert_eq!(there(), here);
    // What cannot be taken over is sent.
    for (version, change) in [
        (
            2,
            "ALTER TABLE changed.shoe_2 ALTER lengths DROP NOT NULL; UPDATE changed.shoe_2 SET lengths = NULL WHERE row = 5",
        ),
        (3, "DROP TABLE changed.source_3 CASCADE"),
        (4, "ALTER TABLE changed.shoe_4 RENAME COLUMN brand TO maker"),
        (5, "ALTER TABLE changed.shoe_5 ALTER digest TYPE text"),
    ] {
        client.batch_execute(change).unwrap();
        let report = publish(&[]);
        assert_eq!(report["version"], Value::from(version + 1), "{change}");
        assert_eq!(there(), here, "{change}");
        shoespace(&verify).assert().success();
    }
    // Somebody else's view of a version keeps it, and the next is shown all the same.
    client
        .batch_execute("CREATE VIEW changed.theirs AS SELECT id FROM changed.shoe_6")
        .unwrap();
    let report = publish(&[]);
    assert_eq!(report["still_there"], serde_json::json!([6]));
    client.batch_execute("DROP VIEW changed.theirs").unwrap();
    assert_eq!(publish(&[])["still_there"], serde_json::json!([]));
    // A table of versions that is none of ours, and values that it never has.
    for change in [
        "UPDATE changed.version SET version = 2147483647",
        "ALTER TABLE changed.version ALTER servers DROP NOT NULL; UPDATE changed.version SET servers = NULL",
        "ALTER TABLE changed.version ALTER version TYPE text",
        "ALTER TABLE changed.version RENAME COLUMN format TO shape",
    ] {
        client.batch_execute(change).unwrap();
        fails(&[&["publish", file, database], &at[..]].concat());
        fails(&[&["inspect", database], &at[..]].concat());
    }
}

#[test]
fn pgvector_may_lie_in_any_schema() {
    let Some(server) = Server::get() else { return };
    let (_folder, path) = catalogue(60);
    let mut client = server.client();
    client.batch_execute("CREATE DATABASE elsewhere").unwrap();
    let there = server.as_user("shoespace", server.password(), "elsewhere");
    let mut client = Client::connect(&there, NoTls).unwrap();
    client
        .batch_execute("CREATE SCHEMA \"e'x\"; CREATE EXTENSION vector SCHEMA \"e'x\"")
        .unwrap();
    shoespace(&["publish", text(&path), &there, "--hnsw"])
        .assert()
        .success();
    let question = ["--id", "shoe-0003", "--json"];
    let here = json_of(&[&["recommend", text(&path)], &question[..]].concat());
    assert_eq!(
        json_of(&[&["recommend", &there], &question[..]].concat()),
        here
    );
    let call = "SELECT id FROM shoespace.recommend('shoe-0003', NULL, NULL)";
    let called = client.query(call, &[]).unwrap();
    let first: String = called[0].get(0);
    assert_eq!((called.len(), &Value::from(first)), (24, &here[0]["id"]));
    for odd in ["'[]'", "'3'", "'null'"] {
        let call = format!("SELECT shoespace.recommend('shoe-0003', 3, {odd})");
        let error = client.query(&call, &[]).unwrap_err();
        assert!(
            error.as_db_error().unwrap().message().contains("no object"),
            "{odd}"
        );
    }
}

#[test]
fn no_password_is_ever_told() {
    let pw = "s3cret";
    for arguments in [
        vec!["inspect", "POSTGRES://ann:s3cret@127.0.0.1:1/x"],
        vec!["inspect", " postgres://ann:s3cret@127.0.0.1:1/x"],
        vec!["inspect", "postgress://ann:s3cret@127.0.0.1:1/x"],
        vec!["inspect", "mysql://ann:s3cret@127.0.0.1:1/x"],
        vec![
            "recommend",
            "postgres:/ann:s3cret@127.0.0.1:1/x",
            "--id",
            "1",
        ],
        vec!["inspect", "host=127.0.0.1 port=1 password=s3cret"],
        vec!["inspect", "postgres://ann@127.0.0.1:1/x?passwrd=s3cret"],
        vec!["inspect", "postgres://ann@127.0.0.1:1/x?s3cret"],
        vec![
            "publish",
            "postgres://ann:s3cret@127.0.0.1:1/x",
            "postgres://ann:s3cret@127.0.0.1:1/x",
        ],
        vec!["publish", "a", "b", "postgres://ann:s3cret@127.0.0.1:1/x"],
        vec![
            "recommend",
            "a",
            "postgres://ann:s3cret@127.0.0.1:1/x",
            "--id",
            "1",
        ],
        vec!["learn", "postgres://ann:s3cret@127.0.0.1:1/x", "--by", "a"],
        vec!["fit", "postgres://ann:s3cret@127.0.0.1:1/x"],
        vec![
            "index",
            "postgres://ann:s3cret@127.0.0.1:1/x",
            "-o",
            "/nowhere/x.parquet",
        ],
        vec!["generate", "postgres://ann:s3cret@127.0.0.1:1/x"],
        vec!["postgres://ann:s3cret@127.0.0.1:1/x", "inspect"],
        vec!["embed", "postgres://ann:s3cret@127.0.0.1:1/x"],
    ] {
        let output = shoespace(&arguments)
            .assert()
            .failure()
            .get_output()
            .clone();
        let said =
            String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
        assert!(
            !said.contains(pw) && !said.is_empty(),
            "{arguments:?}: {said}"
        );
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
}

#[test]
fn what_is_wrong_is_said_in_a_sentence() {
    let Some(server) = Server::get() else { return };
    let (_folder, path) = catalogue(60);
    let file = text(&path);
    let database = server.address.as_str();
    let mut client = server.client();

    let told = fails(&[
        "publish",
        file,
        &server.as_user("shoespace", "s3cret-wrong", "postgres"),
    ]);
    assert!(
        told.contains("does not let you in") && !told.contains("s3cret"),
        "{told}"
    );
    let told = fails(&[
        "inspect",
        &server.as_user("shoespace", server.password(), "none"),
    ]);
    assert!(told.contains("does not let you in"), "{told}");
    let told = fails(&["inspect", "postgres://127.0.0.1:1/x"]);
    assert!(told.contains("no answer"), "{told}");
    let told = fails(&["recommend", database, "--schema", "nobody", "--id", "1"]);
    assert!(told.contains("no catalogue in the schema nobody"), "{told}");
    let told = fails(&["unpublish", database, "--schema", "nobody"]);
    assert!(told.contains("no catalogue"), "{told}");

    client.batch_execute("CREATE DATABASE bare").unwrap();
    let bare = server.as_user("shoespace", server.password(), "bare");
    let told = fails(&["publish", file, &bare]);
    assert!(
        told.contains("no pgvector") && told.contains("CREATE EXTENSION"),
        "{told}"
    );

    // Another format, half of a version, lines that somebody took away.
    let publish = |schema: &str| {
        shoespace(&["publish", file, database, "--schema", schema])
            .assert()
            .success();
    };
    let inspect = |schema: &str| fails(&["inspect", database, "--schema", schema]);
    publish("wrong");
    client
        .batch_execute("UPDATE wrong.version SET format = 99")
        .unwrap();
    assert!(inspect("wrong").contains("update shoespace"));
    let told = fails(&["publish", file, database, "--schema", "wrong"]);
    assert!(told.contains("format 99"), "{told}");
    client
        .batch_execute("UPDATE wrong.version SET format = 1, state = 'loading'")
        .unwrap();
    assert!(inspect("wrong").contains("begun and not finished"));
    publish("wrong");
    client
        .batch_execute("DELETE FROM wrong.shoe_2 WHERE row < 5")
        .unwrap();
    let told = inspect("wrong");
    assert!(told.contains("55 shoes, and 60 were published"), "{told}");
    client
        .batch_execute("UPDATE wrong.version SET about = '{'")
        .unwrap();
    assert!(inspect("wrong").contains("behind our back"));

    // A role that may read, and nothing else.
    client
        .batch_execute("CREATE ROLE \"rea\"\"der\" LOGIN PASSWORD 'r'")
        .unwrap();
    let args = [
        "publish", file, database, "--schema", "read", "--reader", "rea\"der",
    ];
    shoespace(&args).assert().success();
    let reader = server.as_user("rea%22der", "r", "postgres");
    // A version that is published anew may be read by who could read the one before.
    publish("read");
    let asked = ["--schema", "read", "--id", "shoe-0003", "--json"];
    let there = json_of(&[&["recommend", &reader], &asked[..]].concat());
    assert_eq!(
        there,
        json_of(&["recommend", file, "--id", "shoe-0003", "--json"])
    );
    let told = fails(&["publish", file, &reader, "--schema", "read"]);
    assert!(
        told.contains("docs/postgres.md") && told.contains("permission denied"),
        "{told}"
    );
    let told = fails(&["inspect", &reader, "--schema", "wrong"]);
    assert!(told.contains("permission denied"), "{told}");

    // Roles and servers are looked for before anything is sent; schemas that cannot be are told.
    let publish = ["publish", file, database];
    let told = fails(
        &[
            &publish[..],
            &["--schema", "read", "--reader", "nobody here"],
        ]
        .concat(),
    );
    assert!(told.contains("no role `nobody here`"), "{told}");
    let told = fails(&[&publish[..], &["--schema", "read", "--over", "far"]].concat());
    assert!(told.contains("no foreign server `far`"), "{told}");
    for name in ["", "pg_mine", "information_schema", &"h".repeat(64)] {
        let told = fails(&[&publish[..], &["--schema", name]].concat());
        assert!(told.contains("name another one with --schema"), "{told}");
    }

    // Two at once: one of them is told.
    let lock = "SELECT pg_advisory_lock(hashtextextended('shoespace read 0', 0))";
    client.query(lock, &[]).unwrap();
    let told = fails(&["publish", file, database, "--schema", "read"]);
    assert!(told.contains("another shoespace publishes"), "{told}");
}
