//! What it takes to make designs for one catalogue, joined: the way back from the scene, a generator, and
//! the embedder that says where a design truly lies.
//!
//! ```text
//! request ─ cursor ─▶ raw blocks ─ mixing ─▶ code ─ directions ─▶ code ─ noise ─▶ picture
//! ```

use super::direction::Codes;
use super::generators::{self, Named};
use super::item::Item;
use super::nearest::place_among;
use super::outline::Outline;
use super::request::DesignRequest;
use super::route::Station;
use super::{Design, DesignError, MadeBy, MadeIn, Origin, VERSION};
use crate::catalog::{Block, Catalog};
use crate::embed::{self, BLOCKS, COLOUR, EMBEDDERS, Embedder, Features};
use crate::gan::{CODE_LIMIT, Generator};
use crate::job::Job;
use crate::numeric::{spread, upper_median};
use crate::paths::Roots;
use crate::recommend::Recommender;
use crate::recommend::photo::as_in;
use crate::space::Space;
use crate::space::cursor::{Cursor, CursorError, Fill, Filled};
use image::RgbImage;
use image::imageops::{self, FilterType};
use rayon::prelude::*;
use std::sync::Arc;

/// Makes designs for one catalogue. Shared between threads; all methods take `&self`. A clone shares what is large.
#[derive(Clone)]
pub struct Studio {
    catalog: Arc<Catalog>,
    cursor: Arc<Cursor>,
    named: Named,
    /// The generator with pictures as sharp as the catalogue's are.
    drafts: Arc<Generator>,
    embedder: Option<Arc<dyn Embedder>>,
    blocks: Vec<Arc<Block>>,
    deviations: Vec<f32>,
    scene: Scene,
}

/// What says where something stands in the scene.
#[derive(Clone)]
enum Scene {
    /// The first three components.
    First,
    /// Other three.
    Components([usize; 3]),
    /// Where the shoes nearest to it stand, which the recommender finds.
    Nearest(Arc<Vec<[f32; 3]>>, Arc<Recommender>),
}

/// A request, made.
#[derive(Debug, Clone)]
pub struct Made {
    /// The design.
    pub design: Design,
    /// Its picture.
    pub picture: RgbImage,
    /// What the point was filled in to: what was asked for, before mixing and directions.
    pub filled: Filled,
    /// The embedding that was asked for, mixing included (D numbers).
    pub asked: Vec<f32>,
    /// The outline that was asked for by hand.
    pub outline: Option<Arc<Outline>>,
}

impl Made {
    /// Intersection over union of the outline that was asked for by hand and the design's, 0 to 1; none where no outline
    /// was asked for, 0 where the design shows nothing.
    pub fn outline_reached(&self) -> Option<f32> {
        let asked = self.outline.as_ref()?;
        let made = Outline::of(&self.picture);
        Some(made.map_or(0.0, |made| made.overlap(asked)))
    }
}

/// How much sharper than the catalogue's pictures a design may be before it is reduced.
const SHARPER: f32 = 1.35;

/// Pictures that are looked at to know how sharp a catalogue's are.
const LOOKED_AT: usize = 24;

/// A generator with pictures about as sharp as a catalogue's: what is sharper is another style to the embedder.
fn as_sharp(named: &Named, catalog: &Catalog) -> Arc<Generator> {
    let sides = spread(catalog.len(), LOOKED_AT).filter_map(|row| {
        let picture = catalog.picture(row).ok()?;
        Some(picture.width().max(picture.height()) as f32)
    });
    let mut sides: Vec<f32> = sides.collect();
    let generator = &named.generator;
    let mut size = generator.info().size;
    if let Some(side) = upper_median(&mut sides) {
        while size as f32 > SHARPER * side && size > 32 {
            size /= 2;
        }
    }
    if size == generator.info().size {
        return generator.clone();
    }
    // The original's network has pictures of one size.
    match generator.reduced(size) {
        Ok(reduced) => Arc::new(reduced),
        Err(_) => generator.clone(),
    }
}

impl Studio {
    /// The studio of a catalogue, with its `own` generator or else the one that fits it among `roots`, and the embedder that does.
    ///
    /// # Errors
    /// No generator fits, or a file of a model is damaged; and those of [`Studio::new`]. A missing embedder is none.
    pub fn open(
        catalog: Arc<Catalog>,
        own: Option<Named>,
        roots: &Roots,
    ) -> Result<Self, DesignError> {
        let named = match own {
            Some(own) => own,
            None => generators::for_catalogue(&catalog, roots)?,
        };
        let embedder = embed::embedder_of(&catalog.info().embedder);
        // Without the embedder designs are made all the same; their panel says what is missing.
        let path = embedder.find(roots).ok();
        let embedder = path.map(|path| embedder.load(&path)).transpose()?;
        Self::new(catalog, named, embedder)
    }

    /// Reads the blocks of a catalogue and gets ready. Without an embedder designs can be made, but not
    /// be told where they land.
    ///
    /// # Errors
    /// The catalogue has no space or no blocks, or the generator was made for another embedder.
    pub fn new(
        catalog: Arc<Catalog>,
        named: Named,
        embedder: Option<Arc<dyn Embedder>>,
    ) -> Result<Self, DesignError> {
        generators::expect_fit(&named, &catalog)?;
        let space = Space::of(&catalog)?.ok_or_else(|| DesignError::NoSpace {
            path: catalog.path().to_owned(),
        })?;
        let space = Arc::new(space);
        let blocks: Vec<Arc<Block>> = BLOCKS
            .iter()
            .map(|block| catalog.block(block.name))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            cursor: Arc::new(Cursor::new(space.clone(), catalog.positions(), &blocks)?),
            deviations: space.deviations(),
            drafts: as_sharp(&named, &catalog),
            catalog,
            named,
            embedder,
            blocks,
            scene: Scene::First,
        })
    }

    /// Lets the system take back the memory of what was read so far of what lies in files.
    pub fn release(&self) {
        self.blocks.iter().for_each(|block| block.values.release());
    }

    /// The same studio in a layout that no axes span: `points` are where its shoes stand, one a shoe.
    ///
    /// # Errors
    /// No shoe stands anywhere.
    ///
    /// # Panics
    /// If there is not one point a shoe.
    pub fn laid_out(
        &self,
        points: Arc<Vec<[f32; 3]>>,
        recommender: Arc<Recommender>,
    ) -> Result<Self, DesignError> {
        self.standing_at(&points, Scene::Nearest(points.clone(), recommender))
    }

    /// The same studio in the layout of three other components, where shoes stand at `points`.
    ///
    /// # Errors
    /// As [`laid_out`](Self::laid_out).
    ///
    /// # Panics
    /// If there is not one point a shoe.
    pub fn on_components(
        &self,
        axes: [usize; 3],
        points: &[[f32; 3]],
    ) -> Result<Self, DesignError> {
        self.standing_at(points, Scene::Components(axes))
    }

    fn standing_at(&self, points: &[[f32; 3]], scene: Scene) -> Result<Self, DesignError> {
        Ok(Self {
            cursor: Arc::new(self.cursor.laid_out(points)?),
            scene,
            ..self.clone()
        })
    }

    /// The same studio with another generator.
    ///
    /// # Errors
    /// [`DesignError::OtherEmbedder`].
    pub fn with_generator(&self, named: Named) -> Result<Self, DesignError> {
        generators::expect_fit(&named, &self.catalog)?;
        Ok(Self {
            drafts: as_sharp(&named, &self.catalog),
            named,
            ..self.clone()
        })
    }

    /// The same studio in the layout of the first three components.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn in_components(&self) -> Result<Self, DesignError> {
        Self::new(
            self.catalog.clone(),
            self.named.clone(),
            self.embedder.clone(),
        )
    }

    /// Whether the scene's axes are the first three components.
    pub fn is_of_first_components(&self) -> bool {
        matches!(self.scene, Scene::First)
    }

    /// The catalogue.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// The generator.
    pub fn generator(&self) -> &Arc<Generator> {
        &self.named.generator
    }

    /// The generator with pictures as sharp as the catalogue's are: what is only looked at by the embedder is made by it.
    pub fn drafts(&self) -> &Arc<Generator> {
        &self.drafts
    }

    /// The generator with its name.
    pub fn named(&self) -> &Named {
        &self.named
    }

    /// The generator's name for people.
    pub fn generator_name(&self) -> &str {
        &self.named.name
    }

    /// The way back.
    pub fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// The space that the points lie in.
    pub fn space(&self) -> &Space {
        self.cursor.space()
    }

    /// Standard deviation of the catalogue along each principal axis, in units of the coordinates.
    pub fn deviations(&self) -> &[f32] {
        &self.deviations
    }

    /// A shoe's raw blocks.
    ///
    /// # Errors
    /// There is no such row.
    pub fn features(&self, row: usize) -> Result<Features, DesignError> {
        let shoes = self.catalog.len();
        if row >= shoes {
            return Err(CursorError::NoSuchRow { row, shoes }.into());
        }
        Ok(Features::from_fn(|name| {
            let mut blocks = self.blocks.iter();
            let block = blocks.find(|block| block.name == name);
            block.map(|block| block.row_f32(row)).unwrap_or_default()
        }))
    }

    /// The raw blocks of anything; a design that nobody looked at yet is embedded.
    ///
    /// # Errors
    /// There is no such row, or the embedder is missing or failed.
    pub fn features_of(&self, item: &Item) -> Result<Features, DesignError> {
        match (item, item.features()) {
            (_, Some(features)) => Ok(features.clone()),
            (Item::Row(row), _) => self.features(*row),
            (Item::Photo(photo), _) => Ok(photo.features.clone()),
            (Item::Design(design), _) => self.embed_one(&design.picture, &design.design.code),
        }
    }

    /// The embedding of raw blocks.
    ///
    /// # Errors
    /// A block is missing, of another length, or holds a NaN.
    pub fn embedding(&self, features: &Features) -> Result<Vec<f32>, DesignError> {
        Ok(self.space().embedding(&features.blocks())?)
    }

    /// Where an embedding has its place in the scene: its coordinates, or in a layout of another kind among the shoes
    /// nearest to it.
    ///
    /// # Errors
    /// What the search refuses.
    pub fn place(&self, embedding: &[f32]) -> Result<[f32; 3], DesignError> {
        match &self.scene {
            Scene::First => Ok(self.space().place_on([0, 1, 2], embedding)),
            Scene::Components(axes) => Ok(self.space().place_on(*axes, embedding)),
            Scene::Nearest(points, recommender) => place_among(recommender, points, embedding),
        }
    }

    /// The cosine of two embeddings (D numbers each) by block, each block centred on the catalogue: 1 is the same, 0
    /// has nothing in common.
    pub fn cosines(&self, a: &[f32], b: &[f32]) -> Vec<(&'static str, f32)> {
        let mut from = 0;
        let blocks = self.space().blocks().iter().filter_map(|block| {
            let part = from..from + block.dims();
            from = part.end;
            let name = BLOCKS.iter().find(|spec| spec.name == block.name())?.name;
            Some((name, cosine(a.get(part.clone())?, b.get(part)?)))
        });
        blocks.collect()
    }

    /// The first three coordinates of raw blocks.
    ///
    /// # Errors
    /// As [`embedding`](Self::embedding).
    pub fn position(&self, features: &Features) -> Result<[f32; 3], DesignError> {
        Ok(crate::space::position(
            &self.space().coordinates(&self.embedding(features)?),
        ))
    }

    /// What a request asks for: the filled-in point, and its raw blocks with the borrowed colour and what is asked for by
    /// hand.
    fn ask(&self, request: &DesignRequest) -> Result<(Filled, Features), DesignError> {
        let scaled: Vec<f32> = (request
            .components
            .iter()
            .zip(self.deviations.iter().skip(3)))
        .map(|(by, deviation)| by * deviation)
        .collect();
        let filled = self
            .cursor
            .fill(request.at, request.fill, request.selected, &scaled)?;
        let names = self.space().blocks().iter().map(|b| b.name());
        let mut features = Features::default();
        for (name, values) in names.zip(&filled.blocks) {
            features.set_block(name, values.clone());
        }
        if let Some(item) = &request.colour_of {
            let donated = self.features_of(item)?.block(COLOUR.name).to_vec();
            features.set_block(COLOUR.name, donated);
        }
        request
            .handles
            .put_into(&mut features, self.catalog.is_grey());
        Ok((filled, features))
    }

    /// Code and embedding that a request asks for.
    ///
    /// # Errors
    /// A number of the request is none, or the generator does not take the blocks.
    pub fn code(
        &self,
        request: &DesignRequest,
    ) -> Result<(Vec<f32>, Vec<f32>, Filled), DesignError> {
        request.check()?;
        let (filled, features) = self.ask(request)?;
        let asked = self.embedding(&features)?;
        if let Some(held) = request
            .held
            .as_ref()
            .filter(|_| request.is_at_rest_on_held())
        {
            return Ok((held.code.clone(), asked, filled));
        }
        let mut code = self.code_of(&features)?;
        if let Some(held) = &request.held {
            // How the held design differs from what its own place would have given.
            let (_, there) = self.ask(&DesignRequest {
                fill: request.fill,
                ..DesignRequest::at(held.at)
            })?;
            let plain = self.code_of(&there)?;
            if plain.len() != held.code.len() {
                return Err(DesignError::OtherCodes {
                    what: held.name.clone(),
                });
            }
            for ((c, h), p) in code.iter_mut().zip(&held.code).zip(&plain) {
                *c += h - p;
            }
        }
        for (direction, by) in &request.directions {
            if direction.along.len() != code.len() {
                return Err(DesignError::OtherDirection {
                    name: direction.name(),
                });
            }
            code.iter_mut()
                .zip(&direction.along)
                .for_each(|(c, a)| *c += by * a);
        }
        code.iter_mut()
            .for_each(|c| *c = c.clamp(-CODE_LIMIT, CODE_LIMIT));
        Ok((code, asked, filled))
    }

    /// The generator's code of raw blocks.
    ///
    /// # Errors
    /// The generator does not take the blocks.
    pub fn code_of(&self, features: &Features) -> Result<Vec<f32>, DesignError> {
        Ok(self.generator().code_of(features)?)
    }

    /// A design of a code and a noise by this studio's generator.
    pub fn design(
        &self,
        code: Vec<f32>,
        noise: Vec<f32>,
        truncation: f32,
        origin: Origin,
    ) -> Design {
        let noise_dims = self.generator().info().noise_dims;
        Design {
            version: VERSION,
            generator: MadeBy {
                name: self.named.name.clone(),
                sha256: self.generator().info().sha256.clone(),
            },
            catalogue: MadeIn {
                name: self.catalog.name(),
                fingerprint: self.catalog.fingerprint().to_owned(),
            },
            code,
            noise: if noise.is_empty() {
                vec![0.0; noise_dims]
            } else {
                noise
            },
            truncation,
            origin,
            at: None,
            picture_sha256: String::new(),
        }
    }

    /// The design of a request, without its picture.
    ///
    /// # Errors
    /// As [`code`](Self::code).
    pub fn plan(&self, request: &DesignRequest) -> Result<(Design, Filled, Vec<f32>), DesignError> {
        let (code, asked, filled) = self.code(request)?;
        let origin = Origin::Point {
            at: filled.coordinates,
            fill: self.fill_name(request.fill),
        };
        let mut design = match &request.settled {
            Some(found) => self.design(found.code.clone(), found.noise.clone(), 1.0, origin),
            None => self.design(code, request.noise.clone(), request.truncation, origin),
        };
        design.at = Some(filled.coordinates);
        Ok((design, filled, asked))
    }

    /// Makes a request.
    ///
    /// # Errors
    /// As [`code`](Self::code), and what the generator refuses.
    pub fn make(&self, request: &DesignRequest) -> Result<Made, DesignError> {
        let (design, filled, asked) = self.plan(request)?;
        let picture = design.decode(self.generator())?;
        Ok(Made {
            design,
            picture,
            filled,
            asked,
            outline: request.handles.outline.clone(),
        })
    }

    /// How a fill is written in a design and on the command line.
    pub fn fill_name(&self, fill: Fill) -> String {
        match fill {
            Fill::Pinned(row) if row < self.catalog.len() => {
                format!("pinned:{}", self.catalog.id(row))
            }
            other => other.name().to_owned(),
        }
    }

    /// What says where a design truly lies.
    ///
    /// # Errors
    /// It is missing.
    pub fn embedder(&self) -> Result<&dyn Embedder, DesignError> {
        self.embedder
            .as_deref()
            .ok_or_else(|| DesignError::NoEmbedder {
                file: EMBEDDERS[0].file.to_owned(),
            })
    }

    /// Embeds a photo as pictures of this catalogue are: without its colours where the catalogue has none.
    ///
    /// # Errors
    /// The embedder is missing or failed.
    pub fn embed_photo(&self, photo: RgbImage) -> Result<Features, DesignError> {
        let photo = as_in(self.catalog(), photo);
        let mut all = self.embedder()?.embed(std::slice::from_ref(&photo))?;
        all.pop().ok_or(DesignError::NoAnswer {
            network: "the embedder",
            asked: "the photo",
        })
    }

    /// Embeds designs again, each a picture and the code it was made at, as the embedder sees the catalogue's own
    /// pictures: framed as they are, and no sharper.
    ///
    /// # Errors
    /// The embedder is missing or failed.
    pub fn embed(&self, designs: &[(&RgbImage, &[f32])]) -> Result<Vec<Features>, DesignError> {
        let views: Vec<RgbImage> = designs
            .iter()
            .map(|(picture, code)| {
                let side = self.drafts.info().size as u32;
                if picture.width() <= side {
                    return self.generator().embeddable(picture, code);
                }
                let reduced = imageops::resize(*picture, side, side, FilterType::Triangle);
                self.generator().embeddable(&reduced, code)
            })
            .collect();
        Ok(self.embedder()?.embed(&views)?)
    }

    /// A shoe as a station of a path, with the noise that the path has all along.
    ///
    /// # Errors
    /// There is no such shoe.
    pub fn station(&self, row: usize, noise: Vec<f32>) -> Result<Station, DesignError> {
        let features = self.features(row)?;
        self.station_of(self.catalog.id(row), &features, noise)
    }

    /// A place given by raw blocks (a photo's) as a station of a path.
    ///
    /// # Errors
    /// The generator does not take the blocks.
    pub fn station_of(
        &self,
        name: &str,
        features: &Features,
        noise: Vec<f32>,
    ) -> Result<Station, DesignError> {
        let code = self.code_of(features)?;
        Ok(Station {
            name: name.to_owned(),
            code,
            noise,
        })
    }

    /// Anything as a station of a path: a design of this generator by its own code and noise, all else by its raw
    /// blocks with the noise that the path has all along.
    ///
    /// # Errors
    /// There is no such row, or a design of another generator that nobody looked at.
    pub fn station_at(&self, item: &Item, noise: Vec<f32>) -> Result<Station, DesignError> {
        match item {
            Item::Row(row) => self.station(*row, noise),
            Item::Photo(photo) => self.station_of(&photo.name, &photo.features, noise),
            Item::Design(design) => {
                let made_by = &design.design.generator;
                if made_by.sha256 == self.generator().info().sha256 {
                    return Ok(Station {
                        name: design.name.clone(),
                        code: design.design.code.clone(),
                        noise: design.design.scaled_noise(),
                    });
                }
                match &design.landed {
                    Some(landed) => self.station_of(&design.name, &landed.features, noise),
                    None => Err(DesignError::OtherGenerator {
                        name: made_by.name.clone(),
                        sha256: made_by.sha256.clone(),
                    }),
                }
            }
        }
    }

    /// The codes of a sample of the catalogue, to learn directions from.
    ///
    /// # Errors
    /// The generator does not take the blocks; cancelled.
    pub fn codes(&self, job: &Job) -> Result<Codes, DesignError> {
        let count = self.catalog.len();
        let step = count.div_ceil(super::direction::SAMPLE).max(1);
        let rows: Vec<usize> = (0..count).step_by(step).collect();
        job.stage("Reading codes", Some(rows.len() as u64));
        let dims = self.generator().info().code_dims;
        let codes: Vec<Vec<f32>> = (rows.par_iter())
            .map(|&row| {
                job.check()?;
                let shoe = self.features(row)?;
                job.advance(1);
                self.code_of(&shoe)
            })
            .collect::<Result<_, DesignError>>()?;
        Ok(Codes {
            dims,
            held_out: rows.iter().map(|&row| self.catalog.is_test(row)).collect(),
            values: codes.concat(),
            rows,
        })
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum() };
    (dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1e-12)) as f32
}
