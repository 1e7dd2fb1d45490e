//! The old letters of DOS, in which zips of Western Windows are named; `encoding_rs` has them not.

/// Bytes 80 to FF of code page 437, which the zip format names as its own.
const PAGE_437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// Bytes 80 to FF of code page 850, that of Western Europe.
const PAGE_850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

/// A page of letters of DOS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    /// Code page 437.
    American,
    /// Code page 850.
    Western,
}

impl Page {
    /// Its name for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::American => "CP437",
            Self::Western => "CP850",
        }
    }

    /// The text of some bytes.
    pub(super) fn decode(self, bytes: &[u8]) -> String {
        let page = match self {
            Self::American => PAGE_437,
            Self::Western => PAGE_850,
        };
        let letters: Vec<char> = page.chars().collect();
        let letter = |byte: &u8| match byte {
            0..=0x7f => char::from(*byte),
            _ => letters
                .get(usize::from(byte - 0x80))
                .copied()
                .unwrap_or(char::REPLACEMENT_CHARACTER),
        };
        bytes.iter().map(letter).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_has_its_128_letters() {
        for page in [PAGE_437, PAGE_850] {
            assert_eq!(page.chars().count(), 128);
        }
        assert_eq!(
            Page::American.decode(b"Gr\x94\xe1e \x81\xff"),
            "Größe ü\u{a0}"
        );
        assert_eq!(Page::Western.decode(b"\xb5gua \x9dre \xe1"), "Água Øre ß");
    }
}
