//! The log of a run: a line of JSON every 20 seconds, and its plot.

use crate::gan::GanError;
use crate::gan::losses::StepMetrics;
use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::*;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

/// A line of the log: means since the line before.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Line {
    pub seconds: f64,
    pub images: u64,
    pub images_per_second: f64,
    /// Share of the full learning rate.
    pub rate: f32,
    #[serde(flatten)]
    pub values: std::collections::BTreeMap<String, f64>,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = |name: &str| self.values.get(name).copied().unwrap_or(f64::NAN);
        write!(
            f,
            "{:.1} min, {} pictures, {:.0} a second: losses {:.2} (discriminator) {:.2} (generator), code error {:.2} real {:.2} designs, spread {:.2}",
            self.seconds / 60.0,
            self.images,
            self.images_per_second,
            value("critic_loss"),
            value("generator_loss"),
            value("regression_real"),
            value("regression_fake"),
            value("spread"),
        )
    }
}

/// Sums over the steps since the last line.
#[derive(Default)]
pub(super) struct Window {
    steps: u64,
    /// Steps at which the penalty was taken.
    penalised: u64,
    sums: [f64; StepMetrics::COUNT],
}

impl Window {
    pub fn add(&mut self, metrics: &StepMetrics) {
        self.steps += 1;
        self.penalised += u64::from(metrics.penalty > 0.0);
        for (sum, (_, value)) in self.sums.iter_mut().zip(metrics.named()) {
            *sum += value;
        }
    }

    pub fn images(&self, batch: usize) -> f64 {
        (self.steps * batch as u64) as f64
    }

    pub fn line(&self, seconds: f64, images: u64, images_per_second: f64, rate: f32) -> Line {
        let names = StepMetrics::default().named().map(|(name, _)| name);
        let mean = |(name, sum): (&str, f64)| {
            let count = if name == "penalty" {
                self.penalised
            } else {
                self.steps
            };
            (name.to_owned(), sum / count.max(1) as f64)
        };
        Line {
            seconds,
            images,
            images_per_second,
            rate,
            values: names.into_iter().zip(self.sums).map(mean).collect(),
        }
    }
}

/// The log's file.
pub(super) struct Log {
    path: PathBuf,
    file: File,
}

impl Log {
    /// Opens the log of a run that has seen `images` pictures: lines of what comes later are of a run
    /// that was taken up again before them, and go.
    pub fn open(path: &Path, images: u64) -> Result<Self, GanError> {
        let kept: Vec<Line> = match File::open(path) {
            Ok(file) => BufReader::new(file)
                .lines()
                .map_while(Result::ok)
                .filter_map(|line| serde_json::from_str::<Line>(&line).ok())
                .filter(|line| line.images <= images)
                .collect(),
            Err(_) => Vec::new(),
        };
        let failed = || GanError::file(path, "the log cannot be written");
        let mut log = Self {
            path: path.to_owned(),
            file: File::create(path).map_err(failed())?,
        };
        for line in &kept {
            log.write(line)?;
        }
        Ok(log)
    }

    pub fn write(&mut self, line: &Line) -> Result<(), GanError> {
        let mut text = serde_json::to_string(line).unwrap_or_default();
        text.push('\n');
        self.file
            .write_all(text.as_bytes())
            .map_err(GanError::file(&self.path, "the log cannot be written"))
    }
}

/// What is plotted together: a title, the least top of the axis, and the lines with their colours.
const PANELS: [(&str, &[(&str, RGBColor)]); 4] = [
    (
        "losses: discriminator (blue), generator (orange)",
        &[
            ("critic_loss", RGBColor(0, 114, 178)),
            ("generator_loss", RGBColor(230, 120, 0)),
        ],
    ),
    (
        "squared error of the code: real (blue), designs (orange)",
        &[
            ("regression_real", RGBColor(0, 114, 178)),
            ("regression_fake", RGBColor(230, 120, 0)),
        ],
    ),
    (
        "score: real (blue), designs (orange)",
        &[
            ("score_real", RGBColor(0, 114, 178)),
            ("score_fake", RGBColor(230, 120, 0)),
        ],
    ),
    (
        "spread of two designs of one code, in that of real pairs",
        &[("spread", RGBColor(0, 114, 178))],
    ),
];

/// What the plotting library says went wrong.
type DrawingError = DrawingAreaErrorKind<std::io::Error>;

/// Draws the log `log` as an SVG file.
///
/// # Errors
/// The log cannot be read or has fewer than two lines, or the plot cannot be written.
pub fn plot(log: &Path, output: &Path) -> Result<(), GanError> {
    let file = File::open(log).map_err(GanError::file(log, "the log cannot be read"))?;
    let lines: Vec<Line> = BufReader::new(file)
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str(&line).ok())
        .collect();
    if lines.len() < 2 {
        return Err(GanError::model(
            log,
            "has fewer than two lines: there is nothing to plot yet (a line comes every 20 seconds)",
        ));
    }
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (900, 1000)).into_drawing_area();
        draw(&root, &lines).map_err(|source| GanError::Plot {
            path: output.to_owned(),
            source: source.into(),
        })?;
    }
    crate::gan::tensor_file::write_whole(output, svg.as_bytes())
}

fn draw(root: &DrawingArea<SVGBackend<'_>, Shift>, lines: &[Line]) -> Result<(), DrawingError> {
    root.fill(&WHITE)?;
    for (area, (title, series)) in root.split_evenly((4, 1)).iter().zip(PANELS) {
        panel(area, title, series, lines)?;
    }
    root.present()
}

fn panel(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    title: &str,
    series: &[(&str, RGBColor)],
    lines: &[Line],
) -> Result<(), DrawingError> {
    let points = |name: &str| -> Vec<(f64, f64)> {
        let value = |l: &Line| Some((l.images as f64 / 1000.0, *l.values.get(name)?));
        lines.iter().filter_map(value).collect()
    };
    let all: Vec<f64> = series
        .iter()
        .flat_map(|(name, _)| points(name))
        .map(|p| p.1)
        .collect();
    let (low, high) = all.iter().fold((0.0f64, 0.0f64), |(low, high), &v| {
        (low.min(v), high.max(v))
    });
    let last = lines.last().map_or(1.0, |l| l.images as f64 / 1000.0);
    let mut chart = ChartBuilder::on(area)
        .margin(8)
        .caption(title, ("sans-serif", 15))
        .x_label_area_size(28)
        .y_label_area_size(48)
        .build_cartesian_2d(0.0..last.max(1.0), low..(high * 1.05).max(low + 1e-3))?;
    chart
        .configure_mesh()
        .x_desc("thousand pictures")
        .light_line_style(TRANSPARENT)
        .draw()?;
    for (name, colour) in series {
        chart.draw_series(LineSeries::new(points(name), colour))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(images: u64) -> Line {
        let mut window = Window::default();
        window.add(&StepMetrics {
            discriminator: 1.0,
            diversity: 0.5,
            ..StepMetrics::default()
        });
        window.line(images as f64 / 100.0, images, 100.0, 1.0)
    }

    #[test]
    fn a_resumed_log_goes_on_where_the_checkpoint_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.jsonl");
        let mut log = Log::open(&path, 0).unwrap();
        for images in [100, 200, 300] {
            log.write(&line(images)).unwrap();
        }
        let mut log = Log::open(&path, 200).unwrap();
        log.write(&line(250)).unwrap();
        let images: Vec<u64> = std::fs::read_to_string(&path)
            .unwrap()
            .lines()
            .map(|l| serde_json::from_str::<Line>(l).unwrap().images)
            .collect();
        assert_eq!(images, [100, 200, 250]);
    }

    #[test]
    fn the_log_is_drawn() {
        let folder = tempfile::tempdir().unwrap();
        let (path, svg) = (folder.path().join("x.jsonl"), folder.path().join("x.svg"));
        let mut log = Log::open(&path, 0).unwrap();
        assert!(
            plot(&path, &svg)
                .unwrap_err()
                .to_string()
                .contains("nothing to plot")
        );
        for images in [100, 200, 300] {
            log.write(&line(images)).unwrap();
        }
        plot(&path, &svg).unwrap();
        let text = std::fs::read_to_string(&svg).unwrap();
        assert!(
            text.starts_with("<svg")
                && text.contains("polyline")
                && text.contains("thousand pictures")
        );
    }
}
