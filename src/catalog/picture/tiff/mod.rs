//! The TIFFs that `image` leaves to others: palettes, CIE L*a*b*, inks, YCbCr, few bits, grey with transparency.
//! (TIFF 6.0, 1992; BigTIFF.) The samples are read by the `tiff` crate.

use super::profile::Profile;
use super::{MOST_MEMORY, PictureError, check_size};
use crate::imaging::srgb;
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, GrayAlphaImage, GrayImage, Rgb, RgbImage};
use std::borrow::Cow;
use std::io::Cursor;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;

/// What the samples mean: PhotometricInterpretation.
mod meaning {
    pub(super) const WHITE_IS_0: u16 = 0;
    pub(super) const BLACK_IS_0: u16 = 1;
    pub(super) const RGB: u16 = 2;
    pub(super) const PALETTE: u16 = 3;
    pub(super) const INKS: u16 = 5;
    pub(super) const YCBCR: u16 = 6;
    pub(super) const CIE_LAB: u16 = 8;
    pub(super) const ICC_LAB: u16 = 9;
}

/// A picture of those kinds.
pub(super) struct Read {
    pub(super) picture: DynamicImage,
    /// The profile of its numbers, where that is not applied yet.
    pub(super) icc: Option<Vec<u8>>,
    pub(super) orientation: Orientation,
}

/// Samples as they are stored, of at most 16 bits.
enum Samples {
    Bytes(Vec<u8>),
    Words(Vec<u16>),
}

impl Samples {
    fn len(&self) -> usize {
        match self {
            Self::Bytes(all) => all.len(),
            Self::Words(all) => all.len(),
        }
    }

    /// A sample of 8 bits.
    fn byte(&self, place: usize) -> u8 {
        match self {
            Self::Bytes(all) => all.get(place).copied().unwrap_or(0),
            Self::Words(all) => (all.get(place).copied().unwrap_or(0) >> 8) as u8,
        }
    }
}

/// Whether these are the first bytes of a BigTIFF, which `image` reads and does not recognise.
pub(super) fn is_big(bytes: &[u8]) -> bool {
    bytes.starts_with(b"II\x2b\0") || bytes.starts_with(b"MM\0\x2b")
}

/// Reads a TIFF of a kind that `image` does not; none for those that it does, and for what is none.
pub(super) fn decode(bytes: &[u8]) -> Result<Option<Read>, PictureError> {
    let Some(place) = meaning_at(bytes) else {
        return Ok(None);
    };
    let Ok(mut decoder) = Decoder::new(Cursor::new(bytes)) else {
        return Ok(None);
    };
    let number = |decoder: &mut Decoder<_>, tag, usual: u16| {
        decoder
            .find_tag_unsigned(tag)
            .ok()
            .flatten()
            .unwrap_or(usual)
    };
    let meaning = number(&mut decoder, Tag::PhotometricInterpretation, u16::MAX);
    let channels = usize::from(number(&mut decoder, Tag::SamplesPerPixel, 1));
    let bits = decoder.find_tag_unsigned_vec::<u16>(Tag::BitsPerSample);
    let bits = bits
        .ok()
        .flatten()
        .and_then(|bits| bits.first().copied())
        .unwrap_or(1);
    let is_grey = matches!(meaning, meaning::WHITE_IS_0 | meaning::BLACK_IS_0);
    let (as_if, least) = match meaning {
        meaning::PALETTE if channels == 1 => (meaning::BLACK_IS_0, 1),
        _ if is_grey && channels == 1 && matches!(bits, 2 | 4) => (meaning::BLACK_IS_0, 1),
        _ if is_grey && channels == 2 => (meaning::BLACK_IS_0, 2),
        meaning::CIE_LAB | meaning::ICC_LAB => (meaning::RGB, 3),
        meaning::YCBCR => (meaning::YCBCR, 3),
        meaning::INKS => (meaning::INKS, 4),
        _ => return Ok(None),
    };
    let is_odd = channels < least || !matches!(bits, 1 | 2 | 4 | 8 | 16) || (bits < 8 && least > 1);
    if is_odd {
        return Err(unusual(&format!("{channels} channels of {bits} bits")));
    }
    let explain = |error: tiff::TiffError| match error {
        tiff::TiffError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            super::cut_short()
        }
        other => unusual(&other.to_string()),
    };
    let (width, height) = decoder.dimensions().map_err(explain)?;
    check_size(width, height)?;
    let colours = match meaning {
        meaning::PALETTE => decoder.get_tag_u16_vec(Tag::ColorMap).map_err(explain)?,
        _ => Vec::new(),
    };
    let turned = number(&mut decoder, Tag::Orientation, 1);
    let turned = u8::try_from(turned).ok().and_then(Orientation::from_exif);
    let icc = decoder.get_tag_u8_vec(Tag::IccProfile).ok();
    // The samples are the same whatever they mean; the crate gives out those that it knows.
    let asked = match as_if == meaning {
        true => Cow::Borrowed(bytes),
        false => Cow::Owned(with_meaning(bytes, place, as_if)),
    };
    let samples = samples(&asked, channels).map_err(explain)?;
    // Channels that mean nothing are not always given out.
    let channels = match bits < 8 {
        true => 1,
        false => samples.len() / (width as usize * height as usize),
    };
    if channels < least {
        return Err(super::cut_short());
    }
    let of = Picture {
        width,
        height,
        channels,
        bits,
    };
    let mut left = icc;
    let picture = match meaning {
        meaning::PALETTE => of.in_colours(&samples, &colours)?.into(),
        meaning::CIE_LAB | meaning::ICC_LAB => {
            left = None;
            of.each(|place| lab(&samples, place, meaning == meaning::CIE_LAB))
                .into()
        }
        meaning::YCBCR => of
            .each(|place| ycbcr([0, 1, 2].map(|i| samples.byte(place + i))))
            .into(),
        meaning::INKS => {
            let profile = Profile::read(left.take().as_deref(), ExtendedColorType::Cmyk8, true);
            let inks = |place: usize| [0, 1, 2, 3].map(|i| samples.byte(place + i));
            let through = profile.and_then(|profile| {
                let all: Vec<u8> = of.places().flat_map(inks).collect();
                profile.of_inks(&all, width, height)
            });
            through
                .unwrap_or_else(|| of.each(|place| plain_inks(inks(place))))
                .into()
        }
        _ => of.grey(&samples, meaning == meaning::WHITE_IS_0)?,
    };
    Ok(Some(Read {
        picture,
        icc: left,
        orientation: turned.unwrap_or(Orientation::NoTransforms),
    }))
}

fn unusual(what: &str) -> PictureError {
    PictureError(format!(
        "a TIFF of a kind that is not read ({what}); save it as PNG"
    ))
}

/// Where the first directory keeps the meaning of the samples: an unsigned 16-bit number.
fn meaning_at(bytes: &[u8]) -> Option<usize> {
    let is_little = bytes.starts_with(b"II");
    if !is_little && !bytes.starts_with(b"MM") {
        return None;
    }
    let number = |at: usize, length: usize| -> Option<usize> {
        let bytes = bytes.get(at..at.checked_add(length)?)?.iter();
        let join = |all: u64, byte: &u8| all << 8 | u64::from(*byte);
        let number = match is_little {
            true => bytes.rev().fold(0, join),
            false => bytes.fold(0, join),
        };
        usize::try_from(number).ok()
    };
    // Sizes of: an offset, the number of entries, an entry, and where in it the value stands.
    let (directory, count, entry, value) = match number(2, 2)? {
        42 => (number(4, 4)?, 2, 12, 8),
        43 => (number(8, 8)?, 8, 20, 12),
        _ => return None,
    };
    let entries = number(directory, count)?.min(4096);
    let first = directory.checked_add(count)?;
    let at = |n: usize| first.checked_add(n * entry);
    let found = (0..entries).find(|&n| at(n).and_then(|at| number(at, 2)) == Some(262))?;
    at(found)?.checked_add(value)
}

fn with_meaning(bytes: &[u8], place: usize, meaning: u16) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let meaning = match bytes.starts_with(b"II") {
        true => meaning.to_le_bytes(),
        false => meaning.to_be_bytes(),
    };
    if let Some(old) = bytes.get_mut(place..place + 2) {
        old.copy_from_slice(&meaning);
    }
    bytes
}

/// All samples, pixel by pixel.
fn samples(bytes: &[u8], channels: usize) -> tiff::TiffResult<Samples> {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = MOST_MEMORY as usize;
    limits.intermediate_buffer_size = MOST_MEMORY as usize;
    let mut decoder = Decoder::new(Cursor::new(bytes))?.with_limits(limits);
    let mut read = DecodingResult::U8(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut read)?;
    let is_planar = layout.planes > 1 && layout.planes >= channels;
    Ok(match read {
        DecodingResult::U8(all) if is_planar => Samples::Bytes(woven(&all, layout.planes)),
        DecodingResult::U16(all) if is_planar => Samples::Words(woven(&all, layout.planes)),
        DecodingResult::U8(all) => Samples::Bytes(all),
        DecodingResult::U16(all) => Samples::Words(all),
        DecodingResult::I8(all) => Samples::Bytes(all.into_iter().map(|x| x as u8).collect()),
        DecodingResult::I16(all) => Samples::Words(all.into_iter().map(|x| x as u16).collect()),
        _ => {
            let other = tiff::TiffUnsupportedError::UnsupportedDataType;
            return Err(tiff::TiffError::UnsupportedError(other));
        }
    })
}

/// Planes one behind the other as pixels.
fn woven<T: Copy>(planes: &[T], count: usize) -> Vec<T> {
    let length = planes.len() / count.max(1);
    let pixels = (0..length).flat_map(|at| (0..count).map(move |plane| plane * length + at));
    pixels.map(|place| planes[place]).collect()
}

/// The sizes of a picture's samples.
#[derive(Clone, Copy)]
struct Picture {
    width: u32,
    height: u32,
    channels: usize,
    bits: u16,
}

impl Picture {
    /// The first sample of each pixel.
    fn places(self) -> impl Iterator<Item = usize> {
        (0..self.width as usize * self.height as usize).map(move |pixel| pixel * self.channels)
    }

    /// A picture of what is at each pixel's first sample.
    fn each(self, colour: impl Fn(usize) -> [u8; 3]) -> RgbImage {
        let width = self.width as usize;
        RgbImage::from_fn(self.width, self.height, |x, y| {
            Rgb(colour((y as usize * width + x as usize) * self.channels))
        })
    }

    /// The value of a pixel of one channel, of which several may share a byte; a row begins with a byte.
    fn value(self, samples: &Samples, x: u32, y: u32) -> u16 {
        let (x, y, width) = (x as usize, y as usize, self.width as usize);
        match samples {
            Samples::Words(all) => all.get(y * width + x).copied().unwrap_or(0),
            Samples::Bytes(all) => {
                let bits = usize::from(self.bits.min(8));
                let row = (width * bits).div_ceil(8);
                let byte = all.get(y * row + x * bits / 8).copied().unwrap_or(0);
                let shift = 8 - bits - x * bits % 8;
                u16::from(byte >> shift) & ((1 << bits) - 1)
            }
        }
    }

    fn in_colours(self, samples: &Samples, colours: &[u16]) -> Result<RgbImage, PictureError> {
        // All reds, then all greens, then all blues.
        let count = colours.len() / 3;
        if count == 0 {
            return Err(unusual("its palette is empty"));
        }
        // Some programs write eight bits in the place of sixteen.
        let shift = if colours.iter().any(|c| *c > 255) {
            8
        } else {
            0
        };
        Ok(RgbImage::from_fn(self.width, self.height, |x, y| {
            let index = usize::from(self.value(samples, x, y)).min(count - 1);
            Rgb([0, 1, 2].map(|channel| (colours[channel * count + index] >> shift) as u8))
        }))
    }

    fn grey(self, samples: &Samples, is_inverted: bool) -> Result<DynamicImage, PictureError> {
        let turned = |grey: u8| if is_inverted { 255 - grey } else { grey };
        if self.channels == 1 {
            let most = (1_u16 << self.bits.min(15)) - 1;
            let grey = |x, y| turned((self.value(samples, x, y) * 255 / most.max(1)) as u8);
            let grey =
                GrayImage::from_fn(self.width, self.height, |x, y| image::Luma([grey(x, y)]));
            return Ok(grey.into());
        }
        let pixels = self.places();
        let pixels =
            pixels.flat_map(|place| [turned(samples.byte(place)), samples.byte(place + 1)]);
        GrayAlphaImage::from_raw(self.width, self.height, pixels.collect())
            .map(Into::into)
            .ok_or_else(|| unusual("odd samples"))
    }
}

/// Inks without a profile, as every program guesses: each takes away its complement.
fn plain_inks([c, m, y, k]: [u8; 4]) -> [u8; 3] {
    let left = |ink: u8| (u16::from(255 - ink) * u16::from(255 - k) / 255) as u8;
    [left(c), left(m), left(y)]
}

/// Full-range BT.601, as in JPEG.
fn ycbcr([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let [y, cb, cr] = [f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0];
    [
        y + 1.402 * cr,
        y - 0.344_136 * cb - 0.714_136 * cr,
        y + 1.772 * cb,
    ]
    .map(|x| x.round() as u8)
}

/// L*a*b* under D50 as sRGB. `is_signed`: a and b are signed numbers (CIE), else 128 is their zero (ICC).
fn lab(samples: &Samples, place: usize, is_signed: bool) -> [u8; 3] {
    let [l, a, b] = match samples {
        Samples::Bytes(_) => {
            let [l, a, b] = [0, 1, 2].map(|i| samples.byte(place + i));
            let chroma = |x: u8| match is_signed {
                true => f32::from(x as i8),
                false => f32::from(x) - 128.0,
            };
            [f32::from(l) / 2.55, chroma(a), chroma(b)]
        }
        Samples::Words(all) => {
            let [l, a, b] = [0, 1, 2].map(|i| all.get(place + i).copied().unwrap_or(0));
            let chroma = |x: u16| match is_signed {
                true => f32::from(x as i16) / 256.0,
                false => f32::from(x) / 256.0 - 128.0,
            };
            [f32::from(l) / 655.35, chroma(a), chroma(b)]
        }
    };
    // CIE 15:2004, 8.2.1, with the white of D50; then to the primaries of sRGB, adapted by Bradford (Lindbloom).
    let y = (l + 16.0) / 116.0;
    let from = |t: f32| match t > 6.0 / 29.0 {
        true => t * t * t,
        false => 3.0 * (6.0_f32 / 29.0).powi(2) * (t - 4.0 / 29.0),
    };
    let [x, y, z] = [
        0.964_22 * from(y + a / 500.0),
        from(y),
        0.825_21 * from(y - b / 200.0),
    ];
    [
        3.133_856 * x - 1.616_866_7 * y - 0.490_614_6 * z,
        -0.978_768_4 * x + 1.916_141_5 * y + 0.033_454_0 * z,
        0.071_945_3 * x - 0.228_991_4 * y + 1.405_242_7 * z,
    ]
    .map(|light| srgb::from_light(light.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests;
