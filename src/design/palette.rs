//! The handle *palette*: the colours that a design is to have, by name or number, as the block `colour`.

use crate::embed;
use crate::imaging::oklab::oklab;

/// The most colours of a palette: what a shoe has beyond them is a pattern.
pub const MOST: usize = 8;

/// How much of a colour can be asked for, beside the others.
const SHARES: std::ops::RangeInclusive<f32> = 0.01..=1000.0;

/// Real shoes shade: how far each colour reaches into light and shadow (Oklab lightness), and how much of it.
const SHADES: [(f32, f32); 5] = [
    (-0.10, 1.0),
    (-0.05, 2.0),
    (0.0, 3.0),
    (0.05, 2.0),
    (0.10, 1.0),
];

/// Colours with their shares.
#[derive(Debug, Clone, PartialEq)]
pub struct Palette(Vec<([u8; 3], f32)>);

/// What is wrong with a palette.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PaletteError {
    /// There is no colour in it.
    #[error("the palette is empty: name colours, as `#aa3322,#eeeeee` or `navy:3,white`")]
    Empty,
    /// There are too many.
    #[error("the palette has {0} colours: a design takes {MOST} at most")]
    TooMany(usize),
    /// A part of it is no colour.
    #[error(
        "`{0}` is no colour: write it as `#aa3322`, `rgb(170, 51, 34)` or a name as `navy`, and `navy:3` for three times as much (0.01 to 1000)"
    )]
    NoColour(String),
}

/// As it is read.
impl std::fmt::Display for Palette {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, ([r, g, b], share)) in self.0.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            write!(f, "{comma}#{r:02x}{g:02x}{b:02x}:{share:.2}")?;
        }
        Ok(())
    }
}

impl std::str::FromStr for Palette {
    type Err = PaletteError;

    /// Reads `#aa3322,#eeeeee` or `navy:3,white`: colours as CSS writes them, each with its share.
    fn from_str(text: &str) -> Result<Self, PaletteError> {
        let colours = parts(text)
            .into_iter()
            .map(|part| {
                let wrong = || PaletteError::NoColour(part.to_owned());
                let (name, share) = match part.rsplit_once(':') {
                    Some((name, share)) => (name, share.trim().parse().map_err(|_| wrong())?),
                    None => (part, 1.0f32),
                };
                let colour = csscolorparser::parse(name.trim()).map_err(|_| wrong())?;
                let [r, g, b, _] = colour.to_rgba8();
                if !SHARES.contains(&share) {
                    return Err(wrong());
                }
                Ok(([r, g, b], share))
            })
            .collect::<Result<Vec<_>, _>>()?;
        match colours.len() {
            0 => Err(PaletteError::Empty),
            count if count > MOST => Err(PaletteError::TooMany(count)),
            _ => Ok(Self(colours)),
        }
    }
}

/// The parts between commas that stand in no brackets.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0u32);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts.retain(|part| !part.trim().is_empty());
    parts
}

impl Palette {
    /// Of colours with their shares, which are positive.
    pub(super) fn with_shares(colours: Vec<([u8; 3], f32)>) -> Self {
        Self(colours)
    }

    /// Its colours in sRGB, each with how much there is of it beside the others.
    pub fn colours(&self) -> &[([u8; 3], f32)] {
        &self.0
    }

    /// The same palette with another colour in the place of one; as it is where there is no such place.
    pub fn with(&self, place: usize, colour: [u8; 3]) -> Self {
        let mut changed = self.clone();
        if let Some((old, _)) = changed.0.get_mut(place) {
            *old = colour;
        }
        changed
    }

    /// The same palette without hues, each colour the grey that is as light.
    pub fn in_tones(&self) -> Self {
        let tone = |rgb: [u8; 3]| {
            let [light, ..] = oklab(rgb);
            let off = |v: &u8| (oklab([*v; 3])[0] - light).abs();
            let nearest = (0..=255).min_by(|a, b| off(a).total_cmp(&off(b)));
            [nearest.unwrap_or_default(); 3]
        };
        Self(
            self.0
                .iter()
                .map(|(rgb, share)| (tone(*rgb), *share))
                .collect(),
        )
    }

    /// The block `colour` of a shoe in these colours; in a grey catalogue they are tones.
    pub fn block(&self, grey: bool) -> Vec<f32> {
        embed::colour_of(self.0.iter().flat_map(|&(rgb, share)| {
            let [l, a, b] = oklab(rgb);
            let [a, b] = if grey { [0.0; 2] } else { [a, b] };
            SHADES.map(|(by, part)| ([(l + by).clamp(0.0, 1.0), a, b], share * part))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_css_writes_them() {
        let palette: Palette = "#aa3322, rgb(238, 238, 238):2,navy".parse().unwrap();
        assert_eq!(
            palette.0,
            [([170, 51, 34], 1.0), ([238; 3], 2.0), ([0, 0, 128], 1.0)]
        );
    }

    #[test]
    fn a_palette_is_read_as_it_is_written_and_changed_colour_by_colour() {
        let palette: Palette = "#aa3322:2.50,#0000ff:1.00".parse().unwrap();
        assert_eq!(palette.to_string(), "#aa3322:2.50,#0000ff:1.00");
        let changed = palette.with(1, [255; 3]);
        assert_eq!(changed.colours(), [([170, 51, 34], 2.5), ([255; 3], 1.0)]);
        assert_eq!(palette.with(2, [255; 3]), palette);
    }

    #[test]
    fn nonsense_is_told() {
        let told = |text: &str| text.parse::<Palette>().unwrap_err().to_string();
        assert!(told(" , ").contains("empty"));
        assert!(told("#aa3322,blurple-ish").contains("`blurple-ish` is no colour"));
        assert!(told("red:-1").contains("red:-1"));
        assert!(told("red:NaN").contains("red:NaN"));
        assert!(told("red:3e38").contains("red:3e38"));
        assert!(told("red:1e-8").contains("red:1e-8"));
        assert!(told(&["red"; 9].join(",")).contains("9 colours"));
    }

    #[test]
    fn a_block_holds_the_colours_and_grey_has_no_hue() {
        let block = |text: &str, grey| text.parse::<Palette>().unwrap().block(grey);
        let off = |a: &[f32], b: &[f32]| -> f32 {
            let sum: f32 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
            sum.sqrt()
        };
        let red = block("#c81e1e", false);
        assert!(off(&red, &block("#aa1a1e", false)) < off(&red, &block("#1e28c8", false)));
        assert!(off(&block("red", true), &block("rgb(127,127,127)", true)) < 0.5);
        let tones = "red:2,rgb(9,9,9)".parse::<Palette>().unwrap().in_tones();
        assert!(
            matches!(tones.colours(), [([r, g, b], 2.0), ([9, 9, 9], 1.0)] if r == g && g == b && *r > 60)
        );
        assert!(off(&tones.block(true), &block("red:2,rgb(9,9,9)", true)) < 0.05);
        // Shares of the foreground: their squares add up, for the lightness and for the hue.
        let lightness: f32 = red[..15].iter().map(|v| v * v).sum();
        assert!((lightness - 1.0).abs() < 1e-4, "{lightness}");
    }
}
