//! Pictures of kinds that are not read, known by their first bytes, and what to do with them.

/// What a file is that people would call a picture but that cannot be decoded here, and what to do; none for all others.
pub fn of_no_use(bytes: &[u8]) -> Option<&'static str> {
    if let Some(brand) = brand(bytes) {
        return Some(match brand {
            b"avif" | b"avis" => "an AVIF picture, which is not read; save it as JPEG or PNG",
            b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" | b"mif1" | b"msf1" => {
                "a HEIC picture, as iPhones take, which is not read; save it as JPEG (on the phone: Settings, Camera, Formats, Most Compatible)"
            }
            b"crx " => "a raw photo, which is not read; save it as JPEG",
            _ => "a film or another file of that family and no picture; give a picture of it",
        });
    }
    let begins = |mark: &[u8]| bytes.starts_with(mark);
    if begins(b"\0\0\0\x0cjP  \r\n\x87\n") || begins(b"\xff\x4f\xff\x51") {
        return Some("a JPEG 2000 picture, which is not read; save it as JPEG or PNG");
    }
    if begins(b"8BPS") {
        return Some("a Photoshop document, which is not read; save it as JPEG or PNG");
    }
    if begins(b"II\xbc\x01") {
        return Some("a JPEG XR picture, which is not read; save it as JPEG or PNG");
    }
    if begins(b"\x76\x2f\x31\x01") || begins(b"#?RADIANCE") {
        return Some("a picture of high dynamic range, which is not read; save it as JPEG or PNG");
    }
    if begins(b"%PDF-") || begins(b"%!PS") || begins(b"\xc5\xd0\xd3\xc6") {
        return Some(
            "a PDF or PostScript document, which is not read; save its picture as JPEG or PNG",
        );
    }
    if begins(b"\0\0\x01\0") {
        return Some("an icon, which is not read; save it as PNG");
    }
    if begins(b"DDS ") {
        return Some("a texture (DDS), which is not read; save it as PNG");
    }
    let start = &bytes[..bytes.len().min(1024)];
    let start = String::from_utf8_lossy(start);
    let start = start.trim_start_matches('\u{feff}').trim_start();
    let lower = start.to_ascii_lowercase();
    if lower.starts_with("<svg") || (lower.starts_with("<?xml") && lower.contains("<svg")) {
        return Some("an SVG drawing, which is not read; save it as PNG");
    }
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        return Some("a web page and no picture: its download was refused; download it again");
    }
    None
}

/// The brand of a file of ISO's family (HEIF, AVIF, films), of those that it names the first that is known.
fn brand(bytes: &[u8]) -> Option<&[u8; 4]> {
    let [a, b, c, d, rest @ ..] = bytes else {
        return None;
    };
    let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
    let rest = rest.strip_prefix(b"ftyp")?;
    let (brands, _) = rest[..rest.len().min(length.saturating_sub(8))].as_chunks::<4>();
    let main = brands.first()?;
    // `mif1` alone does not say how it is coded; the brands behind the version do.
    if matches!(main, b"mif1" | b"msf1") {
        let known = |brand: &&[u8; 4]| matches!(*brand, b"avif" | b"avis" | b"heic" | b"heix");
        return brands.iter().skip(2).find(known).or(Some(main));
    }
    Some(main)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_that_are_not_read_are_named() {
        let family = |main: &[u8], others: &[u8]| {
            let length = (16 + others.len()) as u32;
            [
                &length.to_be_bytes()[..],
                b"ftyp",
                main,
                b"\0\0\0\0",
                others,
                b"\0\0\0\x20meta",
            ]
            .concat()
        };
        for (bytes, told) in [
            (family(b"heic", b"mif1heic"), "HEIC"),
            (family(b"mif1", b"mif1heic"), "HEIC"),
            (family(b"avif", b"avifmif1"), "AVIF"),
            (family(b"mif1", b"mif1avif"), "AVIF"),
            (family(b"isom", b"isommp42"), "film"),
            (
                b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 ".to_vec(),
                "JPEG 2000",
            ),
            (b"\xff\x4f\xff\x51\0\x29".to_vec(), "JPEG 2000"),
            (b"8BPS\0\x01".to_vec(), "Photoshop"),
            (b"%PDF-1.4".to_vec(), "PDF"),
            (
                b"\xef\xbb\xbf <?xml version=\"1.0\"?>\n<svg xmlns=\"x\">".to_vec(),
                "SVG",
            ),
            (b"<!DOCTYPE html><html>403".to_vec(), "web page"),
        ] {
            let found = of_no_use(&bytes).unwrap();
            assert!(found.contains(told) && found.contains(';'), "{found}");
            let error = super::super::decode(&bytes).unwrap_err().0;
            assert!(error.contains(told), "{error}");
        }
        for bytes in [
            &b"\xff\xd8\xff"[..],
            b"\0\0\0\x0cJXL \r\n\x87\n",
            b"",
            b"text",
            b"\0\0\0\x20ft",
        ] {
            assert_eq!(of_no_use(bytes), None);
        }
    }
}
