//! Exact search against faiss `IndexFlatIP`, both in this run on the same data and threads.
//!
//! `cargo bench --profile dev --bench search -- [--rows 1000000] [--dims 320] [--threads 2] [--rounds 9]`
//!
//! Data: clustered Gaussian rows of unit length and queries of the same distribution (see `yardstick`),
//! written once and read by both. A round asks faiss and then ours each query alone, then all of them at
//! once; the figures are medians over rounds. Truth is brute force in 64 bit.

mod yardstick;

use std::collections::HashSet;
use std::io::Write as _;
use std::sync::Arc;

use rayon::prelude::*;
use shoespace::recommend::search::{ExactSearch, Hit, Rows};
use yardstick::{Python, argument, clustered, median, say_instructions, timed};

const K: usize = 24;

const FAISS: &str = r#"
import sys, time
try:
    import faiss, numpy as np
except ImportError as error:
    print("", flush=True); sys.exit(f"{error}")
folder, rows, dims, queries, k, threads = sys.argv[1], *map(int, sys.argv[2:])
faiss.omp_set_num_threads(threads)
index = faiss.IndexFlatIP(dims)
data = np.memmap(f"{folder}/rows", dtype="float32", mode="r", shape=(rows, dims))
for at in range(0, rows, 50000):
    index.add(np.ascontiguousarray(data[at:at + 50000]))
q = np.fromfile(f"{folder}/queries", dtype="float32").reshape(queries, dims)
print(f"faiss {faiss.__version__} IndexFlatIP, {faiss.omp_get_max_threads()} threads, {faiss.get_compile_options().strip()}", flush=True)
for line in sys.stdin:
    what, *arguments = line.split()
    if what == "one":
        one = q[int(arguments[0]):int(arguments[0]) + 1]
        began = time.perf_counter(); index.search(one, k); print(time.perf_counter() - began, flush=True)
    elif what == "all":
        began = time.perf_counter(); index.search(q, k); print(time.perf_counter() - began, flush=True)
    else:
        print(" ".join(map(str, index.search(q, k)[1].ravel())), flush=True)
"#;

fn main() {
    let rows: usize = argument("rows", 1_000_000);
    let dims: usize = argument("dims", 320);
    let threads: usize = argument("threads", 2);
    let rounds: usize = argument("rounds", 9);
    let count: usize = argument("queries", 64);
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .expect("the pool is built once");
    say_instructions();

    let values = clustered(rows, dims, 1);
    let asked = clustered(count, dims, 2);
    let queries: Vec<&[f32]> = asked.chunks_exact(dims).collect();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, values: &[f32]| {
        let mut file = std::fs::File::create(folder.path().join(name)).expect("a file");
        file.write_all(bytemuck::cast_slice(values))
            .expect("room for the data");
    };
    write("rows", &values);
    write("queries", &asked);

    let (seconds, search) = timed(|| ExactSearch::new(dims, Rows::F32(Arc::new(values))));
    let search = search.expect("finite rows");
    println!(
        "{rows} x {dims}, {count} queries, the nearest {K}; ours: {}, codes made in {seconds:.2} s",
        search.kernel()
    );
    let path = folder.path().display().to_string();
    let numbers = [rows, dims, count, K, threads].map(|number| number.to_string());
    let arguments: Vec<&str> = [path.as_str()]
        .into_iter()
        .chain(numbers.iter().map(String::as_str))
        .collect();
    let mut faiss = Python::start(FAISS, &arguments, threads);

    let (mut one, mut all) = ([vec![], vec![]], [vec![], vec![]]);
    for round in 0..rounds {
        let at = round % count;
        if let Some(faiss) = &mut faiss {
            one[0].push(faiss.number(&format!("one {at}")));
        }
        one[1].push(timed(|| search.search(&queries[at..=at], K, None)).0);
        if let Some(faiss) = &mut faiss {
            all[0].push(faiss.number("all") / count as f64);
        }
        all[1].push(timed(|| search.search(&queries, K, None)).0 / count as f64);
    }
    println!(
        "{:<26} {:>12} {:>12} {:>8}",
        "ms a query (median)", "faiss", "ours", "ratio"
    );
    for (name, [theirs, ours]) in [("one query at a time", one), ("all in one batch", all)] {
        let (theirs, ours) = (1e3 * median(theirs), 1e3 * median(ours));
        println!(
            "{name:<26} {theirs:>12.3} {ours:>12.3} {:>7.1}x",
            theirs / ours
        );
    }

    let found = search.search(&queries, K, None).expect("finite queries");
    let found: Vec<HashSet<usize>> = found
        .iter()
        .map(|hits| hits.iter().map(|hit: &Hit| hit.row).collect())
        .collect();
    let truth: Vec<HashSet<usize>> = queries
        .par_iter()
        .map(|query| brute_force(&search, query))
        .collect();
    println!("recall@{K} ours  {:.6}", recall(&found, &truth));
    if let Some(faiss) = &mut faiss {
        let ids: Vec<usize> = faiss
            .ask("ids")
            .split(' ')
            .map(|id| id.parse().expect("an id"))
            .collect();
        let theirs: Vec<HashSet<usize>> = ids
            .chunks_exact(K.min(rows))
            .map(|ids| ids.iter().copied().collect())
            .collect();
        println!("recall@{K} faiss {:.6}", recall(&theirs, &truth));
    }
}

/// The best rows by dot products in 64 bit, ties by row.
fn brute_force(search: &ExactSearch, query: &[f32]) -> HashSet<usize> {
    let Rows::F32(values) = search.rows() else {
        unreachable!("the bench searches 32 bit rows")
    };
    let dot = |row: &[f32]| -> f64 {
        row.iter()
            .zip(query)
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum()
    };
    let mut scores: Vec<(f64, usize)> = values
        .chunks_exact(search.dims())
        .map(dot)
        .zip(0..)
        .collect();
    let cut = K.min(scores.len());
    if cut < scores.len() {
        scores.select_nth_unstable_by(cut, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    }
    scores[..cut].iter().map(|(_, row)| *row).collect()
}

fn recall(found: &[HashSet<usize>], truth: &[HashSet<usize>]) -> f64 {
    let hits: usize = found
        .iter()
        .zip(truth)
        .map(|(found, truth)| found.intersection(truth).count())
        .sum();
    hits as f64 / truth.iter().map(HashSet::len).sum::<usize>().max(1) as f64
}
