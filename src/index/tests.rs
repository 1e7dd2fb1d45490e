use super::*;
use crate::catalog::EmbedderId;
use crate::catalog::filter::Filters;
use crate::catalog::picture::encode_png;
use crate::embed::network::Spread;
use crate::embed::{EmbedError, Features};
use crate::space::Space;
use image::{Rgb, RgbImage};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An embedder that looks at one pixel and counts its pictures.
struct Fake {
    id: EmbedderId,
    seen: AtomicUsize,
    features: Box<dyn Fn(&[RgbImage]) -> Vec<Features> + Send + Sync>,
}

impl Fake {
    fn new() -> Self {
        Self::making(|pictures| pictures.iter().map(features).collect())
    }

    fn making(features: impl Fn(&[RgbImage]) -> Vec<Features> + Send + Sync + 'static) -> Self {
        Self {
            id: EmbedderId {
                name: "fake".to_owned(),
                sha256: "00".repeat(32),
            },
            seen: AtomicUsize::new(0),
            features: Box::new(features),
        }
    }

    fn run(&self, options: &IndexOptions, job: &Job) -> Result<IndexReport, IndexError> {
        index_with(options, self, job)
    }
}

impl Embedder for Fake {
    fn id(&self) -> &EmbedderId {
        &self.id
    }

    fn style_of(&self, picture: &RgbImage, _: Spread) -> Result<Vec<f32>, EmbedError> {
        Ok(features(picture).block("style").to_vec())
    }

    fn embed(&self, pictures: &[RgbImage]) -> Result<Vec<Features>, EmbedError> {
        self.seen.fetch_add(pictures.len(), Ordering::Relaxed);
        Ok((self.features)(pictures))
    }
}

fn features(picture: &RgbImage) -> Features {
    let [r, g, b] = picture.get_pixel(0, 0).0.map(f32::from);
    let fill = |n: usize, a: f32| {
        (0..n)
            .map(|i| a + ((i as f32 + 1.0) * (r + 2.0 * g + 3.0 * b)).sin())
            .collect()
    };
    Features::from_fn(|name| match name {
        "style" => fill(320, 1.0),
        "colour" => fill(64, 0.0),
        _ => fill(crate::embed::SILHOUETTE.dims, 2.0),
    })
}

struct Photos {
    folder: tempfile::TempDir,
}

impl Photos {
    fn new(count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let photos = folder.path().join("photos");
        std::fs::create_dir_all(photos.join("boots")).unwrap();
        std::fs::create_dir_all(photos.join("sandals")).unwrap();
        for n in 0..count {
            let kind = if n % 3 == 0 { "boots" } else { "sandals" };
            let picture = RgbImage::from_pixel(3, 2, Rgb([n as u8, (n / 7) as u8, 9]));
            std::fs::write(
                photos.join(kind).join(format!("{n:04}.png")),
                encode_png(&picture),
            )
            .unwrap();
        }
        Self { folder }
    }

    fn options(&self) -> IndexOptions {
        let at = self.folder.path();
        IndexOptions::new(
            vec![at.join("photos")],
            at.join("out.parquet"),
            PathBuf::from("none"),
        )
    }

    /// What lies beside the photos.
    fn left(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.retain(|name| name != "photos");
        names.sort();
        names
    }
}

#[test]
fn photos_become_a_catalogue() {
    let photos = Photos::new(150);
    std::fs::write(photos.folder.path().join("photos/boots/bad.jpg"), b"").unwrap();
    let report = Fake::new().run(&photos.options(), &Job::new()).unwrap();
    assert_eq!(report.count, 150);
    assert_eq!(report.skipped.len(), 1);
    assert!(
        report.skipped[0].picture.ends_with("boots/bad.jpg")
            && report.skipped[0].reason.contains("0 bytes")
    );
    assert_eq!(report.columns, ["category"]);
    assert_eq!(photos.left(), ["out.parquet"]);
    let catalog = Catalog::open(&report.output).unwrap();
    assert_eq!(catalog.len(), 150);
    assert_eq!(catalog.info().roles.kind.as_deref(), Some("category"));
    assert!(!catalog.is_grey());
    assert!(!catalog.info().extra.contains_key("part"));
    let row = catalog.row_of("sandals/0007").unwrap();
    assert_eq!(catalog.picture(row).unwrap().get_pixel(0, 0).0, [7, 1, 9]);
    assert_eq!(
        catalog.column("category").unwrap().text(row).as_deref(),
        Some("sandals")
    );
    assert_eq!(
        catalog.picture_path(row).unwrap().as_deref(),
        Some("sandals/0007.png")
    );
    let space = Space::of(&catalog).unwrap().unwrap();
    assert_eq!(space.variance_shares(), report.variance);
    let shares: f32 = report.variance.iter().sum();
    assert!(shares > 0.1 && shares <= 1.0 + 1e-4);
    assert!(catalog.positions().iter().any(|p| *p != [0.0; 3]));
}

#[test]
fn what_is_done_is_kept_when_it_is_stopped() {
    let photos = Photos::new(400);
    let options = photos.options();
    // Stopped in the midst of embedding.
    let running = std::sync::Arc::new(std::sync::OnceLock::<Job>::new());
    let (inner, is_embedding) = (running.clone(), std::sync::atomic::AtomicBool::new(false));
    let job = Job::observed(move |event| match event {
        crate::job::JobEvent::Stage(name, _) => {
            is_embedding.store(name == "Embedding", Ordering::Relaxed)
        }
        crate::job::JobEvent::Advanced(done)
            if done >= 128 && is_embedding.load(Ordering::Relaxed) =>
        {
            if let Some(job) = inner.get() {
                job.cancel();
            }
        }
        _ => (),
    });
    running.set(job.clone()).ok();
    let first = Fake::new();
    let error = first.run(&options, &job).unwrap_err();
    assert!(error.is_cancelled(), "{error}");
    let done = first.seen.load(Ordering::Relaxed);
    assert!(done < 400);
    assert!(!options.output.exists());
    let second = Fake::new();
    let report = second.run(&options, &Job::new()).unwrap();
    assert_eq!(report.count, 400);
    assert_eq!(report.resumed, done);
    assert_eq!(second.seen.load(Ordering::Relaxed), 400 - done);
    assert_eq!(photos.left(), ["out.parquet"]);
    // The same as in one go.
    let whole = Photos::new(400);
    Fake::new().run(&whole.options(), &Job::new()).unwrap();
    let (a, b) = (
        Catalog::open(&options.output).unwrap(),
        Catalog::open(&whole.options().output).unwrap(),
    );
    assert_eq!(a.fingerprint(), b.fingerprint());
    assert_eq!(a.positions(), b.positions());
    assert_eq!(a.columns(), b.columns());
}

#[test]
fn parts_of_other_photos_are_not_taken() {
    let photos = Photos::new(200);
    let options = photos.options();
    let job = Job::new();
    let stop = job.clone();
    let fake = Fake::making(move |pictures| {
        stop.cancel();
        pictures.iter().map(features).collect()
    });
    let error = fake.run(&options, &job).unwrap_err();
    assert!(
        error.to_string().contains("stopped after 64 of 200"),
        "{error}"
    );
    assert_eq!(photos.left(), [".out.parquet.partial"]);
    let other = IndexOptions {
        thumbnail: 2,
        ..options
    };
    let fake = Fake::new();
    assert_eq!(fake.run(&other, &Job::new()).unwrap().resumed, 0);
    assert_eq!(fake.seen.load(Ordering::Relaxed), 200);
    assert_eq!(photos.left(), ["out.parquet"]);
}

#[test]
fn conditions_and_limits_choose() {
    let photos = Photos::new(30);
    let with = |filter: &str, limit| IndexOptions {
        filter: Filters::parse([filter]).unwrap(),
        limit,
        ..photos.options()
    };
    let report = Fake::new()
        .run(&with("category=boots", Some(4)), &Job::new())
        .unwrap();
    assert_eq!(report.count, 4);
    let catalog = Catalog::open(&report.output).unwrap();
    assert_eq!(
        catalog.column("category").unwrap().categories(),
        [("boots".to_owned(), 4)]
    );
    let message = |filter| {
        Fake::new()
            .run(&with(filter, None), &Job::new())
            .unwrap_err()
            .to_string()
    };
    assert!(message("category=bots").contains("did you mean `boots`?"));
    assert!(message("categry=boots").contains("did you mean `category`?"));
    // The old catalogue is as it was.
    assert_eq!(Catalog::open(&photos.options().output).unwrap().len(), 4);
    assert_eq!(photos.left(), ["out.parquet"]);
}

#[test]
fn any_number_of_shoes_from_one_up() {
    for count in [1, 2, 3] {
        let photos = Photos::new(count);
        let report = Fake::new().run(&photos.options(), &Job::new()).unwrap();
        assert_eq!(report.count, count);
        let catalog = Catalog::open(&report.output).unwrap();
        assert!(catalog.positions().iter().flatten().all(|x| x.is_finite()));
    }
    // The same picture over and over.
    let photos = Photos::new(0);
    for n in 0..5 {
        let path = photos.folder.path().join(format!("photos/boots/{n}.png"));
        std::fs::write(path, encode_png(&RgbImage::new(2, 2))).unwrap();
    }
    let report = Fake::new().run(&photos.options(), &Job::new()).unwrap();
    assert_eq!(report.count, 5);
    assert!(Catalog::open(&report.output).unwrap().is_grey());
}

#[test]
fn failures_leave_nothing_behind() {
    let photos = Photos::new(0);
    let at = photos.folder.path().to_owned();
    let message = |options: &IndexOptions| {
        Fake::new()
            .run(options, &Job::new())
            .unwrap_err()
            .to_string()
    };
    assert!(message(&photos.options()).contains("is empty"));
    for n in 0..3 {
        std::fs::write(at.join(format!("photos/{n}.png")), b"no picture").unwrap();
    }
    let error = message(&photos.options());
    assert!(
        error.contains("none of the 3 photos can be read") && error.contains("0.png"),
        "{error}"
    );
    let nowhere = IndexOptions {
        output: at.join("no/out.parquet"),
        ..photos.options()
    };
    assert!(message(&nowhere).contains("make it first"));
    let folder = IndexOptions {
        output: at.join("photos"),
        ..photos.options()
    };
    assert!(message(&folder).contains("is a folder"));
    let no_network = index(&photos.options(), &Job::new())
        .unwrap_err()
        .to_string();
    assert!(no_network.contains("none"), "{no_network}");
    assert!(photos.left().is_empty());
    let broken = Photos::new(2);
    let fake = Fake::making(|_| Vec::new());
    let error = fake.run(&broken.options(), &Job::new()).unwrap_err();
    assert!(error.to_string().contains("0 results for 2 pictures"));
}

#[test]
fn blank_pictures_are_told_and_can_be_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let photos = folder.path().join("photos");
    std::fs::create_dir_all(&photos).unwrap();
    for n in 0..6 {
        let picture = RgbImage::from_fn(20, 20, |x, y| {
            let shoe = n % 2 == 0 && (4..16).contains(&x) && (8..14).contains(&y);
            Rgb(if shoe { [90, 40, n as u8] } else { [255; 3] })
        });
        std::fs::write(photos.join(format!("{n}.png")), encode_png(&picture)).unwrap();
    }
    let output = folder.path().join("out.parquet");
    let mut options = IndexOptions::new(vec![photos], output, PathBuf::new());
    let job = Job::new();
    let report = Fake::new().run(&options, &job).unwrap();
    assert_eq!((report.count, report.skipped.len()), (6, 0));
    assert_eq!((report.blank.len(), report.notes.len()), (3, 1));
    let told = job.warnings().join("\n");
    assert!(
        told.contains("3 pictures show nothing") && told.contains("1.png"),
        "{told}"
    );

    options.skip_blank = true;
    let report = Fake::new().run(&options, &Job::new()).unwrap();
    assert_eq!((report.count, report.skipped.len()), (3, 3));
    assert!(report.blank.is_empty());
    assert!(report.skipped[0].reason.contains("shows nothing"));
}

#[test]
fn a_source_that_goes_half_way_replaces_nothing_and_one_that_comes_back_is_gone_on_with() {
    let photos = Photos::new(400);
    let options = photos.options();
    let whole = Fake::new().run(&options, &Job::new()).unwrap();
    let before = std::fs::read(&whole.output).unwrap();
    let (source, aside) = (
        photos.folder.path().join("photos"),
        photos.folder.path().join("aside"),
    );
    // Another embedder, so that it begins anew; after some photos the drive is unplugged.
    let unplugs = |leaves_folder: bool| {
        let (source, aside) = (source.clone(), aside.clone());
        let mut fake = Fake::making(move |pictures| {
            if source.join("boots").exists() {
                std::fs::rename(&source, &aside).unwrap();
                if leaves_folder {
                    std::fs::create_dir(&source).unwrap();
                }
            }
            pictures.iter().map(features).collect()
        });
        fake.id.sha256 = "11".repeat(32);
        fake
    };
    for leaves_folder in [false, true] {
        let lost = unplugs(leaves_folder).run(&options, &Job::new());
        let Err(IndexError::SourceLost { done, .. }) = &lost else {
            panic!("{lost:?}");
        };
        assert!((64..400).contains(done), "{done}");
        assert!(std::fs::read(&whole.output).unwrap() == before);
        if leaves_folder {
            std::fs::remove_dir(&source).unwrap();
        }
        std::fs::rename(&aside, &source).unwrap();
    }
    // Both times what was done is kept: the third run reads only the rest.
    let mut fake = Fake::new();
    fake.id.sha256 = "11".repeat(32);
    let report = fake.run(&options, &Job::new()).unwrap();
    assert_eq!(report.count, 400);
    assert!(report.resumed >= 128, "{}", report.resumed);
    assert_eq!(report.resumed + fake.seen.into_inner(), 400);
    assert_eq!(photos.left(), ["out.parquet"]);
}

#[test]
fn a_photo_that_is_deleted_while_it_is_indexed_is_left_out() {
    let photos = Photos::new(150);
    let gone = photos.folder.path().join("photos/sandals/0149.png");
    let fake = Fake::making(move |pictures| {
        let _ = std::fs::remove_file(&gone);
        pictures.iter().map(features).collect()
    });
    let report = fake.run(&photos.options(), &Job::new()).unwrap();
    assert_eq!(report.count, 149);
    assert!(report.skipped[0].picture.ends_with("0149.png"));
}
