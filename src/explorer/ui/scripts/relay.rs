//! A text laid out anew with the pieces of each line in their order on the screen.
//!
//! Lines are broken, and cut short, in the order of reading; only then are their pieces put in order.

use super::order::{Piece, pieces};
use bevy_egui::egui;
use egui::Galley;
use egui::epaint::text::{FontsView, LayoutJob, TextWrapping};
use std::ops::Range;
use std::sync::Arc;

/// Between two pieces: nothing that is seen, and of another font than either.
const FENCE: &str = "\u{200e}";

/// The same text in the same space, in order.
pub(super) fn relaid(fonts: &mut FontsView<'_>, galley: &Galley) -> Arc<Galley> {
    let job = &*galley.job;
    let mut lines = Lines {
        fonts: &mut *fonts,
        job,
        rows: job.wrap.max_rows,
        done: Vec::new(),
    };
    let mut start = 0;
    let paragraphs: Vec<&str> = match job.break_on_newline {
        true => job.text.split('\n').collect(),
        false => vec![&job.text],
    };
    for paragraph in paragraphs {
        lines.add(start..start + paragraph.len());
        start += paragraph.len() + 1;
    }
    let mut out = empty(job);
    for (number, (line, is_cut)) in lines.done.into_iter().enumerate() {
        if number > 0 {
            add(&mut out, job, "\n", line.start);
        }
        add_line(&mut out, job, line, is_cut);
    }
    fonts.layout_job(out)
}

/// A job like `job`, without text, that breaks no line by itself.
fn empty(job: &LayoutJob) -> LayoutJob {
    LayoutJob {
        wrap: TextWrapping::no_max_width(),
        first_row_min_height: job.first_row_min_height,
        halign: job.halign,
        round_output_to_gui: job.round_output_to_gui,
        keep_trailing_whitespace: job.keep_trailing_whitespace,
        ..LayoutJob::default()
    }
}

/// Adds `text` in the look that the job has at byte `at`.
fn add(out: &mut LayoutJob, job: &LayoutJob, text: &str, at: usize) {
    let section = (job.sections.iter())
        .find(|section| at < section.byte_range.end.0)
        .or(job.sections.last());
    if let Some(section) = section {
        let space = match out.sections.is_empty() {
            true => section.leading_space,
            false => 0.0,
        };
        out.append(text, space, section.format.clone());
    }
}

/// Adds a line with its pieces in order; one that was cut ends in the sign for that.
fn add_line(out: &mut LayoutJob, job: &LayoutJob, line: Range<usize>, is_cut: bool) {
    let mut text = job.text[line.clone()].to_owned();
    if is_cut {
        text.extend(job.wrap.overflow_character);
    }
    for Piece {
        range,
        mirrored,
        is_fenced,
    } in pieces(&text)
    {
        if is_fenced {
            add(out, job, FENCE, line.start + range.start);
        }
        if let Some(c) = mirrored {
            add(
                out,
                job,
                c.encode_utf8(&mut [0; 4]),
                line.start + range.start,
            );
            continue;
        }
        // A piece may go over several looks.
        let mut from = range.start;
        while from < range.end {
            let ends = job.sections.iter().map(|section| section.byte_range.end.0);
            let end = ends.filter(|&end| end > line.start + from).min();
            let to = end.map_or(range.end, |end| range.end.min(end - line.start));
            add(out, job, &text[from..to], line.start + from);
            from = to;
        }
    }
}

/// A job's text being broken into lines: the bytes of each, and whether it was cut short.
struct Lines<'a, 'f> {
    fonts: &'a mut FontsView<'f>,
    job: &'a LayoutJob,
    /// How many more lines there may be.
    rows: usize,
    done: Vec<(Range<usize>, bool)>,
}

impl Lines<'_, '_> {
    fn add(&mut self, paragraph: Range<usize>) {
        let job = self.job;
        let mut rest = paragraph;
        while self.rows > 0 {
            self.rows -= 1;
            if self.fits(rest.clone(), false) {
                self.done.push((rest, false));
                return;
            }
            if self.rows == 0 && job.wrap.overflow_character.is_some() {
                let letters = ends(&job.text, &rest, |_| true);
                let end = self.longest(&rest, &letters, true).unwrap_or(rest.start);
                self.done.push((rest.start..end, true));
                return;
            }
            let words = match job.wrap.break_anywhere {
                true => None,
                false => self.longest(&rest, &ends(&job.text, &rest, char::is_whitespace), false),
            };
            // A word that is wider than the line is broken, and one letter a line there is always.
            let end = words.unwrap_or_else(|| {
                let letters = ends(&job.text, &rest, |_| true);
                let end = self.longest(&rest, &letters, false);
                end.or(letters.first().copied()).unwrap_or(rest.end)
            });
            self.done.push((rest.start..end, false));
            rest.start = end;
            if rest.is_empty() {
                return;
            }
        }
    }

    /// The last of `ends` up to which `rest` fits into a line.
    fn longest(&mut self, rest: &Range<usize>, ends: &[usize], is_cut: bool) -> Option<usize> {
        let fit = ends.partition_point(|&end| self.fits(rest.start..end, is_cut));
        fit.checked_sub(1).map(|last| ends[last])
    }

    fn fits(&mut self, line: Range<usize>, is_cut: bool) -> bool {
        let most = self.job.effective_wrap_width();
        if most.is_infinite() {
            return true;
        }
        let mut job = empty(self.job);
        // A space at the end of a line may stand over.
        let end = line.start + self.job.text[line.clone()].trim_end().len();
        add_line(&mut job, self.job, line.start..end, is_cut);
        self.fonts.layout_job(job).size().x <= most
    }
}

/// Where the letters of `range` end after which a line may be broken.
fn ends(text: &str, range: &Range<usize>, breaks: impl Fn(char) -> bool) -> Vec<usize> {
    let letters = text[range.clone()].char_indices();
    letters
        .filter(|&(_, c)| breaks(c))
        .map(|(at, c)| range.start + at + c.len_utf8())
        .collect()
}
