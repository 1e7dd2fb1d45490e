//! The handles that a design is held by beside its place: its outline and its palette. Each takes the place of one block
//! of what is asked for, and all else stays as the place has it.

use super::outline::Outline;
use super::palette::Palette;
use crate::embed::{COLOUR, Features, SILHOUETTE};
use std::sync::Arc;

/// What is asked for by hand, where anything is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Handles {
    /// The outline that the design is to have.
    pub outline: Option<Arc<Outline>>,
    /// Its colours; in a grey catalogue they are tones.
    pub palette: Option<Palette>,
}

impl Handles {
    /// Whether nothing is asked for by hand.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Puts what is asked for by hand in the place of the blocks of what is asked for, in a catalogue that is `grey`
    /// or in colour.
    pub fn put_into(&self, features: &mut Features, grey: bool) {
        if let Some(outline) = &self.outline {
            let block = outline.block(features.block(SILHOUETTE.name));
            features.set_block(SILHOUETTE.name, block);
        }
        if let Some(palette) = &self.palette {
            features.set_block(COLOUR.name, palette.block(grey));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::outline::tests::boot;

    #[test]
    fn each_handle_changes_its_own_block_alone() {
        let own = Features::from_fn(|name| match name {
            "colour" => vec![0.25; 64],
            "silhouette" => vec![0.5; 152],
            _ => vec![1.0; 320],
        });
        let asked = |handles: &Handles| {
            let mut features = own.clone();
            handles.put_into(&mut features, false);
            let changed = features.blocks().into_iter().zip(own.blocks());
            let changed = changed.filter(|((_, now), (_, before))| now != before);
            changed.map(|((name, _), _)| name).collect::<Vec<_>>()
        };
        let mut handles = Handles::default();
        assert!(handles.is_empty() && asked(&handles).is_empty());
        handles.palette = "navy,white".parse().ok();
        assert_eq!(asked(&handles), ["colour"]);
        handles.outline = Outline::of(&boot(60, 80)).ok().map(Arc::new);
        assert_eq!(asked(&handles), ["colour", "silhouette"]);
        handles.palette = None;
        assert_eq!(asked(&handles), ["silhouette"]);
        assert!(!handles.is_empty());
    }
}
