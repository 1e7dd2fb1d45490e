//! One thing that can be looked at, liked, asked about, walked to or borrowed from: a row of the catalogue, a photo,
//! or a design.

use super::Design;
use crate::embed::Features;
use crate::recommend::Example;
use image::RgbImage;
use std::sync::Arc;

/// A photo that is in no catalogue.
#[derive(Debug, Clone)]
pub struct Photo {
    /// What it is called on the screen, as the file's name.
    pub name: String,
    /// Its picture.
    pub picture: RgbImage,
    /// Its raw blocks, as the embedder made them.
    pub features: Features,
    /// Where it stands in the scene.
    pub position: [f32; 3],
}

/// Where a design lands: what the embedder makes of its picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Landed {
    /// Its raw blocks.
    pub features: Features,
    /// Where it stands in the scene.
    pub position: [f32; 3],
}

/// A design with its name and its picture.
#[derive(Debug, Clone)]
pub struct PicturedDesign {
    /// What it is called on the screen.
    pub name: String,
    /// Its code and noise.
    pub design: Design,
    /// Its picture.
    pub picture: RgbImage,
    /// Where it lands; `None` before anybody looked.
    pub landed: Option<Landed>,
}

/// A row of the catalogue, a photo, or a design. Cheap to clone.
///
/// Not to be taken for a [`Station`](super::route::Station), which is an item after the generator was asked: a code and a
/// noise on a path; nor for an [`Origin`](super::Origin), which is the record in a design's file of how it was found.
#[derive(Debug, Clone)]
pub enum Item {
    /// A row of the open catalogue.
    Row(usize),
    /// A photo.
    Photo(Arc<Photo>),
    /// A design.
    Design(Arc<PicturedDesign>),
}

/// The same row, the same photo in memory, or the same design, wherever it was opened.
impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Row(a), Self::Row(b)) => a == b,
            (Self::Photo(a), Self::Photo(b)) => Arc::ptr_eq(a, b),
            (Self::Design(a), Self::Design(b)) => Arc::ptr_eq(a, b) || a.design == b.design,
            _ => false,
        }
    }
}

impl Item {
    /// The row, where it is a shoe of the catalogue.
    pub fn row(&self) -> Option<usize> {
        match self {
            Self::Row(row) => Some(*row),
            Self::Photo(_) | Self::Design(_) => None,
        }
    }

    /// The name that it brings along; a row's is in the catalogue.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Row(_) => None,
            Self::Photo(photo) => Some(&photo.name),
            Self::Design(design) => Some(&design.name),
        }
    }

    /// The picture that it brings along; a row's is in the catalogue.
    pub fn picture(&self) -> Option<&RgbImage> {
        match self {
            Self::Row(_) => None,
            Self::Photo(photo) => Some(&photo.picture),
            Self::Design(design) => Some(&design.picture),
        }
    }

    /// The raw blocks that it brings along, as far as they are known; a row's are in the catalogue.
    pub fn features(&self) -> Option<&Features> {
        match self {
            Self::Row(_) => None,
            Self::Photo(photo) => Some(&photo.features),
            Self::Design(design) => design.landed.as_ref().map(|landed| &landed.features),
        }
    }

    /// Where it stands in the scene, as far as that is known; `positions` are the catalogue's.
    pub fn position(&self, positions: &[[f32; 3]]) -> Option<[f32; 3]> {
        match self {
            Self::Row(row) => positions.get(*row).copied(),
            Self::Photo(photo) => Some(photo.position),
            Self::Design(design) => design.landed.as_ref().map(|landed| landed.position),
        }
    }

    /// What tells it apart from everything else in memory: a row, or an address that no row reaches.
    pub fn key(&self) -> usize {
        // Aligned addresses leave room for rows below.
        let of = |address: usize| usize::MAX - (address >> 3);
        match self {
            Self::Row(row) => *row,
            Self::Photo(photo) => of(Arc::as_ptr(photo) as usize),
            Self::Design(design) => of(Arc::as_ptr(design) as usize),
        }
    }

    /// Whether somebody else holds the same photo or design; rows are everybody's.
    pub fn is_shared(&self) -> bool {
        match self {
            Self::Row(_) => true,
            Self::Photo(photo) => Arc::strong_count(photo) > 1,
            Self::Design(design) => Arc::strong_count(design) > 1,
        }
    }

    /// What the recommender goes by; `None` for a design before it is known where it lands.
    pub fn example(&self) -> Option<Example> {
        match self {
            Self::Row(row) => Some(Example::Row(*row)),
            Self::Photo(_) | Self::Design(_) => self.features().cloned().map(Example::Features),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo() -> Arc<Photo> {
        Arc::new(Photo {
            name: "mine.jpg".into(),
            picture: RgbImage::new(2, 2),
            features: Features::default(),
            position: [1.0, 2.0, 3.0],
        })
    }

    fn design(seed: f32, landed: Option<Landed>) -> Item {
        Item::Design(Arc::new(PicturedDesign {
            name: "Design".into(),
            design: Design {
                code: vec![seed],
                ..Design::default()
            },
            picture: RgbImage::new(2, 2),
            landed,
        }))
    }

    #[test]
    fn items_are_equal_by_row_by_photo_and_by_design() {
        let (one, other) = (photo(), photo());
        assert_eq!(Item::Photo(one.clone()), Item::Photo(one.clone()));
        assert_ne!(Item::Photo(one.clone()), Item::Photo(other));
        assert_eq!(Item::Row(3), Item::Row(3));
        assert_ne!(Item::Row(3), Item::Photo(one));
        assert_eq!(design(1.0, None), design(1.0, None));
        assert_ne!(design(1.0, None), design(2.0, None));
    }

    #[test]
    fn only_what_has_landed_has_a_place_and_can_be_asked_about() {
        let rows = [[0.0; 3], [4.0; 3]];
        assert_eq!(Item::Row(1).position(&rows), Some([4.0; 3]));
        assert_eq!(Item::Row(2).position(&rows), None);
        assert_eq!(Item::Photo(photo()).position(&rows), Some([1.0, 2.0, 3.0]));
        let new = design(1.0, None);
        assert!(new.position(&rows).is_none() && new.example().is_none());
        let landed = Landed {
            features: Features::default(),
            position: [5.0; 3],
        };
        let known = design(1.0, Some(landed));
        assert_eq!(known.position(&rows), Some([5.0; 3]));
        assert!(matches!(known.example(), Some(Example::Features(_))));
        assert!(matches!(Item::Row(1).example(), Some(Example::Row(1))));
    }
}
