//! What a million shoes cost: opening, memory, questions, frames; each beside what is promised.
//!
//! `cargo bench --profile dev --bench million [-- CATALOGUE | COUNT]`: of a catalogue, or of one that is made of the embedded
//! one (`examples/multiplied_catalogue`) and kept in the cache folder; a million where nothing is said.

#[path = "explorer/bare.rs"]
mod bare;
#[expect(dead_code, reason = "each bench uses its part of what they share")]
#[path = "explorer/frames.rs"]
mod frames;
#[path = "explorer/machine.rs"]
mod machine;
#[path = "explorer/window.rs"]
mod window;

use machine::{SIZE, launch, median, resident};
use shoespace::catalog::filter::Filters;
use shoespace::catalog::{Block, Catalog, Column};
use shoespace::embed::BLOCKS;
use shoespace::explorer::app::platform;
use shoespace::paths::{Roots, cache_dir};
use shoespace::recommend::{Example, Query, Recommender};
use shoespace::space::Space;
use shoespace::space::cursor::{Cursor, Fill};
use shoespace::workspace::facets::{FacetModel, Facets};
use shoespace::workspace::filter::{Finder, Wishes};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Questions of each kind.
const ASKED: usize = 9;

fn main() {
    let given = std::env::args().skip(1).find(|a| a != "--bench");
    let count = given.as_deref().map_or(Ok(1_000_000), str::parse::<usize>);
    let (catalogue, count) = match (count, given) {
        (Err(_), Some(path)) => (Some(PathBuf::from(path)), 0),
        (count, _) => {
            let count = count.unwrap_or(1_000_000);
            (made(count), count)
        }
    };
    let Some(catalogue) = catalogue else {
        println!(
            "not measured: a catalogue of {count} shoes could not be made (4 GB of disk a million)"
        );
        return;
    };
    if let Err(error) = platform::require_driver() {
        println!("not measured: {error}");
        return;
    }
    println!("{}", machine::hardware());
    window::first_frame(
        &catalogue,
        &window::Promise {
            runs: 4,
            cold: Some(6.0),
            warm: 3.0,
            rest: Duration::from_secs(100),
            megabytes: 1500.0,
        },
    );
    questions(&catalogue);
    frames::of_catalogue(&catalogue, &Roots::of_process(None));
}

/// A catalogue of so many shoes, made once.
fn made(count: usize) -> Option<PathBuf> {
    let folder = cache_dir()?;
    std::fs::create_dir_all(&folder).ok()?;
    let path = folder.join(format!("bench-{count}.parquet"));
    if path.exists() {
        return Some(path);
    }
    let began = Instant::now();
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["run", "--quiet", "--example", "multiplied_catalogue", "--"])
        .arg(&path)
        .arg(count.to_string());
    let done = command.status().is_ok_and(|status| status.success());
    println!(
        "made {} in {:.0} s",
        path.display(),
        began.elapsed().as_secs_f64()
    );
    done.then_some(path)
}

fn questions(catalogue: &Path) {
    let timed = Instant::now();
    let catalog = match Catalog::open(catalogue) {
        Ok(catalog) => Arc::new(catalog),
        Err(error) => {
            println!("not measured: {error}");
            return;
        }
    };
    say("opening, ids and columns", timed, None);
    let timed = Instant::now();
    let recommender = match Recommender::new(catalog.clone()) {
        Ok(recommender) => recommender,
        Err(error) => {
            println!("not measured: {error}");
            return;
        }
    };
    say("ready to recommend", timed, None);
    recommender.release();
    catalog.release();
    println!(
        "resident, ready to recommend    {:>9.0} MB",
        resident(std::process::id(), "VmRSS")
    );
    let model = Arc::new(FacetModel::new(&*catalog));
    let mut finder = Finder::new(catalog.clone(), model);
    let column = catalog.columns().iter().find_map(rare);
    let words: Vec<String> = (0..ASKED)
        .filter_map(|n| {
            catalog
                .columns()
                .iter()
                .find_map(|c| c.text(n * 7919 % catalog.len()))
        })
        .map(|word| word.to_string())
        .collect();
    // The first search reads the words.
    let mut search = |words: &str| {
        finder.find(
            &Wishes {
                search: words.to_owned(),
                ..Wishes::default()
            },
            None,
        )
    };
    search("shoe");
    asked("search in metadata", Some(60.0), |n| {
        search(words.get(n).map_or("", String::as_str));
    });
    let Some((column, word)) = column else {
        println!(
            "a filter and recommendations with one: not measured, no column has a word of about 1 %"
        );
        return;
    };
    asked("a filter", Some(100.0), |n| {
        let mut wishes = Wishes::default();
        if n.is_multiple_of(2) {
            let mut facets = Facets::default();
            facets.toggle(&column, &word);
            wishes.facets = facets;
        }
        wishes.search = "s".repeat(n % 2);
        finder.find(&wishes, None);
    });
    let filters = Filters::parse([format!("{column}={word}")]).unwrap_or_default();
    let recommend = |name: &str, promised, filters: &Filters| {
        asked(name, promised, |n| {
            let query = Query {
                target: Some(Example::Row(n * 104_729 % catalog.len())),
                filters: filters.clone(),
                ..Query::default()
            };
            if let Err(error) = recommender.recommend(&query) {
                println!("{error}");
            }
        });
    };
    recommend("recommendations", None, &Filters::default());
    recommend(&format!("… of {column}={word}"), Some(60.0), &filters);
    match cursor(&catalog) {
        Ok(cursor) => asked("the cursor's neighbourhood", Some(5.0), |n| {
            let at = catalog.positions()[n * 15_485_863 % catalog.len()];
            let point = at.map(|x| x * 0.93);
            if let Err(error) = cursor.fill(point, Fill::Neighbourhood, None, &[]) {
                println!("{error}");
            }
        }),
        Err(error) => println!("the cursor's neighbourhood: not measured, {error}"),
    }
}

fn cursor(catalog: &Catalog) -> Result<Cursor, Box<dyn std::error::Error>> {
    let space = Space::of(catalog)?.ok_or("the catalogue has no space")?;
    let blocks: Vec<Arc<Block>> = BLOCKS
        .iter()
        .map(|block| catalog.block(block.name))
        .collect::<Result<_, _>>()?;
    Ok(Cursor::new(Arc::new(space), catalog.positions(), &blocks)?)
}

/// A word that about one in a hundred shoes has.
fn rare(column: &Column) -> Option<(String, String)> {
    let counts = column.categories();
    let all: usize = counts.iter().map(|(_, count)| count).sum();
    let near = |count: usize| (count as f64 / all.max(1) as f64 - 0.01).abs();
    let (word, count) = counts
        .into_iter()
        .min_by(|a, b| near(a.1).total_cmp(&near(b.1)))?;
    (near(count) < 0.007).then(|| (column.name.clone(), word))
}

/// Asks a question several times and prints the median.
fn asked(what: &str, promised: Option<f64>, mut question: impl FnMut(usize)) {
    let times = (0..ASKED).map(|n| {
        let began = Instant::now();
        question(n);
        began.elapsed().as_secs_f64() * 1e3
    });
    tell(what, median(times.collect()), promised);
}

fn say(what: &str, began: Instant, promised: Option<f64>) {
    tell(what, began.elapsed().as_secs_f64() * 1e3, promised);
}

fn tell(what: &str, milliseconds: f64, promised: Option<f64>) {
    let promised = promised.map_or(String::new(), |promised| format!("   (≤ {promised})"));
    println!("{what:<32}{milliseconds:>9.1} ms{promised}");
}
