//! The network against ONNX Runtime on the same pictures, weights and threads, both in this run.
//!
//! `make bench BENCH=embedding ONNX=FILE`, or with more choices
//! `SHOESPACE_BENCH_ONNX=FILE cargo bench --profile dev --bench embedding -- [--threads 2] [--rounds 15] [--batch 16]`
//!
//! `SHOESPACE_INSTRUCTIONS=avx2` measures what our network does on machines without AVX-512; ONNX Runtime uses what there
//! is, so that its own figure for AVX2 is known only on such a machine.
//!
//! ONNX Runtime is asked for `feat320` alone, so that the head is not counted against it. A round asks each
//! side for one picture, then for a batch; the figures are medians over rounds, the least beside them. What stands
//! before the network (decoding, scaling, padding) and beside it (the blocks `colour` and `silhouette`) is timed
//! apart.
//!
//! The ONNX file is not part of the repository: the network of `models/README.md` in f32, each batch normalisation
//! folded, from `input` (batch × 3 × 224 × 224) to `feat320`.

#[expect(dead_code, reason = "each bench uses its part of what they share")]
mod yardstick;

use std::path::PathBuf;

use candle_core::{Device, Tensor};
use image::{Rgb, RgbImage};
use rayon::prelude::*;
use shoespace::embed::network::{Network, SIDE, Spread};
use shoespace::embed::{EFFICIENTNET_LITE0, colour, preprocess, silhouette};
use shoespace::imaging::foreground::Foreground;
use shoespace::paths::Roots;
use yardstick::{Python, argument, median, say_instructions, timed};

const ONNX_RUNTIME: &str = r#"
import sys, time
try:
    import onnxruntime, numpy as np
except ImportError as error:
    print("", flush=True); sys.exit(f"{error}")
model, file, batch, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
x = np.fromfile(file, dtype="float32").reshape(batch, 224, 224, 3).transpose(0, 3, 1, 2).copy()
print(f"onnxruntime {onnxruntime.__version__}, {threads} threads", flush=True)
for line in sys.stdin:
    what, n = line.split()
    began = time.perf_counter()
    features = session.run(["feat320"], {"input": x[:int(n)]})[0]
    taken = time.perf_counter() - began
    print(taken if what == "time" else " ".join(map(str, features.ravel())), flush=True)
"#;

fn main() {
    let threads: usize = argument("threads", 2);
    let rounds: usize = argument("rounds", 15);
    let batch: usize = argument("batch", 16);
    let onnx = std::env::var_os("SHOESPACE_BENCH_ONNX").filter(|file| !file.is_empty());
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .expect("the pool is built once");

    say_instructions();
    let file = EFFICIENTNET_LITE0
        .find(&Roots::of_process(None))
        .expect("the weights");
    let bytes = std::fs::read(file).expect("the weights");
    let network = Network::from_safetensors(&bytes).expect("the network");
    let photos: Vec<RgbImage> = (0..batch as u32).map(photo).collect();
    let mut numbers = Vec::new();
    for photo in &photos {
        preprocess::normalise(photo, &mut numbers);
    }
    let pictures: Vec<Tensor> = numbers
        .chunks_exact(SIDE * SIDE * 3)
        .map(|picture| Tensor::from_slice(picture, (1, SIDE, SIDE, 3), &Device::Cpu))
        .collect::<Result<_, _>>()
        .expect("tensors");
    let one = || features(&network, &pictures[0], Spread::Rows);
    let many = || -> Vec<Vec<f32>> {
        pictures
            .par_iter()
            .with_max_len(1)
            .map(|picture| features(&network, picture, Spread::One))
            .collect()
    };

    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("pictures");
    std::fs::write(&path, bytemuck::cast_slice(&numbers)).expect("room for the pictures");
    let mut python = if let Some(onnx) = onnx {
        let arguments = [
            PathBuf::from(onnx).display().to_string(),
            path.display().to_string(),
            batch.to_string(),
            threads.to_string(),
        ];
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Python::start(ONNX_RUNTIME, &arguments, threads)
    } else {
        println!(
            "onnxruntime: not measured: give the path of the network in ONNX, \
             `make bench BENCH=embedding ONNX=FILE`"
        );
        None
    };

    if let Some(python) = &mut python {
        let theirs: Vec<f32> = python
            .ask(&format!("features {batch}"))
            .split(' ')
            .map(|number| number.parse().expect("a number"))
            .collect();
        let worst = (many().iter().zip(theirs.chunks_exact(320)))
            .map(|(ours, theirs)| cosine(ours, theirs))
            .fold(1.0, f64::min);
        println!("the same features: cosine at least {worst:.6} (our weights are f16, theirs f32)");
    }
    let sizes = [1, batch];
    let mut ours = [Vec::new(), Vec::new()];
    let mut theirs = [Vec::new(), Vec::new()];
    for round in 0..=rounds {
        for (which, &size) in sizes.iter().enumerate() {
            let their = python.as_mut().map(|p| p.number(&format!("time {size}")));
            let our = match size {
                1 => timed(one).0,
                _ => timed(many).0,
            };
            // the first round warms both up
            if round > 0 {
                ours[which].push(our / size as f64);
                theirs[which].extend(their.map(|their| their / size as f64));
            }
        }
    }
    for (which, size) in sizes.into_iter().enumerate() {
        let of = |times: &[f64]| {
            let least = times.iter().copied().fold(f64::INFINITY, f64::min);
            (median(times.to_vec()) * 1e3, least * 1e3)
        };
        let (our, least) = of(&ours[which]);
        print!("a picture, {size} at a time: ours {our:.2} ms (least {least:.2})");
        if theirs[which].is_empty() {
            println!();
        } else {
            let (their, least) = of(&theirs[which]);
            println!(
                ", onnxruntime {their:.2} ms (least {least:.2}): {:.2} times as fast",
                their / our
            );
        }
    }

    beside(&photos, rounds);
}

/// What an index does beside the network, on one thread.
fn beside(photos: &[RgbImage], rounds: usize) {
    let jpegs: Vec<Vec<u8>> = photos
        .iter()
        .map(|photo| {
            let mut bytes = std::io::Cursor::new(Vec::new());
            photo
                .write_to(&mut bytes, image::ImageFormat::Jpeg)
                .expect("a JPEG");
            bytes.into_inner()
        })
        .collect();
    let mut numbers = Vec::new();
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..rounds {
        times[0].push(
            timed(|| {
                for jpeg in &jpegs {
                    std::hint::black_box(image::load_from_memory(jpeg).is_ok());
                }
            })
            .0,
        );
        times[1].push(
            timed(|| {
                for photo in photos {
                    numbers.clear();
                    preprocess::normalise(photo, &mut numbers);
                }
            })
            .0,
        );
        times[2].push(
            timed(|| {
                for photo in photos {
                    let foreground = Foreground::of(photo);
                    std::hint::black_box((colour(&foreground), silhouette(&foreground, 0.5)));
                }
            })
            .0,
        );
    }
    let [decode, scale, blocks] = times.map(|times| median(times) / photos.len() as f64 * 1e3);
    println!(
        "beside it, a 400×300 photo on one thread: decode {decode:.2} ms, scale and pad {scale:.2} ms, colour and silhouette {blocks:.2} ms"
    );
}

fn features(network: &Network, picture: &Tensor, spread: Spread) -> Vec<f32> {
    let features = network.features(picture, spread);
    features
        .and_then(|features| features.flatten_all()?.to_vec1())
        .expect("features")
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let products = a.iter().zip(b).map(|(a, b)| f64::from(a * b));
        products.sum()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// Something like a shoe on white, 400×300: a shape with stripes and grain.
fn photo(seed: u32) -> RgbImage {
    RgbImage::from_fn(400, 300, |x, y| {
        let (dx, dy) = ((x as f32 - 200.0) / 170.0, (y as f32 - 170.0) / 80.0);
        if dx * dx + dy * dy < 1.0 - 0.5 * dx {
            let grain = (x * 31 + y * 17 + seed * 101).wrapping_mul(2_654_435_761) >> 28;
            let stripe = (x + 2 * y + 9 * seed) / 24 % 3;
            Rgb([60 * stripe + grain, 90 + grain * seed % 100, 40 + 5 * grain].map(|v| v as u8))
        } else {
            Rgb([255; 3])
        }
    })
}
