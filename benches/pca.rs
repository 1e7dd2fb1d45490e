//! Fitting the space and placing every shoe, at a million shoes.
//!
//! `cargo bench --profile dev --bench pca -- [--rows 1000000] [--dims 320] [--threads 2] [--rounds 5]`
//!
//! The raw block (16 bit, as the catalogue keeps it) is in memory before; the time is of the block's mean,
//! the axes and the coordinates of every shoe, the memory what that takes on top. The yardstick is numpy:
//! the same centring and unit length, the covariance of all rows in 32 bit, `eigh`, and the projection, in
//! blocks of 50,000 rows on the same threads.

#[path = "yardstick/memory.rs"]
mod memory;
mod yardstick;

use std::io::Write as _;

use half::f16;
use memory::resident;
use rayon::prelude::*;
use shoespace::job::Job;
use shoespace::space::{AXES, BlockRows, Space};
use yardstick::{Python, argument, clustered, median, say_instructions, timed};

const NUMPY: &str = r#"
import sys, time
try:
    import numpy as np
except ImportError as error:
    print("", flush=True); sys.exit(f"{error}")
folder, rows, dims, axes = sys.argv[1], *map(int, sys.argv[2:])
data = np.fromfile(f"{folder}/rows", dtype="float16").reshape(rows, dims)
print(f"numpy {np.__version__}, covariance of all rows and eigh", flush=True)
def blocks():
    for at in range(0, rows, 50000):
        yield data[at:at + 50000].astype("float32")
for line in sys.stdin:
    began = time.perf_counter()
    raw_mean = sum(block.sum(axis=0, dtype="float64") for block in blocks()) / rows
    raw_mean = raw_mean.astype("float32")
    def unit(block):
        block -= raw_mean
        block /= np.linalg.norm(block, axis=1, keepdims=True)
        return block
    mean, scatter = np.zeros(dims), np.zeros((dims, dims))
    for block in blocks():
        block = unit(block)
        mean += block.sum(axis=0, dtype="float64")
        scatter += block.T @ block
    mean /= rows
    scatter -= rows * np.outer(mean, mean)
    values, vectors = np.linalg.eigh(scatter)
    vectors = vectors[:, ::-1][:, :axes].astype("float32")
    places = np.concatenate([(unit(block) - mean.astype("float32")) @ vectors for block in blocks()])
    seconds = time.perf_counter() - began
    if line.strip() == "time":
        print(seconds, flush=True)
    else:
        print(" ".join(str(v / scatter.trace()) for v in values[::-1][:3]), flush=True)
"#;

fn main() {
    let rows: usize = argument("rows", 1_000_000);
    let dims: usize = argument("dims", 320);
    let threads: usize = argument("threads", 2);
    let rounds: usize = argument("rounds", 5);
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .expect("the pool is built once");
    say_instructions();
    let values: Vec<f16> = {
        let wide = clustered(rows, dims, 1);
        wide.par_iter().map(|value| f16::from_f32(*value)).collect()
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut file = std::fs::File::create(folder.path().join("rows")).expect("a file");
    file.write_all(bytemuck::cast_slice(&values))
        .expect("room for the data");
    let path = folder.path().display().to_string();
    let numbers = [rows, dims, AXES].map(|number| number.to_string());
    let arguments: Vec<&str> = [path.as_str()]
        .into_iter()
        .chain(numbers.iter().map(String::as_str))
        .collect();
    let mut numpy = Python::start(NUMPY, &arguments, threads);

    let blocks = [BlockRows {
        name: "style",
        dims,
        values: &values,
        spill: None,
    }];
    // From here on the peak is ours: writing 5 resets it.
    std::fs::write("/proc/self/clear_refs", "5").ok();
    let before = resident(std::process::id(), "VmRSS");
    let (mut theirs, mut fits, mut places, mut shares) = (vec![], vec![], vec![], vec![]);
    for _ in 0..rounds {
        if let Some(numpy) = &mut numpy {
            theirs.push(numpy.number("time"));
        }
        let (seconds, space) = timed(|| Space::fit(&blocks, 0, &Job::new()));
        let space = space.expect("a space");
        fits.push(seconds);
        places.push(timed(|| space.project(&blocks, &Job::new()).expect("coordinates")).0);
        shares = space.variance_shares()[..3].to_vec();
    }
    let peak = resident(std::process::id(), "VmHWM");
    let whole = fits.iter().zip(&places).map(|(a, b)| a + b).collect();
    let (fit, place, whole, theirs) = (median(fits), median(places), median(whole), median(theirs));
    println!("{rows} x {dims}, {AXES} axes");
    println!(
        "ours   {whole:.2} s: fit {fit:.2} s, project {place:.2} s; {:.0} MB on top of the data",
        peak - before
    );
    println!("numpy  {theirs:.2} s ({:.1}x)", theirs / whole);
    println!("share of the variance on the first three axes: ours {shares:.4?}");
    if let Some(numpy) = &mut numpy {
        println!(
            "                                                numpy {}",
            numpy.ask("shares")
        );
    }
}
