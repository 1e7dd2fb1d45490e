//! Files known by their first bytes, whatever their names say.

use image::ImageFormat;
use std::io::{self, Read};

/// How many bytes tell.
pub(super) const ENOUGH: usize = 64;

/// How the report of an earlier run begins, which is no table of metadata.
pub const REPORT_HEADER: &str = "source,file,fate,reason,id";

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// A picture, of a kind that is read or of one that is known and not read.
    Picture,
    /// A report that `index` wrote.
    Report,
    /// Something else.
    Other,
}

/// What a file is that begins so.
pub(super) fn content(start: &[u8]) -> Content {
    if is_picture(start) {
        Content::Picture
    } else if start.starts_with(REPORT_HEADER.as_bytes()) {
        Content::Report
    } else {
        Content::Other
    }
}

/// Reads the first bytes, fewer where there are no more.
pub(super) fn read(mut file: impl Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(ENOUGH);
    file.by_ref().take(ENOUGH as u64).read_to_end(&mut start)?;
    Ok(start)
}

/// Whether a file that begins so is a picture.
pub(in crate::catalog::import) fn is_picture(start: &[u8]) -> bool {
    match image::guess_format(start) {
        // Their marks are two letters, with which a text can begin.
        Ok(ImageFormat::Bmp) => is_bitmap(start),
        Ok(ImageFormat::Pnm) => is_anymap(start),
        Ok(
            ImageFormat::Png
            | ImageFormat::Jpeg
            | ImageFormat::Gif
            | ImageFormat::WebP
            | ImageFormat::Tiff
            | ImageFormat::Qoi
            | ImageFormat::Avif,
        ) => true,
        _ => is_apart(start),
    }
}

/// The size of the second header says which version of the format it is.
fn is_bitmap(start: &[u8]) -> bool {
    let size = start.get(14..18).and_then(|four| four.try_into().ok());
    size.is_some_and(|four| {
        matches!(
            u32::from_le_bytes(four),
            12 | 16 | 40 | 52 | 56 | 64 | 108 | 124
        )
    })
}

/// Behind the mark stand a space and a number, or a comment.
fn is_anymap(start: &[u8]) -> bool {
    let [b'P', b'1'..=b'7', space, rest @ ..] = start else {
        return false;
    };
    let next = rest.iter().find(|byte| !byte.is_ascii_whitespace());
    space.is_ascii_whitespace()
        && next.is_some_and(|byte| byte.is_ascii_digit() || *byte == b'#' || *byte == b'W')
}

/// Pictures that the decoder's own list lacks: HEIC and AVIF by their brand, JPEG 2000, JPEG XL.
fn is_apart(start: &[u8]) -> bool {
    const BRANDS: [&[u8]; 10] = [
        b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis",
    ];
    let is_branded = start.get(4..8) == Some(b"ftyp")
        && start
            .get(8..12)
            .is_some_and(|brand| BRANDS.contains(&brand));
    is_branded
        || start.starts_with(b"\0\0\0\x0cjP  ")
        || start.starts_with(b"\xff\x4f\xff\x51")
        || start.starts_with(b"\0\0\0\x0cJXL ")
        || start.starts_with(b"\xff\x0a")
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, RgbImage};

    #[test]
    fn pictures_are_known_without_their_names() {
        let picture: DynamicImage = RgbImage::from_pixel(9, 7, image::Rgb([200, 30, 40])).into();
        use ImageFormat as F;
        for format in [
            F::Png,
            F::Jpeg,
            F::WebP,
            F::Gif,
            F::Bmp,
            F::Tiff,
            F::Pnm,
            F::Qoi,
        ] {
            let mut bytes = io::Cursor::new(Vec::new());
            picture.write_to(&mut bytes, format).unwrap();
            let start = read(&bytes.get_ref()[..]).unwrap();
            assert!(start.len() <= ENOUGH && is_picture(&start), "{format:?}");
        }
        for start in [
            &b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..],
            b"\0\0\0\x1cftypavif\0\0\0\0",
            b"\0\0\0\x0cjP  \r\n\x87\n",
            b"\0\0\0\x0cJXL \r\n\x87\n",
            b"P5 # grey\n3 2 255\n",
        ] {
            assert!(is_picture(start), "{start:?}");
        }
    }

    #[test]
    fn texts_and_films_are_no_pictures() {
        for start in [
            &b""[..],
            b"\xff\xd8",
            b"BMW,blue\n1,2,3,4,5,6,7,8",
            b"P1,P2,P3\n1,2,3\n",
            b"P6 is a size\n",
            b"\0\0\0\x18ftypmp42\0\0\0\0isom",
            b"<!DOCTYPE html><html>",
            b"RIFF\0\0\0\0WAVEfmt ",
            b"%PDF-1.7",
            b"PK\x03\x04",
        ] {
            assert!(!is_picture(start), "{start:?}");
        }
        let report = format!("{REPORT_HEADER}\nphotos,a.jpg,taken,,a\n");
        assert_eq!(content(report.as_bytes()), Content::Report);
        assert_eq!(content(b"id,price\n"), Content::Other);
    }
}
