//! Recommendations against direct computations, and every wrong query.

use super::fixture::{self, catalogue};
use super::learn::{learn, learn_into};
use super::*;
use crate::catalog::Catalog;
use crate::catalog::filter::Filters;
use crate::catalog::fixture::Fixture;
use crate::catalog::picture::encode_png;
use crate::catalog::writer::NewShoe;
use crate::embed::Features;
use crate::job::Job;
use rand::{RngExt as _, SeedableRng as _};
use std::sync::Arc;

fn recommender(rows: usize) -> (tempfile::TempDir, Recommender) {
    let (folder, catalog) = catalogue(rows);
    let recommender = Recommender::new(catalog).unwrap();
    (folder, recommender)
}

fn features(catalog: &Catalog, row: usize) -> Features {
    Features::from_fn(|name| catalog.block(name).unwrap().row_f32(row))
}

/// The `k` shoes most like a shoe of the catalogue.
fn like_row(row: usize, k: usize) -> Query {
    Query {
        target: Some(Example::Row(row)),
        k,
        ..Query::default()
    }
}

/// The `k` shoes most like a photo.
fn like_features(features: Features, k: usize) -> Query {
    Query {
        target: Some(Example::Features(features)),
        k,
        ..Query::default()
    }
}

/// Block cosines by the book: raw blocks, centred on the catalogue, in 64 bit.
fn cosines(catalog: &Catalog, name: &str, row: usize) -> Vec<f32> {
    let block = catalog.block(name).unwrap();
    let rows: Vec<Vec<f64>> = (0..catalog.len())
        .map(|row| block.row_f32(row).into_iter().map(f64::from).collect())
        .collect();
    let mean: Vec<f64> = (0..block.dims)
        .map(|at| rows.iter().map(|r| r[at]).sum::<f64>() / rows.len() as f64)
        .collect();
    let unit: Vec<Vec<f64>> = rows
        .iter()
        .map(|row| {
            let centred: Vec<f64> = row.iter().zip(&mean).map(|(v, m)| v - m).collect();
            let length = centred.iter().map(|v| v * v).sum::<f64>().sqrt();
            centred.into_iter().map(|v| v / length).collect()
        })
        .collect();
    unit.iter()
        .map(|other| {
            other
                .iter()
                .zip(&unit[row])
                .map(|(a, b)| a * b)
                .sum::<f64>() as f32
        })
        .collect()
}

#[test]
fn the_score_is_the_weighted_sum_of_cosines_and_matches() {
    let (_folder, recommender) = recommender(90);
    let catalog = recommender.catalog().clone();
    let mut query = like_row(4, 89);
    query.weights.blocks = [("style", 0.2), ("colour", 0.7), ("silhouette", 0.1)]
        .map(|(n, w)| (n.to_owned(), w))
        .into();
    query.weights.columns = [("gender".to_owned(), 0.25), ("year".to_owned(), 0.1)].into();
    let (style, colour, silhouette) = (
        cosines(&catalog, "style", 4),
        cosines(&catalog, "colour", 4),
        cosines(&catalog, "silhouette", 4),
    );
    let list = recommender.recommend(&query).unwrap();
    assert_eq!(list.len(), 89);
    for shoe in &list {
        let row = shoe.row;
        let same = |name: &str| {
            let column = catalog.column(name).unwrap();
            column.text(4).is_some() && column.text(4) == column.text(row)
        };
        let wanted = 0.2 * style[row]
            + 0.7 * colour[row]
            + 0.1 * silhouette[row]
            + if same("gender") { 0.25 } else { 0.0 }
            + if same("year") { 0.1 } else { 0.0 };
        assert!(
            (shoe.score - wanted).abs() < 2e-3,
            "{row}: {} {wanted}",
            shoe.score
        );
    }
    assert!(list.windows(2).all(|pair| pair[0].score >= pair[1].score));
    assert!(list.iter().all(|shoe| shoe.row != 4));
}

#[test]
fn bars_add_up_to_the_score_exactly() {
    let (_folder, recommender) = recommender(60);
    for metric in [Metric::Cosine, Metric::SquaredEuclidean] {
        let mut query = like_row(7, 20);
        query.likes.push(Example::Row(30));
        query.dislikes.push(Example::Row(31));
        query.weights.metric = metric;
        query.weights.blocks = [("style", 0.5), ("colour", 0.2), ("silhouette", 0.3)]
            .map(|(n, w)| (n.to_owned(), w))
            .into();
        query.weights.columns = [("kind".to_owned(), 0.25)].into();
        for shoe in recommender.recommend(&query).unwrap() {
            let sum: f32 = shoe.contributions.iter().map(|(_, c)| c).sum();
            assert_eq!(sum, shoe.score);
            let names: Vec<_> = shoe.contributions.iter().map(|(n, _)| n.as_str()).collect();
            let blocks = ["style", "silhouette", "kind", "colour"];
            assert_eq!(names[..4], blocks);
            assert_eq!(names[4..], [LIKES, DISLIKES]);
            assert!(!shoe.reason.is_empty());
        }
    }
}

#[test]
fn the_exact_search_and_scoring_every_row_agree() {
    let (_folder, recommender) = recommender(200);
    let likes = Query {
        likes: vec![Example::Row(12), Example::Row(100)],
        ..Query::default()
    };
    for mut query in [likes, like_row(12, 15)] {
        query.weights.columns = [("gender".to_owned(), 0.2)].into();
        let scoring = recommender.scoring(&query).unwrap();
        assert!(scoring.is_dot_product());
        let mask = metadata::mask(recommender.catalog(), &query).unwrap();
        let fast = candidates::best(&scoring, &*recommender.index, &mask, 15).unwrap();
        let slow = candidates::best_of_all(&scoring, &mask, 15);
        assert_eq!(fast, slow);
    }
}

#[test]
fn squared_distance_is_what_it_says() {
    let (_folder, recommender) = recommender(60);
    let catalog = recommender.catalog().clone();
    let mut query = like_row(3, 59);
    query.weights = Weights {
        metric: Metric::SquaredEuclidean,
        ..Weights::only("style")
    };
    let list = recommender.recommend(&query).unwrap();
    let block = catalog.block("style").unwrap();
    let own = block.row_f32(3);
    let square = |row: usize| -> f32 {
        block
            .row_f32(row)
            .iter()
            .zip(&own)
            .map(|(a, b)| (a - b) * (a - b))
            .sum()
    };
    let mut wanted: Vec<usize> = (0..60).filter(|&row| row != 3).collect();
    wanted.sort_by(|&a, &b| square(a).total_cmp(&square(b)));
    let found: Vec<usize> = list.iter().map(|shoe| shoe.row).collect();
    // Neighbours in the order of the plain distance; 16 bit may swap what is all but equal.
    for (place, (&a, &b)) in found.iter().zip(&wanted).enumerate() {
        assert!(
            (square(a) - square(b)).abs() < 5e-3 * square(b).max(0.1),
            "place {place}"
        );
    }
}

#[test]
fn a_photo_of_a_shoe_finds_that_shoe_first() {
    let (_folder, recommender) = recommender(60);
    let query = like_features(features(recommender.catalog(), 22), 3);
    let list = recommender.recommend(&query).unwrap();
    assert_eq!(list[0].row, 22);
    assert!(
        list[0].score > 0.999 && list[0].distance == 0.0,
        "{:?}",
        list[0]
    );
    let mut words: Vec<&str> = list[0].reason.split(", ").collect();
    words.sort_unstable();
    assert_eq!(words, ["same kind", "same outline", "same palette"]);
}

#[test]
fn a_target_stays_what_the_list_is_about_and_likes_lean_it() {
    let (_folder, recommender) = recommender(180);
    let colour = |row: usize| row / 3 % 3;
    let of_colour = |list: &[Recommendation], wanted: usize| {
        list.iter().filter(|s| colour(s.row) == wanted).count()
    };
    let list = |target: Option<usize>, like: Option<usize>| {
        let query = Query {
            target: target.map(Example::Row),
            likes: like.map(Example::Row).into_iter().collect(),
            k: 15,
            ..Query::default()
        };
        recommender.recommend(&query).unwrap()
    };
    // The like (row 3) is of another colour than the target (row 0).
    let (plain, liked, leaning) = (
        list(Some(0), None),
        list(None, Some(3)),
        list(Some(0), Some(3)),
    );
    assert!(of_colour(&liked, 1) > of_colour(&liked, 0));
    assert!(of_colour(&leaning, 0) > of_colour(&leaning, 1));
    assert!(of_colour(&leaning, 1) >= of_colour(&plain, 1));
    assert!(leaning.iter().all(|s| s.row != 0 && s.row != 3));
    let of_likes = |s: &Recommendation| {
        let mut all = s.contributions.iter();
        all.find(|(name, _)| name == LIKES).map_or(0.0, |(_, c)| *c)
    };
    assert!(leaning.iter().all(|s| of_likes(s) > 0.0));
    assert!(plain.iter().all(|s| of_likes(s) == 0.0));
}

#[test]
fn any_like_is_enough_and_a_dislike_pushes_away() {
    let (_folder, recommender) = recommender(180);
    let catalog = recommender.catalog().clone();
    let kind = |row: usize| row % 3;
    // Likes of two kinds give shoes of both, not of something between.
    let query = Query {
        likes: vec![Example::Row(0), Example::Row(1)],
        k: 20,
        ..Query::default()
    };
    let rows: Vec<usize> = recommender
        .recommend(&query)
        .unwrap()
        .iter()
        .map(|s| s.row)
        .collect();
    assert!(rows.iter().any(|&r| kind(r) == 0) && rows.iter().any(|&r| kind(r) == 1));
    assert!(rows.iter().all(|&r| kind(r) != 2 && r > 1));
    // The colour of the dislike (row 30 is a boot as row 0 is, of another colour) goes.
    let colour = |row: usize| row / 3 % 3;
    let plain = recommender.recommend(&like_row(0, 40)).unwrap();
    let mut query = like_row(0, 40);
    query.dislikes.push(Example::Row(3));
    let pushed = recommender.recommend(&query).unwrap();
    let of_colour =
        |list: &[Recommendation]| list.iter().filter(|s| colour(s.row) == colour(3)).count();
    assert!(
        of_colour(&pushed) < of_colour(&plain),
        "{} {}",
        of_colour(&pushed),
        of_colour(&plain)
    );
    // Dislikes alone: what is least like them.
    let query = Query {
        dislikes: vec![Example::Row(0)],
        k: 20,
        ..Query::default()
    };
    let far = recommender.recommend(&query).unwrap();
    assert!(
        far.iter().all(|s| kind(s.row) != 0 && s.score > 0.0),
        "{far:?}"
    );
    assert_eq!(catalog.len(), 180);
}

#[test]
fn filters_and_the_same() {
    let (_folder, recommender) = recommender(90);
    let catalog = recommender.catalog().clone();
    let mut query = like_row(4, 50);
    query.same = vec!["gender".to_owned()];
    query.filters = Filters::parse(["year>=2012", "hue=Red,White"]).unwrap();
    let list = recommender.recommend(&query).unwrap();
    assert!(!list.is_empty());
    for shoe in &list {
        let text = |name: &str| {
            catalog
                .column(name)
                .unwrap()
                .text(shoe.row)
                .unwrap()
                .into_owned()
        };
        assert_eq!(text("gender"), "Women");
        assert!(text("year").parse::<i64>().unwrap() >= 2012);
        assert!(text("hue") != "Black");
    }
    query.filters = Filters::parse(["year>=2012", "year<2012"]).unwrap();
    let message = recommender.recommend(&query).unwrap_err().to_string();
    assert!(
        message.contains("year>=2012") && message.contains("without"),
        "{message}"
    );
    // Row 7 has no gender.
    let mut query = like_row(7, 5);
    query.same = vec!["gender".to_owned()];
    let message = recommender.recommend(&query).unwrap_err().to_string();
    assert!(message.contains("gender"), "{message}");
}

#[test]
fn diversity_takes_from_a_larger_pool_and_folding_hides_twins() {
    let (_folder, recommender) = recommender(200);
    let near = recommender.recommend(&like_row(0, 10)).unwrap();
    let mut query = like_row(0, 10);
    query.diversity = 0.7;
    let varied = recommender.recommend(&query).unwrap();
    let rows = |list: &[Recommendation]| list.iter().map(|s| s.row).collect::<Vec<_>>();
    assert_eq!(rows(&varied)[0], rows(&near)[0]);
    assert!(rows(&varied).iter().any(|row| !rows(&near).contains(row)));
    let mut query = like_row(0, 150);
    query.fold_duplicates = true;
    let folded = recommender.recommend(&query).unwrap();
    let shown = rows(&folded);
    for shoe in &folded {
        for &twin in &shoe.folded {
            assert!(!shown.contains(&twin));
        }
    }
    // Rows 18 and 19 are the same shoe.
    assert!(shown.contains(&18) != shown.contains(&19));
}

/// A catalogue of takes of one shoe, each value off by up to `noise`.
fn takes_of_one_shoe(count: usize, noise: f32) -> (tempfile::TempDir, Recommender) {
    let mut rng = rand_pcg::Pcg64Mcg::seed_from_u64(8);
    let mut take = |dims: usize| -> Vec<f32> {
        let value = |at| 1.0 + (at as f32).sin();
        (0..dims)
            .map(|at| value(at) + noise * (2.0 * rng.random::<f32>() - 1.0))
            .collect()
    };
    let mut shoe = || NewShoe {
        blocks: fixture::DIMS.map(&mut take).to_vec(),
        picture: encode_png(&image::RgbImage::new(2, 2)),
        ..NewShoe::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let blocks = ["style", "colour", "silhouette"];
    let catalog = Fixture::new(blocks.into_iter().zip(fixture::DIMS))
        .shoes((0..count).map(|_| shoe()))
        .open(&folder.path().join("takes.parquet"));
    let recommender = Recommender::new(Arc::new(catalog)).unwrap();
    (folder, recommender)
}

#[test]
fn identical_pictures_have_likeness_1_and_fold_and_takes_of_one_shoe_are_alike() {
    for count in [2, 6, 40] {
        let (_folder, recommender) = takes_of_one_shoe(count, 0.0);
        let list = recommender.recommend(&like_row(1, count - 1)).unwrap();
        assert_eq!(list.len(), count - 1);
        for shoe in &list {
            assert!((shoe.score - 1.0).abs() < 3e-3, "{}", shoe.score);
            assert!(shoe.distance < 1e-3, "{}", shoe.distance);
        }
        let mut query = like_row(1, 5);
        query.fold_duplicates = true;
        let folded = recommender.recommend(&query).unwrap();
        assert_eq!((folded.len(), folded[0].folded.len()), (1, count - 2));
        query.weights.metric = Metric::SquaredEuclidean;
        let list = recommender.recommend(&query).unwrap();
        assert!((list[0].score - 1.0).abs() < 3e-3, "{}", list[0].score);
    }
    let (_folder, recommender) = takes_of_one_shoe(12, 0.1);
    for row in 0..12 {
        let list = recommender.recommend(&like_row(row, 11)).unwrap();
        assert!(list.iter().all(|shoe| shoe.score > 0.5 && shoe.score < 1.0));
    }
}

#[test]
fn wrong_queries_say_what_to_do() {
    let (_folder, recommender) = recommender(30);
    let says = |query: &Query| recommender.recommend(query).unwrap_err().to_string();
    assert!(says(&Query::default()).contains("nothing to go by"));
    assert!(says(&like_row(99, 3)).contains("30 shoes"));
    assert!(says(&like_row(1, 0)).contains("at least 1"));
    let with = |change: &dyn Fn(&mut Query)| {
        let mut query = like_row(1, 3);
        change(&mut query);
        query
    };
    assert!(says(&with(&|q| q.diversity = 1.5)).contains("0"));
    assert!(says(&with(&|q| q.diversity = f32::NAN)).contains("NaN"));
    let weight = |name: &'static str, w: f32| {
        move |q: &mut Query| {
            q.weights.blocks.insert(name.to_owned(), w);
        }
    };
    assert!(says(&with(&weight("style", -1.0))).contains("style is -1"));
    assert!(says(&with(&weight("style", f32::NAN))).contains("NaN"));
    assert!(says(&with(&weight("stile", 1.0))).contains("style"));
    let zero = |q: &mut Query| q.weights.blocks.values_mut().for_each(|w| *w = 0.0);
    assert!(says(&with(&zero)).contains("every weight is 0"));
    let learned = |q: &mut Query| q.weights = Weights::only(LEARNED);
    assert!(says(&with(&learned)).contains("every weight is 0"));
    assert!(says(&with(&|q| q.same = vec!["gendre".to_owned()])).contains("gender"));
    let mut other = features(recommender.catalog(), 0);
    other.set_block("style", vec![0.0; 3]);
    assert!(says(&like_features(other, 3)).contains("style"));
    let too_many = recommender.expect_k(30).unwrap_err().to_string();
    assert!(too_many.contains("29"), "{too_many}");
}

#[test]
fn learning_sees_only_training_rows_and_helps() {
    let (folder, recommender) = recommender(240);
    let path = folder.path().join("learned.parquet");
    let by = ["gender".to_owned(), "kind".to_owned()];
    let learned = learn_into(&recommender, &by, &path, &Job::new()).unwrap();
    assert_eq!(learned.columns[1].words, 3);
    assert!(learned.columns[1].accuracy > 0.8, "{:?}", learned.columns);
    let taught = Recommender::new(Arc::new(Catalog::open(&path).unwrap())).unwrap();
    assert_eq!(
        taught.block_names(),
        ["style", "colour", "silhouette", LEARNED]
    );
    assert_eq!(taught.learned_from(), by);
    let list = taught.recommend(&like_row(4, 10)).unwrap();
    assert!(
        list[0]
            .contributions
            .iter()
            .any(|(name, c)| name == LEARNED && *c > 0.0)
    );
    // The photo takes the same way as the shoe.
    let query = like_features(features(taught.catalog(), 22), 3);
    let list = taught.recommend(&query).unwrap();
    assert_eq!(list[0].row, 22);
    let all: f32 = Weights::default().blocks.values().sum();
    assert!((list[0].score - all).abs() < 5e-3, "{:?}", list[0]);
    // Fast and slow agree with a learned block too.
    let query = like_row(12, 15);
    let scoring = taught.scoring(&query).unwrap();
    let mask = metadata::mask(taught.catalog(), &query).unwrap();
    let fast = candidates::best(&scoring, &*taught.index, &mask, 15).unwrap();
    assert_eq!(fast, candidates::best_of_all(&scoring, &mask, 15));
    // Learning again replaces, in place.
    learn_into(&taught, &by[1..], &path, &Job::new()).unwrap();
    let again = Recommender::new(Arc::new(Catalog::open(&path).unwrap())).unwrap();
    assert_eq!(again.block_names().len(), 4);
    assert_eq!(again.learned_from(), &by[1..]);
}

#[test]
fn labels_of_test_rows_change_nothing() {
    use crate::catalog::writer::Changes;
    use crate::catalog::{Column, Values};
    let (folder, first) = recommender(120);
    let catalog = first.catalog().clone();
    let kind = catalog.column("kind").unwrap();
    let lies = (0..120).map(|row| match catalog.is_test(row) {
        true => Some("Lie".to_owned()),
        false => kind.text(row).map(|t| t.into_owned()),
    });
    let changes = Changes {
        columns: vec![Column::new("kind", Values::text(lies))],
        ..Changes::default()
    };
    let path = folder.path().join("lies.parquet");
    catalog.rewrite(&path, &changes, &Job::new()).unwrap();
    let second = Recommender::new(Arc::new(Catalog::open(&path).unwrap())).unwrap();
    let by = ["kind".to_owned()];
    let (a, b) = (
        learn(&first, &by, &Job::new()).unwrap(),
        learn(&second, &by, &Job::new()).unwrap(),
    );
    assert_eq!(a.projection, b.projection);
    assert_eq!(a.block.values, b.block.values);
}

#[test]
fn learning_from_nothing_is_refused() {
    let (_folder, recommender) = recommender(60);
    let says = |by: &[&str]| {
        let by: Vec<String> = by.iter().map(|s| (*s).to_owned()).collect();
        learn(&recommender, &by, &Job::new())
            .unwrap_err()
            .to_string()
    };
    assert!(says(&["maker"]).contains("one value (Only one)"));
    assert!(says(&["kinds"]).contains("kind"));
    assert!(says(&[]).contains("name the columns"));
    let job = Job::new();
    job.cancel();
    assert!(learn(&recommender, &["kind".to_owned()], &job).is_err());
}

#[test]
fn the_report_agrees_with_counting_by_hand() {
    let (_folder, recommender) = recommender(120);
    let options = evaluate::EvaluateOptions {
        by: vec!["kind".to_owned(), "gender".to_owned()],
        k: 10,
        split: None,
        queries: None,
        weights: Weights::default(),
        pixels: true,
    };
    let report = evaluate::evaluate(&recommender, &options, &Job::new()).unwrap();
    assert_eq!((report.queries, report.split), (120, evaluate::Split::All));
    let mut sum = 0.0;
    for row in 0..120 {
        let list = recommender.recommend(&like_row(row, 10)).unwrap();
        sum += list.iter().filter(|s| s.row % 3 == row % 3).count() as f64 / 10.0;
    }
    let mix = report.columns["kind"]["mix"].unwrap();
    assert!((mix - sum / 120.0).abs() < 1e-9, "{mix} {}", sum / 120.0);
    let chance = report.columns["kind"]["chance"].unwrap();
    assert!((chance - 39.0 / 119.0).abs() < 1e-9);
    assert_eq!(report.columns["kind"]["learned"], None);
    assert_eq!(
        report.labelled["gender"],
        (0..120).filter(|row| row % 7 != 0).count()
    );
    assert!(report.columns["kind"]["style"] > report.columns["kind"]["colour"]);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["k"], 10);
    assert!(json["columns"]["kind"]["pixels"].is_number());
    let wrong = |by: &str, k: usize| {
        let options = evaluate::EvaluateOptions {
            by: vec![by.to_owned()],
            k,
            ..options.clone()
        };
        evaluate::evaluate(&recommender, &options, &Job::new())
            .unwrap_err()
            .to_string()
    };
    assert!(wrong("maker", 10).contains("one value"));
    assert!(wrong("knd", 10).contains("kind"));
    assert!(wrong("kind", 120).contains("119"));
}

#[test]
fn neighbourhood_preservation_is_a_share_of_neighbours() {
    let (_folder, recommender) = recommender(60);
    let kept = recommender
        .neighbourhood_preservation(
            recommender.catalog().positions(),
            None,
            10,
            &Weights::default(),
            &Job::new(),
        )
        .unwrap();
    assert_eq!(kept.len(), 60);
    assert!(kept.iter().all(|t| (0.0..=1.0).contains(t)));
    let all = recommender
        .neighbourhood_preservation(
            recommender.catalog().positions(),
            Some(&[3]),
            500,
            &Weights::default(),
            &Job::new(),
        )
        .unwrap();
    assert_eq!(all, [1.0]);
}

#[test]
fn one_shoe_is_told_to_be_alone() {
    let (_folder, recommender) = recommender(1);
    let message = recommender
        .recommend(&like_row(0, 5))
        .unwrap_err()
        .to_string();
    assert!(message.contains("no other shoe"), "{message}");
    assert_eq!(
        recommender
            .neighbourhood_preservation(
                recommender.catalog().positions(),
                None,
                5,
                &Weights::default(),
                &Job::new()
            )
            .unwrap(),
        [1.0]
    );
    assert_eq!(fixture::KINDS.len(), fixture::COLOURS.len());
}

#[test]
fn tables_hold_every_shoe() {
    let (folder, recommender) = recommender(50);
    let query = Query {
        k: 7,
        ..Query::default()
    };
    let path = folder.path().join("all.csv");
    let written = recommender.write_table(&query, &path, &Job::new()).unwrap();
    assert_eq!(written, 350);
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let header: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(
        header[..5],
        ["id", "rank", "recommended", "score", "distance"]
    );
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    for (row, lines) in records.chunks(7).enumerate() {
        let list = recommender.recommend(&like_row(row, 7)).unwrap();
        for (line, shoe) in lines.iter().zip(&list) {
            assert_eq!(&line[0], recommender.catalog().id(row));
            assert_eq!(&line[2], recommender.catalog().id(shoe.row));
            assert_eq!(line[3].parse::<f32>().unwrap(), shoe.score);
        }
    }
    // The general way gives the same table where nothing general is asked.
    let path = folder.path().join("all.parquet");
    let mut general = query.clone();
    general.same = vec!["kind".to_owned()];
    assert!(
        recommender
            .write_table(&general, &path, &Job::new())
            .unwrap()
            >= 300
    );
    let wrong = recommender.write_table(&query, &folder.path().join("all.txt"), &Job::new());
    assert!(wrong.unwrap_err().to_string().contains(".csv"));
    let job = Job::new();
    job.cancel();
    let stopped = folder.path().join("stopped.csv");
    assert!(recommender.write_table(&query, &stopped, &job).is_err());
    assert!(!stopped.exists());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
}

/// An index that passes queries on to another one, while it can be reached.
struct Remote {
    index: search::ExactSearch,
    reached: std::sync::atomic::AtomicBool,
}

impl search::VectorIndex for Remote {
    fn len(&self) -> usize {
        self.index.len()
    }

    fn dims(&self) -> usize {
        self.index.dims()
    }

    fn nearest(
        &self,
        queries: &[&[f32]],
        options: &search::SearchOptions<'_>,
    ) -> Result<Vec<Vec<search::Hit>>, search::VectorIndexError> {
        if self.reached.load(std::sync::atomic::Ordering::Relaxed) {
            return search::VectorIndex::nearest(&self.index, queries, options);
        }
        Err(search::VectorIndexError::Unavailable {
            index: "postgres://shop".to_owned(),
            source: std::io::Error::from(std::io::ErrorKind::TimedOut).into(),
        })
    }
}

#[test]
fn another_index_gives_the_same_lists_and_its_failures_are_told() {
    use search::{ExactSearch, Rows, VectorIndexError};
    use std::sync::atomic::{AtomicBool, Ordering};
    let (_folder, local) = recommender(90);
    let rows = Rows::F16(local.embeddings().values().clone());
    let remote = Arc::new(Remote {
        index: ExactSearch::new(local.embeddings().dims(), rows).unwrap(),
        reached: AtomicBool::new(true),
    });
    let index = remote.clone();
    let asking =
        Recommender::with_index(local.catalog().clone(), &Job::new(), |_| Ok(index)).unwrap();
    let query = like_row(4, 10);
    assert_eq!(
        asking.recommend(&query).unwrap(),
        local.recommend(&query).unwrap()
    );
    remote.reached.store(false, Ordering::Relaxed);
    let error = asking.recommend(&query).unwrap_err();
    assert!(error.to_string().contains("postgres://shop"), "{error}");
    assert!(matches!(
        error,
        RecommendError::Index(VectorIndexError::Unavailable { .. })
    ));
    // One over other rows is refused at once.
    let other = Rows::F16(Arc::new(
        vec![half::f16::ZERO; local.embeddings().dims()].into(),
    ));
    let refused = Recommender::with_index(local.catalog().clone(), &Job::new(), |embeddings| {
        Ok(Arc::new(ExactSearch::new(embeddings.dims(), other)?))
    });
    assert!(refused.is_err());
}
