//! The committed network against what ONNX Runtime says of the original, and the embedder as a whole.
//!
//! `tests/data/embedder-check.json` holds `feat320` of `efficientnet-lite0.onnx` (f32, onnxruntime 1.32) for three
//! inputs that every language makes alike: all zeros, a ramp from −1 to 1, and a striped disc on white.

use std::collections::BTreeMap;
use std::sync::Arc;

use candle_core::{Device, Tensor};
use image::{Rgb, RgbImage, imageops};
use shoespace::embed::network::{Network, SIDE, Spread};
use shoespace::embed::{self, COLOUR, EFFICIENTNET_LITE0, EmbedError, Embedder, SILHOUETTE, STYLE};
use shoespace::job::Job;
use shoespace::paths::Roots;

fn weights() -> std::path::PathBuf {
    EFFICIENTNET_LITE0
        .find(&Roots::of_process(None))
        .expect("the committed weights")
}

fn embedder() -> Arc<dyn Embedder> {
    embed::load(&weights()).expect("the committed weights load")
}

/// The striped disc that the check values were made from.
fn disc() -> RgbImage {
    RgbImage::from_fn(SIDE as u32, SIDE as u32, |x, y| {
        let (dx, dy) = (i64::from(x) - 100, i64::from(y) - 120);
        if dx * dx + dy * dy >= 70 * 70 {
            return Rgb([255; 3]);
        }
        let stripe = (x + 2 * y) / 16 % 3;
        Rgb([0, 1, 2].map(|c| {
            if stripe == c {
                200
            } else {
                (40 + (x + y * c) % 50) as u8
            }
        }))
    })
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let products = a.iter().zip(b).map(|(a, b)| f64::from(a * b));
        products.sum()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn the_committed_network_gives_the_features_of_the_original() {
    let expected: BTreeMap<String, Vec<f32>> =
        serde_json::from_str(include_str!("data/embedder-check.json")).unwrap();
    let network = Network::from_safetensors(&std::fs::read(weights()).unwrap()).unwrap();
    assert_eq!(expected.len(), 3);
    for (name, expected) in expected {
        let count = 3 * SIDE * SIDE;
        let planes = |values: Vec<f32>| {
            let planes = Tensor::from_vec(values, (1, 3, SIDE, SIDE), &Device::Cpu)?;
            planes.permute((0, 2, 3, 1))?.contiguous()
        };
        let picture = match name.as_str() {
            "zeros" => planes(vec![0.0; count]),
            "ramp" => planes(
                (0..count)
                    .map(|i| (-1.0 + 2.0 * i as f64 / (count - 1) as f64) as f32)
                    .collect(),
            ),
            "disc" => {
                let mut values = Vec::new();
                shoespace::embed::preprocess::normalise(&disc(), &mut values);
                Tensor::from_vec(values, (1, SIDE, SIDE, 3), &Device::Cpu)
            }
            _ => panic!("an input that is not known: {name}"),
        };
        for spread in [Spread::One, Spread::Rows] {
            let features = network.features(picture.as_ref().unwrap(), spread).unwrap();
            let features: Vec<f32> = features.flatten_all().unwrap().to_vec1().unwrap();
            assert_eq!(features.len(), STYLE.dims);
            let cosine = cosine(&features, &expected);
            assert!(cosine >= 0.9999, "{name}: {cosine}");
        }
    }
}

#[test]
fn a_picture_alone_and_in_a_batch_is_the_same_picture() {
    let embedder = embedder();
    let pictures = [
        disc(),
        imageops::resize(&disc(), 28, 28, imageops::FilterType::Triangle),
        RgbImage::from_pixel(60, 80, Rgb([255; 3])),
        imageops::crop_imm(&disc(), 20, 40, 190, 90).to_image(),
    ];
    let job = Job::new();
    let batch = embedder.embed_observed(&pictures, &job).unwrap();
    assert_eq!(job.progress().done, 4);
    for (picture, together) in pictures.iter().zip(&batch) {
        let alone = embedder.embed(std::slice::from_ref(picture)).unwrap();
        for ((name, a), (_, b)) in alone[0].blocks().iter().zip(together.blocks()) {
            assert_eq!(*a, b, "{name}");
        }
    }
}

#[test]
fn any_picture_gives_finite_features() {
    let embedder = embedder();
    let pictures: Vec<RgbImage> = [(0, 0), (1, 1), (1, 3000), (3000, 1), (7, 5), (28, 28)]
        .into_iter()
        .flat_map(|(w, h)| [0, 128, 255].map(|v| RgbImage::from_pixel(w, h, Rgb([v; 3]))))
        .collect();
    for features in embedder.embed(&pictures).unwrap() {
        let lengths = features.blocks().map(|(_, values)| values.len());
        assert_eq!(lengths, [STYLE.dims, COLOUR.dims, SILHOUETTE.dims]);
        for (name, values) in features.blocks() {
            assert!(values.iter().all(|v| v.is_finite()), "{name}");
        }
    }
    assert!(embedder.embed(&[]).unwrap().is_empty());
}

#[test]
fn a_cancelled_job_stops() {
    let job = Job::new();
    job.cancel();
    let result = embedder().embed_observed(&[disc(), disc()], &job);
    assert!(matches!(result, Err(EmbedError::Cancelled(_))));
}

#[test]
fn other_files_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    let missing = embed::load(&path).err().unwrap().to_string();
    assert!(
        missing.contains("weights.safetensors") && missing.contains("models/README.md"),
        "{missing}"
    );
    let whole = std::fs::read(weights()).unwrap();
    for bytes in [&b""[..], b"no network at all", &whole[..whole.len() / 2]] {
        std::fs::write(&path, bytes).unwrap();
        let refused = embed::load(&path).err().unwrap().to_string();
        assert!(refused.contains("weights.safetensors"), "{refused}");
    }
}
