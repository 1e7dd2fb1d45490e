use super::*;
use crate::catalog::picture::decode_named;

/// A TIFF without compression: `big` is BigTIFF; tags are SHORTs but where their values are bytes.
fn file(
    is_little: bool,
    big: bool,
    size: [u16; 2],
    tags: &[(u16, Vec<u16>)],
    data: &[u8],
) -> Vec<u8> {
    let number = |x: u64, length: usize| match is_little {
        true => x.to_le_bytes()[..length].to_vec(),
        false => x.to_be_bytes()[8 - length..].to_vec(),
    };
    let (word, entries_word, value_length) = if big { (8, 8, 8) } else { (4, 2, 4) };
    let mut out = if is_little {
        b"II".to_vec()
    } else {
        b"MM".to_vec()
    };
    out.extend(number(if big { 43 } else { 42 }, 2));
    if big {
        out.extend(number(8, 2));
        out.extend(number(0, 2));
    }
    let at = out.len() + word;
    let start = at + data.len() + data.len() % 2;
    out.extend(number(start as u64, word));
    out.extend(data);
    out.resize(start, 0);
    let mut all = vec![
        (256, vec![size[0]]),
        (257, vec![size[1]]),
        (259, vec![1]),
        (273, vec![at as u16]),
        (278, vec![size[1]]),
        (279, vec![data.len() as u16]),
    ];
    all.extend(tags.iter().cloned());
    all.sort_by_key(|(tag, _)| *tag);
    let entry = 4 + word + value_length;
    let behind = start + entries_word + all.len() * entry + word;
    let mut extra: Vec<u8> = Vec::new();
    out.extend(number(all.len() as u64, entries_word));
    for (tag, values) in &all {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|v| number(u64::from(*v), 2))
            .collect();
        out.extend(number(u64::from(*tag), 2));
        out.extend(number(3, 2));
        out.extend(number(values.len() as u64, word));
        if bytes.len() <= value_length {
            let mut value = bytes;
            value.resize(value_length, 0);
            out.extend(value);
        } else {
            out.extend(number((behind + extra.len()) as u64, value_length));
            extra.extend(bytes);
        }
    }
    out.extend(number(0, word));
    out.extend(extra);
    out
}

fn pixels(file: &[u8]) -> Vec<[u8; 3]> {
    let decoded = decode_named(file, "a.tif").unwrap();
    assert!(!decoded.is_plain);
    decoded.picture.pixels().map(|p| p.0).collect()
}

fn near(found: &[[u8; 3]], wanted: &[[u8; 3]]) {
    assert_eq!(found.len(), wanted.len());
    let is_near = |a: &[u8; 3], b: &[u8; 3]| a.iter().zip(b).all(|(a, b)| a.abs_diff(*b) <= 3);
    assert!(
        found.iter().zip(wanted).all(|(a, b)| is_near(a, b)),
        "{found:?} {wanted:?}"
    );
}

#[test]
fn palettes_of_any_number_of_bits() {
    let colours = |bits: u32| {
        let count = 1_usize << bits;
        let mut map = vec![0_u16; 3 * count];
        for (index, [r, g, b]) in [[255_u16, 0, 0], [0, 255, 0]].into_iter().enumerate() {
            map[index] = r * 257;
            map[count + index] = g * 257;
            map[2 * count + index] = b * 257;
        }
        map
    };
    // Three pixels in two rows: 0 1 1, 1 0 0.
    for (bits, data) in [
        (1, vec![0b0110_0000, 0b1000_0000]),
        (2, vec![0b0001_0100, 0b0100_0000]),
        (4, vec![0x01, 0x10, 0x10, 0x00]),
        (8, vec![0, 1, 1, 1, 0, 0]),
    ] {
        for (is_little, big) in [(true, false), (false, false), (true, true), (false, true)] {
            let tags = [
                (258, vec![bits as u16]),
                (262, vec![3]),
                (277, vec![1]),
                (320, colours(bits)),
            ];
            let (red, green) = ([255, 0, 0], [0, 255, 0]);
            let found = pixels(&file(is_little, big, [3, 2], &tags, &data));
            assert_eq!(found, [red, green, green, green, red, red], "{bits} {big}");
        }
    }
}

#[test]
fn lab_of_either_kind_and_depth() {
    // Four colours and their L*a*b* under D50, by Lindbloom's matrices.
    let labs = [
        [58.91, 29.92, 30.42],
        [100.0, 0.0, 0.0],
        [44.68, -5.14, -32.65],
        [59.85, -35.27, 34.23],
    ];
    let wanted = [[200, 120, 90], [255; 3], [60, 110, 160], [90, 160, 80]];
    let tags = |bits: u16, meaning| [(258, vec![bits; 3]), (262, vec![meaning]), (277, vec![3])];
    let l = |x: f64| (x * 2.55).round() as u8;
    let cie = labs
        .iter()
        .flat_map(|[x, a, b]| [l(*x), (a.round() as i8) as u8, (b.round() as i8) as u8]);
    let cie: Vec<u8> = cie.collect();
    near(
        &pixels(&file(true, false, [4, 1], &tags(8, 8), &cie)),
        &wanted,
    );
    let icc = labs
        .iter()
        .flat_map(|[x, a, b]| [l(*x), (a + 128.0).round() as u8, (b + 128.0).round() as u8]);
    let icc: Vec<u8> = icc.collect();
    near(
        &pixels(&file(false, true, [4, 1], &tags(8, 9), &icc)),
        &wanted,
    );
    let deep = labs.iter().flat_map(|[x, a, b]| {
        let words = [
            (x * 655.35) as u16,
            (a * 256.0) as i16 as u16,
            (b * 256.0) as i16 as u16,
        ];
        words.map(u16::to_le_bytes).concat()
    });
    let deep: Vec<u8> = deep.collect();
    near(
        &pixels(&file(true, false, [4, 1], &tags(16, 8), &deep)),
        &wanted,
    );
}

#[test]
fn a_big_tiff_of_a_usual_kind_is_read() {
    let tags = [(258, vec![8; 3]), (262, vec![2]), (277, vec![3])];
    for is_little in [true, false] {
        let whole = file(is_little, true, [2, 1], &tags, &[9, 8, 7, 200, 30, 40]);
        let decoded = decode_named(&whole, "no ending").unwrap();
        assert_eq!(decoded.picture.as_raw(), &[9, 8, 7, 200, 30, 40]);
    }
}

#[test]
fn inks_ycbcr_and_grey_with_transparency() {
    let tags = |meaning, channels: u16| {
        [
            (258, vec![8; usize::from(channels)]),
            (262, vec![meaning]),
            (277, vec![channels]),
        ]
    };
    let inks = [0, 255, 255, 0, 0, 0, 0, 255];
    near(
        &pixels(&file(true, false, [2, 1], &tags(5, 4), &inks)),
        &[[255, 0, 0], [0; 3]],
    );
    // In planes: all cyan first.
    let mut planar = tags(5, 4).to_vec();
    planar.push((284, vec![2]));
    let offsets: Vec<u16> = (0..4).map(|plane| 8 + plane * 2).collect();
    planar.extend([(273, offsets), (279, vec![2; 4])]);
    let data = [0, 0, 255, 0, 255, 0, 0, 255];
    let mut parts = planar.clone();
    parts.sort_by_key(|(tag, _)| *tag);
    near(&pixels(&planar_file(&parts, &data)), &[[255, 0, 0], [0; 3]]);
    let mut full = tags(6, 3).to_vec();
    full.push((530, vec![1, 1]));
    let data = [76, 85, 255, 255, 128, 128];
    near(
        &pixels(&file(true, false, [2, 1], &full, &data)),
        &[[255, 0, 0], [255; 3]],
    );
    let mut see_through = tags(1, 2).to_vec();
    see_through.push((338, vec![2]));
    let data = [0, 255, 0, 0];
    near(
        &pixels(&file(true, false, [2, 1], &see_through, &data)),
        &[[0; 3], [255; 3]],
    );
    let few = [(258, vec![4]), (262, vec![0]), (277, vec![1])];
    near(
        &pixels(&file(true, false, [3, 1], &few, &[0x0f, 0x80])),
        &[[255; 3], [0; 3], [119; 3]],
    );
}

/// As [`file`], with strips of one's own.
fn planar_file(tags: &[(u16, Vec<u16>)], data: &[u8]) -> Vec<u8> {
    let mut whole = file(true, false, [2, 1], &[], data);
    // The directory is written again, without what `file` says of strips.
    let start = u32::from_le_bytes([whole[4], whole[5], whole[6], whole[7]]) as usize;
    whole.truncate(start);
    let mut all = vec![
        (256, vec![2]),
        (257, vec![1]),
        (259, vec![1]),
        (278, vec![1]),
    ];
    all.extend(tags.iter().cloned());
    all.sort_by_key(|(tag, _)| *tag);
    let behind = start + 2 + all.len() * 12 + 4;
    let mut extra: Vec<u8> = Vec::new();
    whole.extend((all.len() as u16).to_le_bytes());
    for (tag, values) in &all {
        whole.extend(tag.to_le_bytes());
        whole.extend(3_u16.to_le_bytes());
        whole.extend((values.len() as u32).to_le_bytes());
        let mut bytes: Vec<u8> = values.iter().flat_map(|v: &u16| v.to_le_bytes()).collect();
        if bytes.len() <= 4 {
            bytes.resize(4, 0);
            whole.extend(bytes);
        } else {
            whole.extend(((behind + extra.len()) as u32).to_le_bytes());
            extra.extend(bytes);
        }
    }
    whole.extend(0_u32.to_le_bytes());
    whole.extend(extra);
    whole
}

#[test]
fn damage_ends_with_a_message() {
    let tags = [
        (258, vec![8]),
        (262, vec![3]),
        (277, vec![1]),
        (320, vec![0; 768]),
    ];
    let whole = file(true, false, [3, 2], &tags, &[0, 1, 2, 3, 4, 5]);
    assert!(decode(&whole).unwrap().is_some());
    for length in 0..whole.len() {
        let _ = decode_named(&whole[..length], "a.tif");
    }
    for place in 0..120.min(whole.len()) {
        for bit in [1, 0x80, 0xff] {
            let mut changed = whole.clone();
            changed[place] ^= bit;
            let _ = decode_named(&changed, "a.tif");
        }
    }
}
