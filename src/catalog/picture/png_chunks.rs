//! A PNG's profile looked at before its decoder does: it is compressed, and a small file can hold an enormous one.

use super::profile::LARGEST;
use std::borrow::Cow;
use std::io::Read as _;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The file without a profile that unpacks to more than any profile has; all others as they are.
pub(super) fn without_bomb(png: &[u8]) -> Cow<'_, [u8]> {
    let Some(mut rest) = png.strip_prefix(SIGNATURE) else {
        return Cow::Borrowed(png);
    };
    while let [a, b, c, d, kind @ ..] = rest {
        let start = png.len() - rest.len();
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        // Length, kind and check.
        let Some(end) = length.checked_add(12).filter(|end| *end <= rest.len()) else {
            break;
        };
        if kind.starts_with(b"iCCP") && is_bomb(&rest[8..end - 4]) {
            return Cow::Owned([&png[..start], &png[start + end..]].concat());
        }
        if kind.starts_with(b"IDAT") {
            break;
        }
        rest = &rest[end..];
    }
    Cow::Borrowed(png)
}

/// Whether what is packed behind the name and the method is too large.
fn is_bomb(chunk: &[u8]) -> bool {
    // Deflate packs at most 1032 times.
    if chunk.len() <= LARGEST / 1032 {
        return false;
    }
    let Some(name) = chunk.iter().position(|&byte| byte == 0) else {
        return false;
    };
    let packed = chunk.get(name + 2..).unwrap_or_default();
    let mut unpacked = flate2::read::ZlibDecoder::new(packed).take(LARGEST as u64 + 1);
    std::io::copy(&mut unpacked, &mut std::io::sink()).is_ok_and(|n| n > LARGEST as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn an_enormous_profile_costs_nothing_and_loses_no_picture() {
        let picture = image::RgbImage::from_pixel(3, 2, image::Rgb([9, 8, 7]));
        let plain = super::super::encode_png(&picture);
        // 200 MB of zeros in 200 kB, behind the header.
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        let zeros = vec![0; 1 << 20];
        (0..200).for_each(|_| packer.write_all(&zeros).unwrap());
        let chunk = [b"iCCPx\0\0".to_vec(), packer.finish().unwrap()].concat();
        let header = 8 + 25;
        let mut bomb = plain[..header].to_vec();
        bomb.extend((chunk.len() as u32 - 4).to_be_bytes());
        bomb.extend(&chunk);
        let mut check = flate2::Crc::new();
        check.update(&chunk);
        bomb.extend(check.sum().to_be_bytes());
        bomb.extend(&plain[header..]);
        assert_eq!(without_bomb(&bomb), plain);
        assert_eq!(super::super::decode(&bomb).unwrap(), picture);
        assert!(matches!(without_bomb(&plain), Cow::Borrowed(_)));
        for length in 0..plain.len() {
            let _ = without_bomb(&plain[..length]);
        }
    }
}
