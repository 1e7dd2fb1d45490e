//! A design in a file: a PNG that carries its own JSON in a text chunk, and the same JSON beside it.
//!
//! The PNG shows the picture anywhere; the JSON is what it takes to make the picture again: code, noise,
//! truncation, the SHA-256 of the generator's file, the catalogue. Opening either decodes the picture anew
//! and compares it, by its SHA-256, with the one that was saved.

use super::{Design, DesignError};
use crate::atomic_file::Batch;
use crate::digest::sha256_hex;
use crate::gan::Generator;
use image::RgbImage;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The keyword of the PNG's text chunk.
pub const KEYWORD: &str = "shoespace design";

/// A file of a design is far smaller than this; larger ones are not read.
const LARGEST: u64 = 64 << 20;

/// A design that was opened.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The design.
    pub design: Design,
    /// Its picture, decoded anew.
    pub picture: RgbImage,
    /// Whether the picture is the saved one to the bit. On another processor it may differ in the last bit.
    pub exact: bool,
}

/// Whether a design can be saved at `path` over nothing: neither the picture nor the JSON beside it is there.
pub fn is_free(path: &Path) -> bool {
    !path.exists() && !path.with_extension("json").exists()
}

/// SHA-256 of a picture's pixels, in hexadecimal.
pub fn picture_sha256(picture: &RgbImage) -> String {
    let [width, height] = [picture.width(), picture.height()].map(u32::to_le_bytes);
    sha256_hex([&width[..], &height[..], picture.as_raw()])
}

/// Saves a design as PNG at `path` and as JSON beside it; the extension of `path` becomes `png`.
/// Gives the path of the PNG.
///
/// # Errors
/// [`DesignError::Write`] as on a full disk: both old files are as they were. [`DesignError::NotFinite`] where
/// the design holds a NaN.
pub fn save(design: &Design, picture: &RgbImage, path: &Path) -> Result<PathBuf, DesignError> {
    design.check()?;
    let mut design = design.clone();
    design.picture_sha256 = picture_sha256(picture);
    let (png, json) = (path.with_extension("png"), path.with_extension("json"));
    let text = to_json(&design, &json)?;
    if json.exists() && read(&json).is_err() {
        return Err(DesignError::file(
            &json,
            "lies where the design's JSON would, and is none of a design; save under another name",
        ));
    }
    let mut files = Batch::default();
    files
        .write(&png, |w| write_png(w, picture, KEYWORD, &text))
        .map_err(DesignError::write(&png))?;
    files
        .write(&json, |w| w.write_all(text.as_bytes()))
        .map_err(DesignError::write(&json))?;
    files.commit().map_err(DesignError::write(&png))?;
    Ok(png)
}

/// Anything of this room as indented JSON; `path` is named in errors.
///
/// # Errors
/// [`DesignError::File`], which no value of this room brings about.
pub fn to_json<T: serde::Serialize>(value: &T, path: &Path) -> Result<String, DesignError> {
    serde_json::to_string_pretty(value).map_err(|e| DesignError::file(path, e.to_string()))
}

/// Writes a picture as PNG with `text` in an iTXt chunk before the pixels.
pub fn write_png(
    to: &mut dyn Write,
    picture: &RgbImage,
    keyword: &str,
    text: &str,
) -> std::io::Result<()> {
    let mut encoder = png::Encoder::new(to, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder
        .add_itxt_chunk(keyword.to_owned(), text.to_owned())
        .map_err(io)?;
    let mut writer = encoder.write_header().map_err(io)?;
    writer.write_image_data(picture.as_raw()).map_err(io)?;
    writer.finish().map_err(io)
}

pub(super) fn io(error: png::EncodingError) -> std::io::Error {
    match error {
        png::EncodingError::IoError(error) => error,
        other => std::io::Error::other(other),
    }
}

/// Opens a design from its PNG or its JSON. `find` gives the generator with a SHA-256, if it is here.
///
/// # Errors
/// The file cannot be read, is no design, its text chunk is broken, it is of a newer version, a number does
/// not fit, or the generator is not here.
pub fn open(
    path: &Path,
    find: impl FnOnce(&str) -> Option<Arc<Generator>>,
) -> Result<Opened, DesignError> {
    let design = read(path)?;
    let generator = find(&design.generator.sha256).ok_or_else(|| DesignError::OtherGenerator {
        name: design.generator.name.clone(),
        sha256: design.generator.sha256.clone(),
    })?;
    let picture = design.decode(&generator)?;
    let exact = picture_sha256(&picture) == design.picture_sha256;
    Ok(Opened {
        design,
        picture,
        exact,
    })
}

/// Reads what a file says of a design, without making its picture.
///
/// # Errors
/// As [`open()`], but for the generator.
pub fn read(path: &Path) -> Result<Design, DesignError> {
    let size = std::fs::metadata(path)
        .map_err(DesignError::read(path))?
        .len();
    if size > LARGEST {
        return Err(DesignError::file(path, "far too large for a design"));
    }
    let bytes = std::fs::read(path).map_err(DesignError::read(path))?;
    let text = if bytes.starts_with(b"\x89PNG") {
        text_chunk(path, &bytes)?
    } else {
        String::from_utf8(bytes).map_err(|_| {
            DesignError::file(
                path,
                "no design: neither a PNG nor JSON; open a design that shoespace saved",
            )
        })?
    };
    let design: Design = serde_json::from_str(&text).map_err(|e| {
        DesignError::file(
            path,
            format!("no design that can be read ({e}); {}", aside(path)),
        )
    })?;
    if design.version > super::VERSION {
        let reason = format!(
            "a design of version {}, this program reads up to {}; use a newer shoespace",
            design.version,
            super::VERSION
        );
        return Err(DesignError::file(path, reason));
    }
    design
        .check()
        .map_err(|e| DesignError::file(path, e.to_string()))?;
    Ok(design)
}

/// The JSON in a PNG's text chunk.
fn text_chunk(path: &Path, bytes: &[u8]) -> Result<String, DesignError> {
    let broken = |what: String| DesignError::file(path, format!("{what}; {}", aside(path)));
    let mut options = png::DecodeOptions::default();
    options.set_skip_ancillary_crc_failures(false);
    let decoder = png::Decoder::new_with_options(std::io::Cursor::new(bytes), options);
    let mut reader = decoder
        .read_info()
        .map_err(|e| broken(format!("the PNG is broken ({e})")))?;
    // A tool may have moved the chunk behind the pixels.
    let here = |info: &png::Info<'_>| info.utf8_text.iter().any(|c| c.keyword == KEYWORD);
    if !here(reader.info()) {
        reader
            .finish()
            .map_err(|e| broken(format!("the PNG is broken ({e})")))?;
    }
    let chunk = (reader
        .info()
        .utf8_text
        .iter()
        .find(|c| c.keyword == KEYWORD))
    .ok_or_else(|| broken("a picture without a design in it".to_owned()))?;
    // It may be packed, by a thousand to one.
    let mut chunk = chunk.clone();
    chunk
        .decompress_text_with_limit(LARGEST as usize)
        .and_then(|()| chunk.get_text())
        .map_err(|e| broken(format!("its design is broken ({e})")))
}

/// What else could be opened.
fn aside(path: &Path) -> String {
    let json = path.with_extension("json");
    if json != path && json.is_file() {
        format!("its JSON lies beside it, open {}", json.display())
    } else {
        "open a design that shoespace saved".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_could_not_be_written_again_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let text = |at: &str| {
            let text = to_json(&Design::default(), &path).unwrap();
            let origin = format!(r#"{{"how": "point", "at": [{at}, 0, 0], "fill": "mean"}}"#);
            let mut design: serde_json::Value = serde_json::from_str(&text).unwrap();
            design["origin"] = serde_json::from_str(&origin).unwrap();
            design.to_string()
        };
        std::fs::write(&path, text("1.5")).unwrap();
        assert!(read(&path).is_ok());
        std::fs::write(&path, text("1e39")).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("origin"));
    }

    #[test]
    fn a_text_that_unpacks_to_gigabytes_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let picture = RgbImage::new(2, 2);
        let (mut plain, text) = (Vec::new(), " ".repeat(LARGEST as usize + 1));
        write_png(&mut plain, &picture, KEYWORD, r#"{"version":1}"#).unwrap();
        let mut packed = Vec::new();
        let mut encoder = png::Encoder::new(&mut packed, 2, 2);
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header().unwrap();
        let mut chunk = png::text_metadata::ITXtChunk::new(KEYWORD, text);
        chunk.compressed = true;
        writer.write_text_chunk(&chunk).unwrap();
        writer.write_image_data(picture.as_raw()).unwrap();
        writer.finish().unwrap();
        assert!(packed.len() < 1 << 20);
        for (bytes, wanted) in [(plain, "missing field"), (packed, "its design is broken")] {
            std::fs::write(&path, bytes).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
    }
}
