//! What a JPEG's bytes tell that its decoder in `image` does not.

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// The markers of a JPEG after its first, each with what lies in its segment; the pixels' bits are passed over.
struct Markers<'a>(&'a [u8]);

/// The end of the picture.
const END: u8 = 0xd9;
/// The start of the bits of a scan, behind a segment.
const SCAN: u8 = 0xda;

impl<'a> Iterator for Markers<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        // Among the bits of a scan, ff is followed by 0, by a restart, or by more of the kind before a marker.
        let start = self.0.windows(2).position(|two| {
            two[0] == 0xff && !matches!(two[1], 0 | 1 | 0xff) && !matches!(two[1], 0xd0..=0xd8)
        })?;
        let marker = self.0[start + 1];
        let rest = &self.0[start + 2..];
        let length = match rest {
            _ if marker == END => 0,
            [high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])),
            _ => 0,
        };
        let (segment, after) = rest.split_at(length.min(rest.len()));
        self.0 = after;
        Some((marker, segment))
    }
}

/// Whether a JPEG has four components: its decoder tells only of the colours that it gives out.
pub(super) fn is_cmyk(jpeg: &[u8]) -> bool {
    // The frame's header, of any way of coding: length, precision, height, width, components.
    Markers(jpeg)
        .take_while(|(marker, _)| *marker != SCAN)
        .find(|(marker, _)| matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc))
        .is_some_and(|(_, header)| header.get(7) == Some(&4))
}

/// Whether a JPEG has its end: the decoder fills what is missing of one that was cut short with grey.
pub(super) fn has_end(jpeg: &[u8]) -> bool {
    Markers(jpeg).any(|(marker, _)| marker == END)
}

/// Whether a JPEG without its end has all of its pixels: some cameras and programs leave the two bytes of the end
/// away, or write zeros in their place. It is whole if what is put behind it cannot be seen in it.
pub(super) fn is_whole_without_end(jpeg: &[u8]) -> bool {
    let with = |fill: u8| -> Option<Vec<u8>> {
        let mut longer = jpeg.to_vec();
        longer.extend(std::iter::repeat_n(fill, 1 << 16));
        longer.extend([0xff, END]);
        decoder(&longer, None).decode().ok()
    };
    // A row of a cut scan would be made of these bits.
    match (with(0x00), with(0x5a)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

fn decoder(jpeg: &[u8], out: Option<ColorSpace>) -> JpegDecoder<ZCursor<&[u8]>> {
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX);
    let options = match out {
        Some(space) => options.jpeg_set_out_colorspace(space),
        None => options,
    };
    JpegDecoder::new_with_options(ZCursor::new(jpeg), options)
}

/// Width, height and inks (cyan, magenta, yellow and black; 255 is full) of a JPEG of four components.
pub(super) fn inks(jpeg: &[u8]) -> Option<(u32, u32, Vec<u8>)> {
    let mut headers = decoder(jpeg, None);
    headers.decode_headers().ok()?;
    let space = headers.input_colorspace()?;
    let (width, height) = headers.dimensions()?;
    let mut pixels = decoder(jpeg, Some(space)).decode().ok()?;
    if pixels.len() != 4 * width * height {
        return None;
    }
    match space {
        // Adobe's programs, which write nearly all of these, store what is left of white.
        ColorSpace::CMYK => pixels.iter_mut().for_each(|ink| *ink = 255 - *ink),
        // Of the complement of the inks, as JFIF has it (ITU-T T.871, 7); black as above.
        ColorSpace::YCCK => {
            for pixel in pixels.chunks_exact_mut(4) {
                let [y, cb, cr] = [pixel[0], pixel[1], pixel[2]].map(f32::from);
                let (cb, cr) = (cb - 128.0, cr - 128.0);
                pixel[0] = (y + 1.402 * cr).round() as u8;
                pixel[1] = (y - 0.344_136 * cb - 0.714_136 * cr).round() as u8;
                pixel[2] = (y + 1.772 * cb).round() as u8;
                pixel[3] = 255 - pixel[3];
            }
        }
        _ => return None,
    }
    Some((width as u32, height as u32, pixels))
}
