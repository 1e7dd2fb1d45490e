//! What can be asked of the latent cursor: by keys, by its handle, by its panel.

use crate::design::outline::Outline;
use crate::design::palette::Palette;
use crate::design::route::{Line, Spacing};
use crate::space::cursor::Fill;
use crate::workspace::Item;
use std::path::PathBuf;
use std::sync::Arc;

/// One thing that is asked of the latent cursor.
#[derive(Debug, Clone)]
pub enum CursorCommand {
    /// Stand here; `on` is the shoe that was meant, where one was. Lets go of a held design.
    Place {
        /// The point, in coordinates of the catalogue.
        at: [f32; 3],
        /// What is meant.
        on: Option<Item>,
    },
    /// Move here, keeping everything else: a drag or a nudge.
    Move([f32; 3]),
    /// Where the other coordinates come from.
    Fill(Fill),
    /// Move along a principal component beyond the three axes, in standard deviations.
    Component(usize, f32),
    /// Move along a named direction, by its place in the list.
    Steer(usize, f32),
    /// Learn a direction: a column and, for words, the word.
    Learn(String, Option<String>),
    /// All sliders back to rest.
    Rest,
    /// Wear the colour of another.
    ColourOf(Option<Item>),
    /// Have this outline, or the place's own; what is drawn in one stroke, by its number, is undone as one.
    Outline(Option<Arc<Outline>>, u64),
    /// Have the outline of the shoe in this picture.
    OutlineFrom(PathBuf),
    /// Have these colours, or the place's own; where one of them was changed, its place among them.
    Palette(Option<Palette>, Option<usize>),
    /// Throw the dice: eight other designs at the same place.
    Dice,
    /// Take one of the eight.
    Choose(usize),
    /// How far designs go from the most typical one.
    Truncation(f32),
    /// Keep the noise when the cursor is put elsewhere, or not.
    Lock(bool),
    /// Improve resting designs towards their places, or not.
    Settle(bool),
    /// Put an end of the path in place: 0 is the start; beyond the last it is added.
    SetEnd(usize, Item),
    /// Put a place between start and end, before the end.
    AddBetween(Item),
    /// Take an end or a place between off the path.
    DropEnd(usize),
    /// How many steps, how, and even in what.
    PathOptions {
        /// Steps, both ends included.
        steps: usize,
        /// How the path goes.
        line: Line,
        /// What is even.
        spacing: Spacing,
    },
    /// Play the path, or pause it.
    Play,
    /// Stand at this share of the path's steps, 0 to 1.
    Scrub(f32),
    /// Let go of the path and go on from where it stands.
    Stop,
    /// Undo the last change.
    Undo,
    /// Do it again.
    Redo,
    /// Save the design on the shelf.
    Save,
    /// Save it here.
    SaveAs(PathBuf),
    /// Save this design on the shelf, as it is.
    Keep(Item),
    /// Save the path here: `.png` a strip, `.gif` or `.apng` an animation, a folder the frames.
    Export(Export, PathBuf),
    /// Use the present design as a question.
    Ask,
    /// Like the present design.
    Like,
    /// Do something with a saved design.
    Shelf(PathBuf, Use),
    /// Take the cursor away.
    Remove,
}

/// What a path is saved as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// One PNG, the steps side by side.
    Strip,
    /// An animated GIF.
    Gif,
    /// An animated PNG.
    Apng,
    /// One PNG a step.
    Frames,
}

impl Export {
    /// What the menu calls it, and the extension of its file.
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Strip => ("PNG strip", "png"),
            Self::Gif => ("Animated GIF", "gif"),
            Self::Apng => ("Animated PNG", "apng"),
            Self::Frames => ("Single frames", ""),
        }
    }
}

/// What to do with a saved design.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Put the cursor where it lies, and take it up.
    Place,
    /// Like it.
    Like,
    /// Ask which real shoes are like it.
    Ask,
    /// Start a path with it.
    Start,
    /// End a path with it.
    End,
    /// Go through it on the path, before the end.
    Between,
    /// Take it off the shelf; its files go.
    Discard,
}
