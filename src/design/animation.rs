//! The pictures of a path one after the other: GIF, APNG, single frames.

use super::{DesignError, PathError, file};
use crate::atomic_file::{self, Batch};
use image::{RgbImage, imageops};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Bytes of a picture from which on its palette is chosen faster.
const LARGE: usize = 3 * 512 * 512;

/// A picture `times` as large, smoothly.
pub fn enlarge(picture: &RgbImage, times: u32) -> RgbImage {
    let times = times.max(1);
    let (w, h) = (picture.width() * times, picture.height() * times);
    imageops::resize(picture, w, h, imageops::FilterType::CatmullRom)
}

/// Saves an animation: GIF where the extension is `gif`, APNG otherwise. It runs forever, there and
/// back again if `back`, with `delay_ms` a frame. All frames have one size.
///
/// # Errors
/// [`DesignError::Write`], or [`DesignError::Path`] without frames.
pub fn save_animation(
    frames: &[RgbImage],
    delay_ms: u16,
    back: bool,
    path: &Path,
) -> Result<(), DesignError> {
    if frames.is_empty() {
        return Err(PathError::Empty.into());
    }
    let mut order: Vec<&RgbImage> = frames.iter().collect();
    if back && frames.len() > 2 {
        order.extend(frames[1..frames.len() - 1].iter().rev());
    }
    let gif = path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("gif"));
    atomic_file::write(path, |w| {
        if gif {
            write_gif(w, &order, delay_ms)
        } else {
            write_apng(w, &order, delay_ms)
        }
    })
    .map_err(DesignError::write(path))
}

/// Saves every frame as PNG in a folder that is made where needed: `NAME-001.png` and so on. Either all
/// are there afterwards, or none is new.
///
/// # Errors
/// [`DesignError::Write`].
pub fn save_frames(
    frames: &[RgbImage],
    folder: &Path,
    name: &str,
) -> Result<Vec<PathBuf>, DesignError> {
    std::fs::create_dir_all(folder).map_err(DesignError::write(folder))?;
    let paths: Vec<PathBuf> = (1..=frames.len())
        .map(|i| folder.join(format!("{name}-{i:03}.png")))
        .collect();
    let mut files = Batch::default();
    for (frame, path) in frames.iter().zip(&paths) {
        files
            .write(path, |w| file::write_png(w, frame, "Software", "shoespace"))
            .map_err(DesignError::write(path))?;
    }
    files.commit().map_err(DesignError::write(folder))?;
    Ok(paths)
}

fn write_gif(to: &mut dyn Write, frames: &[&RgbImage], delay_ms: u16) -> std::io::Result<()> {
    let other = |e: gif::EncodingError| match e {
        gif::EncodingError::Io(e) => e,
        e => std::io::Error::other(e),
    };
    let side = |n: u32| u16::try_from(n).map_err(|_| std::io::Error::other("too large for a GIF"));
    let (w, h) = (side(frames[0].width())?, side(frames[0].height())?);
    let mut encoder = gif::Encoder::new(to, w, h, &[]).map_err(other)?;
    encoder.set_repeat(gif::Repeat::Infinite).map_err(other)?;
    for frame in frames {
        // A palette a frame, at best quality where pictures are as small as designs are; a large one would take seconds.
        let speed = if frame.as_raw().len() < LARGE { 1 } else { 10 };
        let mut frame = gif::Frame::from_rgb_speed(w, h, frame.as_raw(), speed);
        frame.delay = (delay_ms / 10).max(2);
        encoder.write_frame(&frame).map_err(other)?;
    }
    Ok(())
}

fn write_apng(to: &mut dyn Write, frames: &[&RgbImage], delay_ms: u16) -> std::io::Result<()> {
    let mut encoder = png::Encoder::new(to, frames[0].width(), frames[0].height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder
        .set_animated(frames.len() as u32, 0)
        .map_err(file::io)?;
    encoder
        .set_frame_delay(delay_ms.max(1), 1000)
        .map_err(file::io)?;
    let mut writer = encoder.write_header().map_err(file::io)?;
    for frame in frames {
        writer.write_image_data(frame.as_raw()).map_err(file::io)?;
    }
    writer.finish().map_err(file::io)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use image::{AnimationDecoder as _, Rgb};

    /// Five small pictures of one colour each.
    pub(in crate::design) fn frames() -> Vec<RgbImage> {
        (0..5u8)
            .map(|i| RgbImage::from_pixel(8, 8, Rgb([i * 50, 255 - i * 50, 128])))
            .collect()
    }

    #[test]
    fn animations_hold_their_frames() {
        let folder = tempfile::tempdir().unwrap();
        let (gif, png) = (
            folder.path().join("walk.gif"),
            folder.path().join("walk.png"),
        );
        save_animation(&frames(), 80, true, &gif).unwrap();
        save_animation(&frames(), 80, false, &png).unwrap();
        let open = |path| std::io::BufReader::new(std::fs::File::open(path).unwrap());
        let decoded = image::codecs::gif::GifDecoder::new(open(&gif))
            .unwrap()
            .into_frames();
        assert_eq!(decoded.count(), 8);
        let apng = image::codecs::png::PngDecoder::new(open(&png))
            .unwrap()
            .apng()
            .unwrap();
        let back = apng.into_frames().collect_frames().unwrap();
        assert_eq!(back.len(), 5);
        assert_eq!(back[3].buffer().get_pixel(4, 4).0, [150, 105, 128, 255]);
        let singles = save_frames(&frames(), &folder.path().join("frames"), "walk").unwrap();
        assert!(singles.iter().all(|p| p.is_file()));
        assert!(save_animation(&[], 80, false, &gif).is_err());
    }
}
