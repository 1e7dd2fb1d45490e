//! Colours as the eye sees them: a picture's ICC profile is applied, so that numbers mean sRGB everywhere
//! (ICC.1:2022; the transforms are moxcms's).

use super::jpeg;
use image::{DynamicImage, ExtendedColorType, GrayImage, RgbImage, RgbaImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// A profile may move a colour by so many of 255 levels and still count as sRGB: then the picture's own bytes
/// can be kept, and nothing is computed.
const SAME: u8 = 2;

/// What a picture's profile asks for.
pub(super) enum Profile {
    /// There is none that says anything: the numbers are sRGB.
    Srgb,
    /// The numbers have to be converted.
    Other(Box<ColorProfile>),
}

impl Profile {
    /// Reads `icc`. A profile that cannot be read, or one for another number of channels than `stored` has, says
    /// nothing, as in a browser.
    pub(super) fn read(icc: Option<&[u8]>, stored: ExtendedColorType, is_cmyk: bool) -> Self {
        let Some(profile) = icc.and_then(|icc| ColorProfile::new_from_slice(icc).ok()) else {
            return Self::Srgb;
        };
        let fits = match profile.color_space {
            DataColorSpace::Cmyk => is_cmyk,
            DataColorSpace::Gray => !is_cmyk && stored.channel_count() <= 2,
            DataColorSpace::Rgb => !is_cmyk && stored.channel_count() >= 3,
            _ => false,
        };
        if !fits || is_srgb(&profile) {
            return Self::Srgb;
        }
        Self::Other(Box::new(profile))
    }
}

/// Whether a profile changes no colour that anybody would see.
fn is_srgb(profile: &ColorProfile) -> bool {
    if profile.color_space != DataColorSpace::Rgb {
        return false;
    }
    // Six steps a channel: the corners, the greys and what lies between.
    let samples: Vec<u8> = (0..216_u32)
        .flat_map(|i| [i / 36, i / 6 % 6, i % 6].map(|step| (step * 51) as u8))
        .collect();
    let mut seen = vec![0; samples.len()];
    transform(profile, Layout::Rgb, Layout::Rgb, &samples, &mut seen)
        && samples
            .iter()
            .zip(&seen)
            .all(|(a, b)| a.abs_diff(*b) <= SAME)
}

/// Whether it could be done.
fn transform(
    profile: &ColorProfile,
    from: Layout,
    to: Layout,
    pixels: &[u8],
    out: &mut [u8],
) -> bool {
    profile
        .create_transform_8bit(
            from,
            &ColorProfile::new_srgb(),
            to,
            TransformOptions::default(),
        )
        .is_ok_and(|transform| transform.transform(pixels, out).is_ok())
}

/// A picture in sRGB, eight bits a channel, transparency kept. Where the profile cannot be applied the
/// picture stays as it is.
pub(super) fn to_srgb(picture: DynamicImage, profile: &ColorProfile) -> DynamicImage {
    let (width, height) = (picture.width(), picture.height());
    let pixels = width as usize * height as usize;
    let has_alpha = picture.color().has_alpha();
    if profile.color_space == DataColorSpace::Gray {
        // Grey becomes colour of three equal channels; what is transparent is put back.
        let grey: GrayImage = picture.to_luma8();
        let mut rgb = vec![0; 3 * pixels];
        if !transform(profile, Layout::Gray, Layout::Rgb, grey.as_raw(), &mut rgb) {
            return picture;
        }
        return match (RgbImage::from_raw(width, height, rgb), has_alpha) {
            (Some(rgb), true) => with_alpha_of(&picture.to_rgba8(), &rgb).into(),
            (Some(rgb), false) => rgb.into(),
            (None, _) => picture,
        };
    }
    if has_alpha {
        let from = picture.to_rgba8();
        let mut rgba = vec![0; 4 * pixels];
        if transform(
            profile,
            Layout::Rgba,
            Layout::Rgba,
            from.as_raw(),
            &mut rgba,
        ) && let Some(rgba) = RgbaImage::from_raw(width, height, rgba)
        {
            return rgba.into();
        }
        return picture;
    }
    let from = picture.to_rgb8();
    let mut rgb = vec![0; 3 * pixels];
    if transform(profile, Layout::Rgb, Layout::Rgb, from.as_raw(), &mut rgb)
        && let Some(rgb) = RgbImage::from_raw(width, height, rgb)
    {
        return rgb.into();
    }
    picture
}

fn with_alpha_of(alpha: &RgbaImage, colour: &RgbImage) -> RgbaImage {
    RgbaImage::from_fn(alpha.width(), alpha.height(), |x, y| {
        let [r, g, b] = colour.get_pixel(x, y).0;
        image::Rgba([r, g, b, alpha.get_pixel(x, y).0[3]])
    })
}

/// A CMYK JPEG in sRGB through its own profile. `None` where that cannot be done.
pub(super) fn cmyk_to_srgb(bytes: &[u8], profile: &ColorProfile) -> Option<RgbImage> {
    let (width, height, inks) = jpeg::inks(bytes)?;
    let mut rgb = vec![0; inks.len() / 4 * 3];
    // Four channels in a row are what the layout says; the profile says that they are inks.
    transform(profile, Layout::Rgba, Layout::Rgb, &inks, &mut rgb)
        .then(|| RgbImage::from_raw(width, height, rgb))
        .flatten()
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
        assert!(matches!(
            Profile::read(Some(b"no profile"), ExtendedColorType::Rgb8, false),
            Profile::Srgb
        ));
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
}
