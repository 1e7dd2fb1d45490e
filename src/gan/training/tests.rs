//! Whole little runs on a catalogue made here.

use super::*;
use crate::catalog::Values;
use crate::catalog::fixture::Fixture;
use crate::catalog::picture::encode_png;
use crate::catalog::writer::NewShoe;
use crate::gan::random::{normal, random};
use crate::job::JobEvent;
use image::{Rgb, RgbImage};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

const STYLE: usize = 12;
const COLOUR: usize = 4;
const SILHOUETTE: usize = 3;

/// A catalogue of `shoes` boxes whose shape and shade follow their blocks; every fifth is held out.
fn catalogue(path: &Path, shoes: usize, side: u32, embedder: &str) -> Catalog {
    let mut numbers = random(3, 3);
    let list: Vec<NewShoe> = (0..shoes)
        .map(|_| {
            let style: Vec<f32> = (0..STYLE).map(|_| normal(&mut numbers)).collect();
            let half = side as f32 / 2.0;
            let width = (half * (0.6 + 0.1 * style[0].clamp(-2.0, 2.0))) as u32;
            let shade = (120.0 + 40.0 * style[1].clamp(-2.0, 2.0)) as u8;
            let picture = RgbImage::from_fn(side, side, |x, y| {
                let inside = x.abs_diff(side / 2) < width && y.abs_diff(side / 2) < width / 2;
                Rgb([if inside { shade } else { 255 }; 3])
            });
            NewShoe {
                picture: encode_png(&picture),
                blocks: vec![style, vec![0.5; COLOUR], vec![0.2; SILHOUETTE]],
                ..NewShoe::default()
            }
        })
        .collect();
    let split = (0..shoes).map(|i| Some(if i % 5 == 0 { "test" } else { "train" }));
    Fixture::new([
        ("style", STYLE),
        ("colour", COLOUR),
        ("silhouette", SILHOUETTE),
    ])
    .embedded_by("made up", embedder)
    .grey()
    .column("split", Values::text(split))
    .shoes(list)
    .open(path)
}

fn frozen() -> FrozenNetworks {
    let path = "models/efficientnet-lite0.safetensors";
    FrozenNetworks::load(path.as_ref()).unwrap()
}

fn options(images: u64) -> TrainOptions {
    TrainOptions {
        images: Some(images),
        ..TrainOptions::default()
    }
}

fn train(catalog: &Catalog, output: &Path, images: u64, resume: bool) -> Result<Ended, GanError> {
    let (job, options) = (Job::new(), options(images));
    let mut training = if resume {
        Training::resume(catalog, &options, &frozen(), output, &job)?
    } else {
        Training::begin(catalog, &options, None, &frozen(), output, &job)?
    };
    training.run(&options, &job, &mut |_| {})
}

/// A job that is cancelled when so many pictures were trained on.
fn stopping_after(images: u64) -> Job {
    let training = AtomicBool::new(false);
    let itself: Arc<OnceLock<Job>> = Arc::default();
    let there = itself.clone();
    let job = Job::observed(move |event| match event {
        JobEvent::Stage(name, _) => training.store(name == "Training", Ordering::Relaxed),
        JobEvent::Advanced(done) if training.load(Ordering::Relaxed) && done >= images => {
            there.get().inspect(|job| job.cancel());
        }
        _ => {}
    });
    let _ = itself.set(job.clone());
    job
}

#[test]
fn a_resumed_run_goes_through_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = catalogue(&folder.path().join("c.parquet"), 90, 28, "e");
    let (whole, parts) = (
        folder.path().join("whole.safetensors"),
        folder.path().join("parts.safetensors"),
    );
    assert_eq!(train(&catalog, &whole, 256, false).unwrap(), Ended::Done);
    // Stopped in the middle, as by Ctrl-C: a shorter run would be another one, which cools down sooner.
    let job = stopping_after(96);
    let options = options(256);
    let mut training = Training::begin(&catalog, &options, None, &frozen(), &parts, &job).unwrap();
    let ended = training.run(&options, &job, &mut |_| {}).unwrap();
    assert_eq!((ended, training.images()), (Ended::Stopped, 96));
    train(&catalog, &parts, 256, true).unwrap();
    let decoded = |path: &Path| {
        let generator = Generator::load(path).unwrap();
        assert_eq!(generator.info().images, 256);
        assert_eq!((generator.info().size, generator.info().shoes), (32, 72));
        let code = generator
            .code(&[&[0.3; STYLE], &[0.1; COLOUR], &[0.2; SILHOUETTE]])
            .unwrap();
        let codes = [code.clone(), code];
        let pictures = generator
            .decode(&codes, &[generator.noise(1, 0), generator.noise(1, 1)])
            .unwrap();
        assert_eq!(pictures[0].dimensions(), (32, 32));
        let seen = generator.embeddable(&pictures[0], &codes[0]);
        assert_eq!(seen.dimensions(), (28, 28));
        pictures
    };
    assert_eq!(decoded(&whole), decoded(&parts));
    let checkpoint = |path: &Path| {
        let saved = checkpoint::Saved::read(&checkpoint_path(path)).unwrap();
        (saved.state.random().unwrap(), saved.basis)
    };
    assert_eq!(checkpoint(&whole), checkpoint(&parts));
    assert!(sheet_path(&parts).exists());
}

#[test]
fn a_run_begun_from_a_generator_begins_with_its_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = catalogue(&folder.path().join("c.parquet"), 90, 28, "e");
    let output = folder.path().join("g.safetensors");
    train(&catalog, &output, 256, false).unwrap();
    let model = Generator::load(&output).unwrap();
    let (job, options) = (Job::new(), options(64));
    let adapted = folder.path().join("adapted.safetensors");
    let begin = |catalog: &Catalog, options: &TrainOptions| {
        Training::begin(catalog, options, Some(&model), &frozen(), &adapted, &job)
    };
    let training = begin(&catalog, &options).unwrap();
    let begun = training.generator().unwrap();
    let blocks: [&[f32]; 3] = [&[0.4; STYLE], &[0.5; COLOUR], &[0.2; SILHOUETTE]];
    let picture = |generator: &Generator| {
        let code = generator.code(&blocks).unwrap();
        generator
            .decode(&[code], &[generator.noise(1, 0)])
            .unwrap()
            .remove(0)
    };
    let (theirs, ours) = (picture(&model), picture(&begun));
    let off = theirs.as_raw().iter().zip(ours.as_raw());
    let most = off.map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    // The model's numbers were rounded to 16 bit, and the map between the codes is fitted.
    assert!(most <= 12, "{most}");
    let other = catalogue(&folder.path().join("o.parquet"), 90, 28, "another");
    let error = begin(&other, &options).err().unwrap().to_string();
    assert!(error.contains("do not belong together"), "{error}");
    let larger = TrainOptions {
        size: 64,
        ..options.clone()
    };
    let large = self::catalogue(&folder.path().join("l.parquet"), 90, 60, "e");
    let error = begin(&large, &larger).err().unwrap().to_string();
    assert!(
        error.contains("32×32×1") && error.contains("64×64×1"),
        "{error}"
    );
}

#[test]
fn the_original_trains_and_resumes_too() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = catalogue(&folder.path().join("c.parquet"), 90, 28, "e");
    let output = folder.path().join("o.safetensors");
    for (images, resume) in [(64, false), (128, true)] {
        let (job, options) = (
            Job::new(),
            TrainOptions {
                network: NetworkKind::Original,
                ..options(images)
            },
        );
        let mut training = if resume {
            Training::resume(&catalog, &options, &frozen(), &output, &job).unwrap()
        } else {
            Training::begin(&catalog, &options, None, &frozen(), &output, &job).unwrap()
        };
        training.run(&options, &job, &mut |_| {}).unwrap();
    }
    let generator = Generator::load(&output).unwrap();
    assert_eq!(generator.info().images, 128);
    assert_eq!(generator.noise(1, 1).len(), 64);
    let error = train(&catalog, &output, 256, true).unwrap_err();
    assert!(error.to_string().contains("other network"), "{error}");
}

#[test]
fn decoding_is_the_same_alone_and_in_a_batch() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = catalogue(&folder.path().join("c.parquet"), 90, 28, "e");
    let output = folder.path().join("g.safetensors");
    train(&catalog, &output, 32, false).unwrap();
    let generator = Generator::load(&output).unwrap();
    let codes: Vec<_> = (0..7)
        .map(|i| {
            let blocks: [&[f32]; 3] = [&[i as f32; STYLE], &[0.0; COLOUR], &[0.0; SILHOUETTE]];
            generator.code(&blocks).unwrap()
        })
        .collect();
    let noises: Vec<_> = (0..7).map(|i| generator.noise(4, i)).collect();
    let together = generator.decode(&codes, &noises).unwrap();
    for i in 0..7 {
        let alone = generator.decode(&codes[i..=i], &noises[i..=i]).unwrap();
        assert_eq!(alone[0], together[i]);
    }
    assert!(generator.decode(&[], &[]).unwrap().is_empty());
    for (codes, noises) in [
        (vec![vec![0.0; 3]], vec![noises[0].clone()]),
        (vec![codes[0].clone()], vec![vec![0.0; 3]]),
        (vec![codes[0].clone()], vec![]),
        (
            vec![vec![f32::NAN; codes[0].len()]],
            vec![noises[0].clone()],
        ),
    ] {
        assert!(generator.decode(&codes, &noises).is_err());
    }
    assert!(generator.code(&[&[0.0; 3], &[0.0; COLOUR]]).is_err());
    let nan: [&[f32]; 3] = [&[f32::NAN; STYLE], &[0.0; COLOUR], &[0.0; SILHOUETTE]];
    assert!(generator.code(&nan).is_err());
}

#[test]
fn what_cannot_be_trained_or_resumed_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let output = at("g.safetensors");
    let refused = |result: Result<Ended, GanError>, words: &[&str]| {
        let text = result.unwrap_err().to_string();
        assert!(words.iter().all(|w| text.contains(w)), "{text}");
    };
    let few = catalogue(&at("few.parquet"), 50, 28, "e");
    refused(
        train(&few, &output, 32, false),
        &["few.parquet", "40 shoes", "50 are needed"],
    );
    let small = catalogue(&at("small.parquet"), 90, 22, "e");
    refused(
        train(&small, &output, 32, false),
        &["upscaled", "32 pixels"],
    );

    let catalog = catalogue(&at("c.parquet"), 90, 28, "e");
    refused(train(&catalog, &output, 32, true), &["no checkpoint"]);
    train(&catalog, &output, 32, false).unwrap();
    let other = catalogue(&at("other.parquet"), 90, 28, "another");
    refused(train(&other, &output, 64, true), &["another embedder"]);
    let job = Job::new();
    let larger = TrainOptions {
        size: 64,
        ..options(64)
    };
    let resumed =
        Training::resume(&catalog, &larger, &frozen(), &output, &job).map(|_| Ended::Done);
    refused(resumed, &["size 32, not 64"]);
    let checkpoint = checkpoint_path(&output);
    let whole = std::fs::read(&checkpoint).unwrap();
    std::fs::write(&checkpoint, &whole[..whole.len() / 2]).unwrap();
    refused(train(&catalog, &output, 64, true), &["cut short"]);
    std::fs::copy(&output, &checkpoint).unwrap();
    refused(
        train(&catalog, &output, 64, true),
        &["shoespace generator", "checkpoint is needed"],
    );
}

#[test]
fn a_stopped_run_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = catalogue(&folder.path().join("c.parquet"), 90, 28, "e");
    let output = folder.path().join("g.safetensors");
    let job = Job::new();
    let mut training =
        Training::begin(&catalog, &options(1 << 40), None, &frozen(), &output, &job).unwrap();
    job.cancel();
    let ended = training.run(&options(1 << 40), &job, &mut |_| {}).unwrap();
    assert_eq!(ended, Ended::Stopped);
    assert!(checkpoint_path(&output).exists() && output.exists());
}

#[test]
fn a_run_that_diverges_is_rolled_back_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = catalogue(&folder.path().join("c.parquet"), 90, 28, "e");
    let output = folder.path().join("g.safetensors");
    let job = Job::new();
    let mut training =
        Training::begin(&catalog, &options(64), None, &frozen(), &output, &job).unwrap();
    let safe = training.trainer.snapshot().unwrap();
    let good = training.trainer.discriminator.values(0).unwrap();
    training
        .trainer
        .discriminator
        .set_values(0, vec![f32::NAN; good.len()])
        .unwrap();
    let metrics = training
        .trainer
        .step(&training.set, &training.features, 1.0, &mut training.random)
        .unwrap();
    assert!(!training.trainer.is_sane(&metrics));
    training.roll_back(&safe, metrics, &job).unwrap();
    assert_eq!(training.trainer.discriminator.values(0).unwrap(), good);
    assert!(training.rate < 1.0 && job.warnings()[0].contains("rolled back"));
    assert_eq!(
        training.run(&options(64), &job, &mut |_| {}).unwrap(),
        Ended::Done
    );
    // A run that cannot be brought back is given up.
    let result = (0..20).find_map(|_| training.roll_back(&safe, metrics, &job).err());
    assert!(matches!(result, Some(GanError::Diverged { .. })));
}
