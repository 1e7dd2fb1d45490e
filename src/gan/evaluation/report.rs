//! The figures of a judged generator, as a table for people and as JSON for programs.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How a generator is judged.
pub const PROTOCOL: &str = "\
Protocol. Asked for are the held-out shoes (split = test) whose pictures show a shoe on white, one design
each, at the shoe's own code, with noises of a fixed seed. Real pictures are framed as the generator's are;
real pictures and designs go through the same embedder.
- Frechet distance: between the 320 style features of the designs and of the held-out shoes. Floor: the same
  between as many training shoes and the held-out ones. Baseline: the other generator's designs.
- Round trip: embeddings are style (and 0.7 x colour for colour generators), each centred on the training shoes
  and of unit length. Rank: the share of held-out shoes nearer to the design than the one that was asked for.
  Agreement: how often the held-out shoe nearest to the design is of the asked shoe's kind. Beside each: what
  the training shoe of the nearest code gets in the design's place.
- Diversity: mean distance among ten designs of one code, at 200 codes, over that among the ten training
  shoes nearest in style; in style features, and in pixels.
- Novelty: median distance from a design to the nearest training picture, over that of held-out shoes.";

/// The figures of one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassReport {
    /// The class.
    pub name: String,
    /// Held-out shoes of it.
    pub shoes: usize,
    /// Fréchet distance within the class, where it has at least 100 held-out shoes.
    pub fd: Option<f64>,
    /// The same between training and held-out shoes.
    pub fd_floor: Option<f64>,
    /// Median rank of the asked shoe among all held-out ones, in percent.
    pub rank_percentile_median: f64,
    /// How often the nearest held-out shoe is of the class, 0 to 1.
    pub class_agreement: f64,
}

/// The figures of a judged generator. Percentiles are in percent (1.0 is 1 %), agreements 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Name of the catalogue.
    pub catalogue: String,
    /// SHA-256 of the generator's file.
    pub generator_sha256: String,
    /// Held-out shoes that were asked for.
    pub held_out: usize,
    /// Training shoes that they were compared with.
    pub training_shoes: usize,
    /// Fréchet distance of the designs.
    pub fd: f64,
    /// Fréchet distance of as many training shoes.
    pub fd_floor: f64,
    /// Fréchet distance of the baseline's designs, where one was given.
    pub fd_baseline: Option<f64>,
    /// Minutes that the baseline was trained.
    pub baseline_minutes: Option<f64>,
    /// Pictures that the baseline has seen.
    pub baseline_images: Option<u64>,
    /// Median rank of the asked shoe, seen from the design.
    pub rank_percentile_median: f64,
    /// The same, seen from the training shoe of the nearest code.
    pub rank_percentile_nearest_train: f64,
    /// How often the held-out shoe nearest to the design is of the asked kind; none without labels.
    pub class_agreement: Option<f64>,
    /// The same for the training shoe of the nearest code.
    pub class_agreement_nearest_train: Option<f64>,
    /// Spread of designs of one code over that of the ten nearest training shoes, in style features.
    pub diversity_ratio_features: f64,
    /// The same in pixels.
    pub diversity_ratio_pixels: f64,
    /// Distance to the nearest training picture over that of held-out shoes, in style features.
    pub novelty_ratio: f64,
    /// The same in pixels.
    pub novelty_ratio_pixels: f64,
    /// Correlation of the mean foreground L, a, b asked and made; none for grey.
    pub lab_correlation: Option<[f64; 3]>,
    /// Median milliseconds to decode one design on one thread.
    pub decode_ms: f64,
    /// Pictures that the networks saw in training.
    pub images: u64,
    /// Minutes of training.
    pub minutes: f64,
    /// Class by class, where the catalogue has labels.
    pub classes: Vec<ClassReport>,
}

fn or_dash(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "-".into(), |v| format!("{v:.decimals$}"))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} held-out shoes of {}, {} training shoes; generator {:.12}, {} pictures in {:.0} minutes\n",
            self.held_out,
            self.catalogue,
            self.training_shoes,
            self.generator_sha256,
            self.images,
            self.minutes
        )?;
        let mut line = |what: &str, value: String, beside: String| {
            writeln!(f, "{what:<44} {value:>9}   {beside}")
        };
        let baseline = match (self.fd_baseline, self.baseline_minutes) {
            (Some(fd), Some(minutes)) => format!(
                ", baseline {fd:.1} after {minutes:.0} minutes (ratio {:.2})",
                self.fd / fd
            ),
            _ => String::new(),
        };
        line(
            "Frechet distance",
            format!("{:.1}", self.fd),
            format!("real to real {:.1}{baseline}", self.fd_floor),
        )?;
        line(
            "median rank of the asked shoe, %",
            format!("{:.2}", self.rank_percentile_median),
            format!(
                "nearest training picture {:.2}",
                self.rank_percentile_nearest_train
            ),
        )?;
        line(
            "class agreement",
            or_dash(self.class_agreement, 3),
            format!(
                "nearest training picture {}",
                or_dash(self.class_agreement_nearest_train, 3)
            ),
        )?;
        line(
            "diversity over noise, features",
            format!("{:.2}", self.diversity_ratio_features),
            "of the ten nearest real shoes".into(),
        )?;
        line(
            "diversity over noise, pixels",
            format!("{:.2}", self.diversity_ratio_pixels),
            "of the ten nearest real shoes".into(),
        )?;
        line(
            "novelty, features",
            format!("{:.2}", self.novelty_ratio),
            "1 is that of held-out shoes".into(),
        )?;
        line(
            "novelty, pixels",
            format!("{:.2}", self.novelty_ratio_pixels),
            "1 is that of held-out shoes".into(),
        )?;
        if let Some([l, a, b]) = self.lab_correlation {
            line(
                "colour asked and made, correlation",
                String::new(),
                format!("L {l:.3}, a {a:.3}, b {b:.3}"),
            )?;
        }
        line(
            "decoding one design on one thread, ms",
            format!("{:.2}", self.decode_ms),
            String::new(),
        )?;
        if !self.classes.is_empty() {
            writeln!(
                f,
                "\n{:<22} {:>6} {:>9} {:>9} {:>8} {:>10}",
                "class", "shoes", "Frechet", "floor", "rank %", "agreement"
            )?;
        }
        for class in &self.classes {
            writeln!(
                f,
                "{:<22} {:>6} {:>9} {:>9} {:>8.2} {:>10.3}",
                class.name,
                class.shoes,
                or_dash(class.fd, 1),
                or_dash(class.fd_floor, 1),
                class.rank_percentile_median,
                class.class_agreement
            )?;
        }
        Ok(())
    }
}
