//! What a JPEG's markers tell that its decoder does not.

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
