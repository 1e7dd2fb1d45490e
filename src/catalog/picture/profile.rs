//! Colours as the eye sees them: a picture's ICC profile is applied, so that numbers mean sRGB everywhere
//! (ICC.1:2022; the transforms are moxcms's).

use image::{DynamicImage, ExtendedColorType, RgbImage, RgbaImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A profile may move a colour by so many of 255 levels and still count as sRGB: then the picture's own bytes
/// can be kept, and nothing is computed.
const SAME: u8 = 2;

/// The largest profile that is looked at, in bytes: those of printers have about one megabyte.
pub(super) const LARGEST: usize = 8 << 20;

/// Profiles that are remembered: the photos of a shop share a few.
const REMEMBERED: usize = 8;

/// Pixels that are converted at a time: what they are copied to stays in the cache.
const STEP: usize = 4096;

/// A profile that was read, with its ways to sRGB, made when they are first asked for.
pub(super) struct Profile {
    parsed: ColorProfile,
    is_srgb: bool,
    ways: [OnceLock<Option<Arc<Transform8BitExecutor>>>; 4],
}

/// What the numbers of a picture are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Rgb,
    Rgba,
    Grey,
    Inks,
}

impl Profile {
    /// The profile of these bytes. One that cannot be read, that is sRGB, or that is for another number of channels than
    /// `stored` has, says nothing, as in a browser.
    pub(super) fn read(
        icc: Option<&[u8]>,
        stored: ExtendedColorType,
        is_cmyk: bool,
    ) -> Option<Arc<Self>> {
        let profile = Self::remembered(icc?)?;
        let fits = match profile.parsed.color_space {
            DataColorSpace::Cmyk => is_cmyk,
            DataColorSpace::Gray => !is_cmyk && stored.channel_count() <= 2,
            DataColorSpace::Rgb => !is_cmyk && stored.channel_count() >= 3,
            _ => false,
        };
        Some(profile).filter(|profile| fits && !profile.is_srgb)
    }

    /// Reads a profile, or finds what it was the last time.
    fn remembered(icc: &[u8]) -> Option<Arc<Self>> {
        static SEEN: Mutex<Vec<(Vec<u8>, Option<Arc<Profile>>)>> = Mutex::new(Vec::new());
        if icc.len() > LARGEST {
            return None;
        }
        {
            let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(place) = seen.iter().position(|(bytes, _)| bytes == icc) {
                // The newest stands at the end.
                seen[place..].rotate_left(1);
                return seen.last()?.1.clone();
            }
        }
        // Off the lock: a large profile takes its time.
        let profile = ColorProfile::new_from_slice(icc).ok().map(|parsed| {
            let mut profile = Self {
                parsed,
                is_srgb: false,
                ways: Default::default(),
            };
            profile.is_srgb = profile.changes_nothing();
            Arc::new(profile)
        });
        let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= REMEMBERED {
            seen.remove(0);
        }
        seen.push((icc.to_vec(), profile.clone()));
        profile
    }

    /// Whether it changes no colour that anybody would see.
    fn changes_nothing(&self) -> bool {
        if self.parsed.color_space != DataColorSpace::Rgb {
            return false;
        }
        // Six steps a channel: the corners, the greys and what lies between.
        let samples: Vec<u8> = (0..216_u32)
            .flat_map(|i| [i / 36, i / 6 % 6, i % 6].map(|step| (step * 51) as u8))
            .collect();
        let mut seen = vec![0; samples.len()];
        let Some(way) = self.way(Way::Rgb) else {
            return false;
        };
        way.transform(&samples, &mut seen).is_ok()
            && (samples.iter().zip(&seen)).all(|(a, b)| a.abs_diff(*b) <= SAME)
    }

    fn way(&self, way: Way) -> Option<&Transform8BitExecutor> {
        let made = self.ways[way as usize].get_or_init(|| {
            let (from, to) = match way {
                Way::Rgb => (Layout::Rgb, Layout::Rgb),
                Way::Rgba => (Layout::Rgba, Layout::Rgba),
                Way::Grey => (Layout::Gray, Layout::Rgb),
                // Four channels in a row are what the layout says; the profile says that they are inks.
                Way::Inks => (Layout::Rgba, Layout::Rgb),
            };
            let srgb = ColorProfile::new_srgb();
            let options = TransformOptions::default();
            (self.parsed.create_transform_8bit(from, &srgb, to, options)).ok()
        });
        made.as_deref()
    }

    /// A picture in sRGB, eight bits a channel, transparency kept. Where the profile cannot be applied the
    /// picture stays as it is.
    pub(super) fn to_srgb(&self, picture: DynamicImage) -> DynamicImage {
        let has_alpha = picture.color().has_alpha();
        if self.parsed.color_space == DataColorSpace::Gray {
            let grey = picture.to_luma8();
            let (width, height) = grey.dimensions();
            return match self.widened(Way::Grey, 1, grey.as_raw(), width, height) {
                // What is transparent is put back.
                Some(rgb) if has_alpha => with_alpha_of(&picture.to_rgba8(), &rgb).into(),
                Some(rgb) => rgb.into(),
                None => picture,
            };
        }
        if has_alpha {
            let mut pixels = picture.into_rgba8();
            self.in_place(Way::Rgba, 4, &mut pixels);
            return pixels.into();
        }
        let mut pixels = picture.into_rgb8();
        self.in_place(Way::Rgb, 3, &mut pixels);
        pixels.into()
    }

    fn in_place(&self, way: Way, channels: usize, pixels: &mut [u8]) {
        let Some(way) = self.way(way) else { return };
        let mut out = vec![0; STEP * channels];
        for step in pixels.chunks_mut(STEP * channels) {
            let out = &mut out[..step.len()];
            if way.transform(step, out).is_ok() {
                step.copy_from_slice(out);
            }
        }
    }

    /// Inks (cyan, magenta, yellow and black; 255 is full), four a pixel, in sRGB. `None` where that cannot be done.
    pub(super) fn of_inks(&self, inks: &[u8], width: u32, height: u32) -> Option<RgbImage> {
        self.widened(Way::Inks, 4, inks, width, height)
    }

    /// Pixels of another number of channels as red, green and blue.
    fn widened(
        &self,
        way: Way,
        channels: usize,
        pixels: &[u8],
        width: u32,
        height: u32,
    ) -> Option<RgbImage> {
        let way = self.way(way)?;
        let mut rgb = vec![0; pixels.len() / channels * 3];
        let steps = pixels.chunks(STEP * channels).zip(rgb.chunks_mut(STEP * 3));
        for (from, to) in steps {
            way.transform(from, to).ok()?;
        }
        RgbImage::from_raw(width, height, rgb)
    }
}

fn with_alpha_of(alpha: &RgbaImage, colour: &RgbImage) -> RgbaImage {
    RgbaImage::from_fn(alpha.width(), alpha.height(), |x, y| {
        let [r, g, b] = colour.get_pixel(x, y).0;
        image::Rgba([r, g, b, alpha.get_pixel(x, y).0[3]])
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Decoded, decode_named};
    use super::*;
    use image::codecs::jpeg::JpegEncoder;
    use image::codecs::png::PngEncoder;
    use image::{ImageEncoder, Rgb};

    /// Pictures of one colour with a profile: a PNG, and a JPEG of the best quality.
    fn with_profile(colour: [u8; 3], profile: &ColorProfile) -> Vec<Decoded> {
        let icc = profile.encode().unwrap();
        let picture = RgbImage::from_pixel(16, 16, Rgb(colour));
        let mut files = [Vec::new(), Vec::new()];
        let [png, jpeg] = &mut files;
        let mut encoder = PngEncoder::new(png);
        encoder.set_icc_profile(icc.clone()).unwrap();
        encoder
            .write_image(picture.as_raw(), 16, 16, ExtendedColorType::Rgb8)
            .unwrap();
        let mut encoder = JpegEncoder::new_with_quality(jpeg, 100);
        encoder.set_icc_profile(icc).unwrap();
        encoder
            .write_image(picture.as_raw(), 16, 16, ExtendedColorType::Rgb8)
            .unwrap();
        files
            .iter()
            .map(|file| decode_named(file, "a").unwrap())
            .collect()
    }

    fn near(decoded: &Decoded, colour: [u8; 3]) -> bool {
        let seen = decoded.picture.get_pixel(8, 8).0;
        seen.iter().zip(colour).all(|(a, b)| a.abs_diff(b) <= 8)
    }

    #[test]
    fn wide_gamuts_become_what_a_browser_shows() {
        // Right values by littleCMS, relative colorimetric.
        for (profile, red, green) in [
            (ColorProfile::new_display_p3(), [218, 0, 27], [0, 142, 47]),
            (ColorProfile::new_adobe_rgb(), [233, 24, 36], [0, 141, 56]),
            (
                ColorProfile::new_pro_photo_rgb(),
                [255, 0, 51],
                [0, 172, 51],
            ),
        ] {
            for (asked, shown) in [([200, 30, 40], red), ([40, 140, 60], green)] {
                for decoded in with_profile(asked, &profile) {
                    assert!(
                        near(&decoded, shown),
                        "{:?}",
                        decoded.picture.get_pixel(8, 8)
                    );
                    assert!(
                        !decoded.is_plain,
                        "its bytes mean something else without the profile"
                    );
                }
            }
        }
    }

    #[test]
    fn a_profile_that_is_srgb_changes_nothing() {
        for decoded in with_profile([200, 30, 40], &ColorProfile::new_srgb()) {
            assert!(near(&decoded, [200, 30, 40]) && decoded.is_plain);
        }
    }

    #[test]
    fn a_profile_that_is_damaged_or_of_other_channels_says_nothing() {
        let grey = ColorProfile::new_gray_with_gamma(1.0);
        for decoded in with_profile([200, 30, 40], &grey) {
            assert!(near(&decoded, [200, 30, 40]));
        }
        assert!(Profile::read(Some(b"no profile"), ExtendedColorType::Rgb8, false).is_none());
        let endless = vec![0; LARGEST + 1];
        assert!(Profile::read(Some(&endless), ExtendedColorType::Rgb8, false).is_none());
    }

    #[test]
    fn grey_has_a_curve_of_its_own() {
        let linear = ColorProfile::new_gray_with_gamma(1.0);
        let mut png = Vec::new();
        let mut encoder = PngEncoder::new(&mut png);
        encoder.set_icc_profile(linear.encode().unwrap()).unwrap();
        encoder
            .write_image(&[55; 4], 2, 2, ExtendedColorType::L8)
            .unwrap();
        let decoded = decode_named(&png, "").unwrap();
        // 55 of 255 in linear light is 128 in sRGB.
        let seen = decoded.picture.get_pixel(0, 0).0;
        assert!(seen.iter().all(|c| c.abs_diff(128) <= 3), "{seen:?}");
    }

    #[test]
    fn a_profile_is_read_once() {
        let icc = ColorProfile::new_adobe_rgb().encode().unwrap();
        let read = || Profile::read(Some(&icc), ExtendedColorType::Rgb8, false).unwrap();
        assert!(Arc::ptr_eq(&read(), &read()));
        // Many others push it out, and it is read again.
        let first = read();
        for exponent in 0..REMEMBERED {
            let grey = ColorProfile::new_gray_with_gamma(1.5 + exponent as f32 / 100.0);
            let icc = grey.encode().unwrap();
            assert!(Profile::read(Some(&icc), ExtendedColorType::L8, false).is_some());
        }
        assert!(near_in(&read(), [200, 30, 40], [233, 24, 36]));
        drop(first);
    }

    fn near_in(profile: &Profile, colour: [u8; 3], wanted: [u8; 3]) -> bool {
        let picture = RgbImage::from_pixel(100, 100, Rgb(colour));
        let seen = profile.to_srgb(picture.into()).into_rgb8();
        let is_near = |p: &Rgb<u8>| p.0.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 8);
        seen.pixels().all(is_near)
    }

    #[test]
    fn transparency_stays_beside_a_profile() {
        let icc = ColorProfile::new_display_p3().encode().unwrap();
        let mut png = Vec::new();
        let mut encoder = PngEncoder::new(&mut png);
        encoder.set_icc_profile(icc).unwrap();
        let pixels = [200, 30, 40, 255, 200, 30, 40, 0];
        encoder
            .write_image(&pixels, 2, 1, ExtendedColorType::Rgba8)
            .unwrap();
        let decoded = decode_named(&png, "").unwrap().picture;
        let [r, g, _] = decoded.get_pixel(0, 0).0;
        assert!(r.abs_diff(218) <= 8 && g <= 8, "{r} {g}");
        assert_eq!(decoded.get_pixel(1, 0).0, [255; 3]);
    }

    /// A printer's profile (ICC.1:2001-04, 6.5.10: lut8) that prints magenta as green and the rest as it likes.
    fn odd_inks() -> Vec<u8> {
        let mut lut = b"mft1\0\0\0\0".to_vec();
        lut.extend([4, 3, 2, 0]);
        for number in [1_u32, 0, 0, 0, 1, 0, 0, 0, 1] {
            lut.extend((number << 16).to_be_bytes());
        }
        let curve: Vec<u8> = (0..=255).collect();
        (0..4).for_each(|_| lut.extend(&curve));
        for corner in 0..16_u8 {
            // Cyan turns slowest: 8, 4, 2, 1 are cyan, magenta, yellow and black. Lab of sRGB's green, and of white.
            lut.extend(if corner & 4 > 0 {
                [224, 49, 209]
            } else {
                [255, 128, 128]
            });
        }
        (0..3).for_each(|_| lut.extend(&curve));
        let white: Vec<u8> = [0xf6d6_u32, 0x10000, 0xd32d]
            .iter()
            .flat_map(|x| x.to_be_bytes())
            .collect();
        let xyz = [b"XYZ \0\0\0\0".to_vec(), white.clone()].concat();
        let mut body = Vec::new();
        let mut table = 2_u32.to_be_bytes().to_vec();
        for (sign, tag) in [(b"A2B0", &lut), (b"wtpt", &xyz)] {
            let start = 128 + 4 + 24 + body.len() as u32;
            table.extend(sign);
            table.extend(start.to_be_bytes());
            table.extend((tag.len() as u32).to_be_bytes());
            body.extend(tag);
            body.resize(body.len().next_multiple_of(4), 0);
        }
        let mut header = vec![0; 128];
        let size = 128 + table.len() as u32 + body.len() as u32;
        header[..4].copy_from_slice(&size.to_be_bytes());
        header[8..12].copy_from_slice(&[2, 0x40, 0, 0]);
        header[12..24].copy_from_slice(b"prtrCMYKLab ");
        // 1 January 2020.
        header[24..30].copy_from_slice(&[7, 0xe4, 0, 1, 0, 1]);
        header[36..40].copy_from_slice(b"acsp");
        header[68..80].copy_from_slice(&white);
        [header, table, body].concat()
    }

    #[test]
    fn inks_are_what_their_own_profile_says() {
        let plain = include_bytes!("cmyk-red.jpg");
        let [r, g, b] = decode_named(plain, "a.jpg")
            .unwrap()
            .picture
            .get_pixel(8, 8)
            .0;
        assert!(r > 230 && g < 25 && b < 25, "{r} {g} {b}");
        // The same picture with the profile, behind its first marker.
        let mut segment = b"ICC_PROFILE\0\x01\x01".to_vec();
        segment.extend(odd_inks());
        let mut with = plain[..2].to_vec();
        with.extend([0xff, 0xe2]);
        with.extend(((segment.len() + 2) as u16).to_be_bytes());
        with.extend(segment);
        with.extend(&plain[2..]);
        let decoded = decode_named(&with, "a.jpg").unwrap();
        let [r, g, b] = decoded.picture.get_pixel(8, 8).0;
        assert!(g > 200 && r < 120 && b < 120, "{r} {g} {b}");
        assert!(!decoded.is_plain);
    }
}
