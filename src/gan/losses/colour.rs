//! The colour of a shoe as a whole: the mean Oklab colour of its foreground, with its slope in every pixel.
//!
//! The code says which colours a shoe has; a discriminator that is shown neighbours in a shoe's place lets a design
//! drift to the colours of those. So the generator is also told, of each design, how far its mean colour is
//! from that of the shoe that was asked for. The foreground is found by `imaging::foreground` and is taken as it is:
//! gradients flow through the colours of its pixels, not through its outline.

use crate::gan::dataset::pixels::picture_of;
use crate::gan::dataset::shoes::FramedShoes;
use crate::gan::ops::{like, with_numbers};
use crate::imaging::foreground::{Foreground, mean_foreground_lab};
use crate::imaging::oklab::{Oklab, oklab_slopes};
use candle_core::{CpuStorage, CustomOp2, Device, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

/// The mean colours of shoes, and how much they differ.
pub(in crate::gan) struct ShoeColours {
    /// L, a, b of each shoe.
    of_shoes: Vec<Oklab>,
    /// The standard deviation of L, a and b over the shoes.
    deviation: Oklab,
}

impl ShoeColours {
    /// The mean colours of `shoes`; `None` if they are grey.
    pub fn of(shoes: &FramedShoes) -> Option<Self> {
        if shoes.channels == 1 {
            return None;
        }
        let of_shoes: Vec<Oklab> = (0..shoes.len())
            .into_par_iter()
            .map(|i| mean_foreground_lab(&shoes.picture(i)))
            .collect();
        let deviation = std::array::from_fn(|k| {
            let count = of_shoes.len().max(1) as f32;
            let mean = of_shoes.iter().map(|lab| lab[k]).sum::<f32>() / count;
            let variance = of_shoes
                .iter()
                .map(|lab| (lab[k] - mean).powi(2))
                .sum::<f32>()
                / count;
            // Where all are of one colour, what can hardly be seen is the measure.
            variance.sqrt().max(0.01)
        });
        Some(Self {
            of_shoes,
            deviation,
        })
    }

    /// How far the mean colours of `pictures` [batch, size, size, 3], within ±1, are from those of `shoes`: the
    /// squared error in units of the shoes' variance, so that 1 is what grey for all would get.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn error(&self, pictures: &Tensor, shoes: &[usize]) -> Result<Tensor> {
        let asked: Vec<f32> = shoes.iter().flat_map(|&i| self.of_shoes[i]).collect();
        let asked = Tensor::from_vec(asked, (shoes.len(), 3), &Device::Cpu)?;
        let deviation = Tensor::new(&self.deviation, &Device::Cpu)?;
        (mean_colours(pictures)? - asked)?
            .broadcast_div(&deviation)?
            .sqr()?
            .mean_all()
    }
}

/// The mean foreground colour of each of `pictures` [batch, size, size, 3], within ±1: L, a, b [batch, 3].
fn mean_colours(pictures: &Tensor) -> Result<Tensor> {
    let (batch, size, _, channels) = pictures.dims4()?;
    let values = pictures.flatten_all()?.to_vec1::<f32>()?;
    let (means, shares): (Vec<Oklab>, Vec<Vec<f32>>) = values
        .par_chunks_exact(size * size * channels)
        .map(|picture| {
            let bytes: Vec<u8> = picture
                .iter()
                .map(|v| ((v + 1.0) * 127.5).round() as u8)
                .collect();
            let foreground = Foreground::of(&picture_of(&bytes, size, channels));
            (foreground.mean_lab(), shares_of(&foreground, size))
        })
        .unzip();
    let shares = Tensor::from_vec(shares.concat(), (batch, size * size), &Device::Cpu)?;
    pictures.apply_op2(&shares, MeanColours(means))
}

/// How much each pixel of a picture of `size` counts in the mean of its foreground; in all, 1. The foreground may
/// have been looked for in a smaller or larger picture: whichever grid is finer is gone through.
fn shares_of(foreground: &Foreground, size: usize) -> Vec<f32> {
    let weights = foreground.weights();
    let (width, height) = (foreground.width, foreground.height);
    let fine = size.max(width).max(height);
    let mut shares = vec![0f32; size * size];
    for (y, x) in (0..fine).flat_map(|y| (0..fine).map(move |x| (y, x))) {
        let weight = weights[y * height / fine * width + x * width / fine];
        shares[y * size / fine * size + x * size / fine] += weight;
    }
    let total = shares.iter().sum::<f32>().max(1e-9);
    shares.iter_mut().for_each(|share| *share /= total);
    shares
}

/// The mean colours of pictures, which are known; in their slope each pixel counts as its share says, and the shares
/// themselves have none.
struct MeanColours(Vec<Oklab>);

impl CustomOp2 for MeanColours {
    fn name(&self) -> &'static str {
        "mean-colours"
    }

    fn cpu_fwd(
        &self,
        _pictures: &CpuStorage,
        _pictures_layout: &Layout,
        _shares: &CpuStorage,
        _shares_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let means = self.0.as_flattened().to_vec();
        Ok((CpuStorage::F32(means), Shape::from((self.0.len(), 3))))
    }

    fn bwd(
        &self,
        pictures: &Tensor,
        shares: &Tensor,
        _means: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let pixels = shares.dim(1)?;
        let of_pictures = with_numbers(
            [pictures, shares, gradient],
            |[pictures, shares, gradient]| {
                pictures
                    .par_chunks_exact(pixels * 3)
                    .zip(shares.par_chunks_exact(pixels))
                    .zip(gradient.par_chunks_exact(3))
                    .flat_map_iter(|((picture, shares), gradient)| {
                        let of_pixel = move |(pixel, share): (&[f32], &f32)| {
                            if *share <= 0.0 {
                                return [0.0; 3];
                            }
                            let colour = std::array::from_fn(|c| 0.5 * (pixel[c] + 1.0));
                            let slopes = oklab_slopes(colour);
                            std::array::from_fn(|c| {
                                let along: f32 = (0..3).map(|k| gradient[k] * slopes[k][c]).sum();
                                0.5 * share * along
                            })
                        };
                        picture.chunks_exact(3).zip(shares).flat_map(of_pixel)
                    })
                    .collect::<Vec<f32>>()
            },
        )?;
        Ok((Some(like(of_pictures, pictures)?), None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Var;
    use image::{Rgb, RgbImage};

    const SIZE: usize = 64;

    /// A box of one colour on white, and what the networks see of it.
    fn pictures(size: usize, colours: &[[u8; 3]]) -> (Vec<RgbImage>, Tensor) {
        let side = size as u32;
        let pictures: Vec<RgbImage> = colours
            .iter()
            .map(|&colour| {
                RgbImage::from_fn(side, side, |x, y| {
                    let inside = x.abs_diff(side / 2) < side / 3 && y.abs_diff(side / 2) < side / 4;
                    Rgb(if inside { colour } else { [255; 3] })
                })
            })
            .collect();
        let values: Vec<f32> = pictures
            .iter()
            .flat_map(|p| p.as_raw())
            .map(|&v| f32::from(v) / 127.5 - 1.0)
            .collect();
        let shape = (colours.len(), size, size, 3);
        let tensor = Tensor::from_vec(values, shape, &Device::Cpu).unwrap();
        (pictures, tensor)
    }

    fn shoes(pictures: &[RgbImage]) -> FramedShoes {
        FramedShoes {
            rows: (0..pictures.len()).collect(),
            size: SIZE,
            channels: 3,
            pictures: pictures.iter().flat_map(|p| p.as_raw().clone()).collect(),
            blocks: Vec::new(),
            views: vec![1.0; pictures.len()],
            left_out: 0,
            exact: true,
        }
    }

    #[test]
    fn slopes_are_those_of_small_steps() {
        // At other sizes than 64 the foreground is looked for in a resized picture.
        for (size, most) in [(32, 0.15), (64, 0.05), (128, 0.15)] {
            let (_, start) = pictures(size, &[[200, 30, 40], [20, 60, 180], [90, 90, 90]]);
            let designs = Var::from_tensor(&start).unwrap();
            let sum = |x: &Tensor| mean_colours(x).unwrap().sum_all().unwrap();
            let gradients = sum(designs.as_tensor()).backward().unwrap();
            let gradient = gradients.get(designs.as_tensor()).unwrap();
            // The shoes' pixels get lighter; the white around them stays.
            let step = (start.lt(1.0).unwrap().to_dtype(start.dtype()).unwrap() * 0.04).unwrap();
            let moved = sum(&(&start + &step).unwrap()) - sum(&start);
            let measured = moved.unwrap().to_scalar::<f32>().unwrap();
            let along = (gradient * step).unwrap().sum_all().unwrap();
            let told = along.to_scalar::<f32>().unwrap();
            assert!(
                (told / measured - 1.0).abs() < most,
                "{size}: {told} {measured}"
            );
        }
    }

    #[test]
    fn its_slope_leads_to_the_colour_that_is_asked_for() {
        let (wanted, _) = pictures(SIZE, &[[200, 30, 40], [20, 60, 180]]);
        let shoe_colours = ShoeColours::of(&shoes(&wanted)).unwrap();
        let (_, start) = pictures(SIZE, &[[90, 90, 90], [120, 140, 120]]);
        let designs = Var::from_tensor(&start).unwrap();
        let error = |designs: &Var| shoe_colours.error(designs.as_tensor(), &[0, 1]).unwrap();
        let first = error(&designs).to_scalar::<f32>().unwrap();
        for _ in 0..150 {
            let gradients = error(&designs).backward().unwrap();
            let gradient = gradients.get(designs.as_tensor()).unwrap();
            let moved = (designs.as_tensor() - (gradient * 60.0).unwrap()).unwrap();
            designs.set(&moved.clamp(-1.0, 1.0).unwrap()).unwrap();
        }
        let last = error(&designs).to_scalar::<f32>().unwrap();
        assert!(last < 0.05 * first, "{first} {last}");
    }

    #[test]
    fn grey_shoes_have_none() {
        let mut grey = shoes(&pictures(SIZE, &[[9; 3]]).0);
        grey.channels = 1;
        assert!(ShoeColours::of(&grey).is_none());
    }
}
