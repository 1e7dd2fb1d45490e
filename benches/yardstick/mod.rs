//! What the benches share: data that both sides read from one file, and a Python child that runs the
//! yardstick in the same run, a command at a time.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64;
use rayon::prelude::*;
use shoespace::embed::kernels::Instructions;

/// The value of `--NAME VALUE` on the command line, or `default`.
pub fn argument<T: std::str::FromStr>(name: &str, default: T) -> T {
    let mut arguments = std::env::args().skip_while(|argument| *argument != format!("--{name}"));
    match arguments.nth(1) {
        None => default,
        Some(value) => value.parse().unwrap_or_else(|_| {
            eprintln!("--{name} {value}: not a value for it");
            std::process::exit(2);
        }),
    }
}

/// `rows` × `dims` values in clusters, every row of unit length: a Gaussian about one of 1,000 Gaussian
/// centres, two fifths of the whole variance within the cluster. The same for the same seed.
pub fn clustered(rows: usize, dims: usize, seed: u64) -> Vec<f32> {
    const CHUNK: usize = 1024;
    let mut rng = Pcg64::seed_from_u64(12);
    let centres: Vec<f32> = (0..1000 * dims).map(|_| gaussian(&mut rng)).collect();
    let mut values = vec![0f32; rows * dims];
    values
        .par_chunks_mut(CHUNK * dims)
        .enumerate()
        .for_each(|(chunk, values)| {
            let mut rng = Pcg64::seed_from_u64(seed << 32 | chunk as u64);
            for row in values.chunks_exact_mut(dims) {
                let centre = &centres[rng.random_range(0..1000) * dims..][..dims];
                let mut square = 0f32;
                for (value, centre) in row.iter_mut().zip(centre) {
                    *value = centre + 0.8 * gaussian(&mut rng);
                    square += *value * *value;
                }
                let scale = square.sqrt().recip();
                for value in row {
                    *value *= scale;
                }
            }
        });
    values
}

/// Near enough: the sum of eight uniform bytes, centred, of variance 1.
fn gaussian(rng: &mut Pcg64) -> f32 {
    let bytes: [u8; 8] = rng.random::<u64>().to_ne_bytes();
    let sum: i32 = bytes.iter().map(|byte| i32::from(*byte)).sum();
    (sum - 1020) as f32 / 209.0
}

/// Says with which vector instructions the figures below are measured: they are of no use without.
pub fn say_instructions() {
    println!("instructions: {}", Instructions::best().name());
}

/// The middle of some durations, in seconds.
pub fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    match seconds.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => seconds[count / 2],
        count => (seconds[count / 2 - 1] + seconds[count / 2]) / 2.0,
    }
}

/// Seconds that something takes, after a moment's rest in which the other side's threads fall asleep.
pub fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    rest();
    let began = Instant::now();
    let result = work();
    (began.elapsed().as_secs_f64(), result)
}

/// The moment's rest: the threads of ONNX Runtime go on spinning for 33 ms after an answer (measured as the processor
/// time that its process takes meanwhile), and would hold a core of the other side's.
pub fn rest() {
    std::thread::sleep(Duration::from_millis(100));
}

/// A Python child that answers each line with a line.
pub struct Python {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Python {
    /// Starts `script` with the interpreter in `SHOESPACE_BENCH_PYTHON`; `None`, with a word on it, where
    /// that is not set or has not what the script imports.
    pub fn start(script: &str, arguments: &[&str], threads: usize) -> Option<Self> {
        let Some(python) = std::env::var_os("SHOESPACE_BENCH_PYTHON") else {
            println!("no yardstick: SHOESPACE_BENCH_PYTHON is not set (`make bench` sets it)");
            return None;
        };
        let threads = threads.to_string();
        let mut child = Command::new(&python)
            .args(["-c", script])
            .args(arguments)
            .env("OMP_NUM_THREADS", &threads)
            .env("OPENBLAS_NUM_THREADS", &threads)
            .env("MKL_NUM_THREADS", &threads)
            // Its threads sleep between its turns and do not spin through ours.
            .env("OMP_WAIT_POLICY", "passive")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| println!("no yardstick: {}: {error}", python.display()))
            .ok()?;
        let (input, output) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
        let mut python = Self {
            child,
            input,
            output,
        };
        match python.read().as_str() {
            "" => {
                println!("no yardstick: the Python side ended");
                None
            }
            ready => {
                println!("yardstick: {ready}");
                Some(python)
            }
        }
    }

    /// Sends a line and waits for the answer.
    pub fn ask(&mut self, command: &str) -> String {
        let sent = writeln!(self.input, "{command}").and_then(|()| self.input.flush());
        sent.expect("the Python side takes a command");
        self.read()
    }

    /// As [`ask`](Self::ask), where the answer is a number.
    pub fn number(&mut self, command: &str) -> f64 {
        rest();
        self.ask(command)
            .parse()
            .expect("the Python side answers with a number")
    }

    fn read(&mut self) -> String {
        let mut line = String::new();
        self.output
            .read_line(&mut line)
            .expect("the Python side answers");
        line.trim().to_owned()
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
