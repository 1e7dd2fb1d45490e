//! One look for everything that is drawn by egui: colours, spacing, text sizes.
//!
//! Photos of shoes are the only loud thing on the screen. So the panels are a calm blue-grey, text has
//! three strengths (strong, normal, weak), and a single accent marks what is chosen. Likes, dislikes and
//! designs have the scene's own colours ([`ScenePalette`]), so that a ring there and a button here look alike.

use crate::explorer::scene::palette::ScenePalette;
use bevy_egui::egui::{
    self, Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Vec2,
    Visuals,
};
use serde::{Deserialize, Serialize};

/// Dark or light panels; the scene's background follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Light text on blue-grey; shoes glow on it.
    #[default]
    Dark,
    /// Dark text on near white.
    Light,
}

/// The colours of the panels, as sRGB.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    /// Behind the scene.
    pub scene: Color32,
    /// Behind the panels.
    pub panel: Color32,
    /// Cards, buttons at rest.
    pub raised: Color32,
    /// Text fields, troughs.
    pub sunken: Color32,
    /// Hairlines between things.
    pub line: Color32,
    /// Normal text.
    pub text: Color32,
    /// Headings, values.
    pub strong: Color32,
    /// Captions, units.
    pub weak: Color32,
    /// What is chosen.
    pub accent: Color32,
    /// Likes.
    pub like: Color32,
    /// Dislikes.
    pub dislike: Color32,
    /// The latent cursor and designs.
    pub design: Color32,
    /// Something to look at, not yet broken.
    pub warning: Color32,
    /// Something failed.
    pub error: Color32,
}

impl Theme {
    /// The colours of this theme.
    pub const fn palette(self) -> Palette {
        match self {
            Self::Dark => Palette {
                scene: rgb(ScenePalette::DARK.background),
                panel: Color32::from_rgb(0x1a, 0x1d, 0x23),
                raised: Color32::from_rgb(0x2c, 0x31, 0x3a),
                sunken: Color32::from_rgb(0x12, 0x14, 0x19),
                line: Color32::from_rgb(0x36, 0x3c, 0x46),
                text: Color32::from_rgb(0xc9, 0xce, 0xd6),
                strong: Color32::from_rgb(0xf3, 0xf5, 0xf8),
                weak: Color32::from_rgb(0x92, 0x9b, 0xa8),
                accent: Color32::from_rgb(0x56, 0xb4, 0xe9),
                like: rgb(ScenePalette::DARK.liked),
                dislike: rgb(ScenePalette::DARK.disliked),
                design: rgb(ScenePalette::DARK.design),
                warning: Color32::from_rgb(0xe6, 0xb0, 0x3c),
                error: Color32::from_rgb(0xf2, 0x74, 0x64),
            },
            Self::Light => Palette {
                scene: rgb(ScenePalette::LIGHT.background),
                panel: Color32::from_rgb(0xfc, 0xfb, 0xf9),
                raised: Color32::from_rgb(0xeb, 0xe8, 0xe2),
                sunken: Color32::from_rgb(0xf3, 0xf1, 0xed),
                line: Color32::from_rgb(0xda, 0xd6, 0xce),
                text: Color32::from_rgb(0x3b, 0x39, 0x36),
                strong: Color32::from_rgb(0x14, 0x13, 0x12),
                weak: Color32::from_rgb(0x69, 0x65, 0x5f),
                accent: Color32::from_rgb(0x00, 0x68, 0xa8),
                like: rgb(ScenePalette::LIGHT.liked),
                dislike: rgb(ScenePalette::LIGHT.disliked),
                design: rgb(ScenePalette::LIGHT.design),
                warning: Color32::from_rgb(0x89, 0x5d, 0x00),
                error: Color32::from_rgb(0xbd, 0x2a, 0x1a),
            },
        }
    }
}

/// One of the scene's colours, as egui has them.
pub const fn rgb([r, g, b]: [u8; 3]) -> Color32 {
    Color32::from_rgb(r, g, b)
}

/// The colours of the theme that `ui` is drawn in.
pub fn palette(ui: &egui::Ui) -> Palette {
    theme_of(ui.visuals()).palette()
}

/// The theme of these visuals.
pub fn theme_of(visuals: &Visuals) -> Theme {
    if visuals.dark_mode {
        Theme::Dark
    } else {
        Theme::Light
    }
}

/// The distance between unrelated things, in points; within a group it is [`GAP`].
pub const SECTION: f32 = 10.0;
/// The distance between related things, in points.
pub const GAP: f32 = 6.0;
/// The corner radius of panels and cards, in points.
pub const ROUND: u8 = 6;

/// Puts the theme on a context: both of its styles, so that a change of the system's theme does not undo it.
pub fn apply(ctx: &egui::Context, look: Theme) {
    ctx.set_theme(match look {
        Theme::Dark => egui::Theme::Dark,
        Theme::Light => egui::Theme::Light,
    });
    for (theme, look) in [
        (egui::Theme::Dark, Theme::Dark),
        (egui::Theme::Light, Theme::Light),
    ] {
        ctx.style_mut_of(theme, |style| style_into(style, look));
    }
    // Where frames take half a second (software rendering, large windows), press and release are told to egui
    // that much apart, and a click would count as a drag.
    ctx.options_mut(|options| options.input_options.max_click_duration = 3.0);
}

/// Heights of the window below which bars of a list may be shorter than what one holds them by.
const SMALL: f32 = 420.0;

/// egui 0.36 panics where a list is lower than the handle of its bar and somebody takes that: in a small window handles have no
/// least length.
pub fn fit_scroll_handles(ctx: &egui::Context) {
    let least = match ctx.viewport_rect().height() < SMALL {
        true => 0.0,
        false => egui::style::ScrollStyle::thin().handle_min_length,
    };
    if ctx.global_style().spacing.scroll.handle_min_length != least {
        ctx.all_styles_mut(|style| style.spacing.scroll.handle_min_length = least);
    }
}

fn style_into(style: &mut egui::Style, look: Theme) {
    let p = look.palette();
    style.text_styles = [
        (TextStyle::Heading, 17.0, FontFamily::Proportional),
        (TextStyle::Body, 13.5, FontFamily::Proportional),
        (TextStyle::Button, 13.5, FontFamily::Proportional),
        (TextStyle::Small, 11.5, FontFamily::Proportional),
        (TextStyle::Monospace, 12.5, FontFamily::Monospace),
    ]
    .map(|(style, size, family)| (style, FontId::new(size, family)))
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(6.0, 5.0);
    spacing.button_padding = Vec2::new(8.0, 3.0);
    spacing.interact_size = Vec2::new(28.0, 22.0);
    spacing.window_margin = Margin::same(12);
    spacing.menu_margin = Margin::same(8);
    spacing.indent = 14.0;
    spacing.combo_height = 320.0;
    spacing.tooltip_width = 320.0;
    spacing.slider_rail_height = 4.0;
    spacing.scroll = egui::style::ScrollStyle::thin();
    // A grey haze over the last row looks like a fault in the light look.
    spacing.scroll.fade.strength = 0.0;
    style.visuals = visuals(look, &p);
    style.interaction.tooltip_delay = 0.35;
    style.interaction.selectable_labels = false;
    style.animation_time = 0.1;
    style.url_in_tooltip = true;
    style.explanation_tooltips = false;
}

fn visuals(look: Theme, p: &Palette) -> Visuals {
    let mut v = match look {
        Theme::Dark => Visuals::dark(),
        Theme::Light => Visuals::light(),
    };
    let round = CornerRadius::same(4);
    let state = |fill: Color32, stroke: Color32, text: Color32| egui::style::WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, stroke),
        corner_radius: round,
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    let towards = |a: Color32, b: Color32, t: f32| a.lerp_to_gamma(b, t);
    v.widgets.noninteractive = state(p.panel, p.line, p.text);
    // Boxes to tick are outlines alone: they have to be seen.
    v.widgets.inactive = state(p.raised, towards(p.line, p.weak, 0.6), p.text);
    v.widgets.hovered = state(towards(p.raised, p.accent, 0.18), p.accent, p.strong);
    v.widgets.active = state(towards(p.raised, p.accent, 0.35), p.accent, p.strong);
    v.widgets.open = state(p.raised, p.line, p.strong);
    v.selection.bg_fill = towards(p.panel, p.accent, 0.42);
    v.selection.stroke = Stroke::new(1.0, p.strong);
    v.text_cursor.stroke = Stroke::new(2.0, p.accent);
    v.weak_text_color = Some(p.weak);
    v.hyperlink_color = p.accent;
    v.faint_bg_color = towards(p.panel, p.raised, 0.5);
    v.extreme_bg_color = p.sunken;
    v.code_bg_color = p.sunken;
    v.warn_fg_color = p.warning;
    v.error_fg_color = p.error;
    v.window_fill = p.panel;
    v.panel_fill = p.panel;
    v.window_stroke = Stroke::new(1.0, p.line);
    v.window_corner_radius = CornerRadius::same(8);
    v.menu_corner_radius = CornerRadius::same(ROUND);
    v.window_highlight_topmost = false;
    let shadow = |blur, alpha| Shadow {
        offset: [0, 4],
        blur,
        spread: 0,
        color: Color32::from_black_alpha(alpha),
    };
    v.window_shadow = shadow(16, 70);
    v.popup_shadow = shadow(10, 60);
    // Thin dark letters on light ground fade; the same filling as in the dark look keeps their weight.
    v.text_options.color_transfer_function =
        egui::epaint::FontColorTransferFunction::TwoCoverageMinusCoverageSq;
    v.slider_trailing_fill = true;
    v.indent_has_left_vline = false;
    v.interact_cursor = Some(egui::CursorIcon::PointingHand);
    v
}

/// The frame of a docked panel.
pub fn panel_frame(style: &egui::Style) -> egui::Frame {
    egui::Frame::new()
        .fill(style.visuals.panel_fill)
        .inner_margin(Margin::symmetric(10, 8))
}

/// The frame of a card within a panel.
pub fn card_frame(ui: &egui::Ui) -> egui::Frame {
    egui::Frame::new()
        .fill(ui.visuals().faint_bg_color)
        .corner_radius(ROUND)
        .inner_margin(Margin::same(8))
}

/// A section of a panel with a heading that folds it away; open or closed is remembered.
pub fn section<R>(
    ui: &mut egui::Ui,
    title: &str,
    open: bool,
    add: impl FnOnce(&mut egui::Ui) -> R,
) -> Option<R> {
    // A hairline sets sections apart more calmly than another size of text.
    let (line, _) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), 7.0), egui::Sense::hover());
    let stroke = Stroke::new(1.0, palette(ui).line);
    ui.painter().hline(line.x_range(), line.center().y, stroke);
    let heading = egui::RichText::new(title)
        .color(palette(ui).strong)
        .size(14.0);
    egui::CollapsingHeader::new(heading)
        .id_salt(title)
        .default_open(open)
        .show_unindented(ui, |ui| {
            ui.add_space(2.0);
            let made = add(ui);
            ui.add_space(GAP);
            made
        })
        .body_returned
}

/// Small weak text, cut with an ellipsis where it does not fit.
pub fn caption(ui: &mut egui::Ui, text: impl Into<String>) -> egui::Response {
    let color = palette(ui).weak;
    ui.add(egui::Label::new(egui::RichText::new(text).small().color(color)).truncate())
}

/// Small weak text over as many lines as it needs.
pub fn caption_wrapped(ui: &mut egui::Ui, text: impl Into<String>) {
    let color = palette(ui).weak;
    ui.add(egui::Label::new(egui::RichText::new(text).small().color(color)).wrap());
}

/// A count with thin groups, as `21,000`.
pub fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 shoe`, `2 shoes`.
pub fn shoes(n: usize) -> String {
    counted(n, "shoe", "shoes")
}

/// A count and what is counted.
pub fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(21_000), "21,000");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(shoes(1), "1 shoe");
    }

    /// Relative luminance contrast of WCAG 2.
    fn contrast(a: Color32, b: Color32) -> f32 {
        let luminance = |c: Color32| {
            let part = |v: u8| {
                let v = f32::from(v) / 255.0;
                if v <= 0.040_45 {
                    v / 12.92
                } else {
                    ((v + 0.055) / 1.055).powf(2.4)
                }
            };
            0.2126 * part(c.r()) + 0.7152 * part(c.g()) + 0.0722 * part(c.b())
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read_on_every_ground() {
        for look in [Theme::Dark, Theme::Light] {
            let p = look.palette();
            // Panels, cards, buttons: 4.5 is WCAG's AA for text of this size.
            let grounds = [p.panel, p.panel.lerp_to_gamma(p.raised, 0.5), p.raised];
            let texts = [p.text, p.strong, p.weak, p.accent, p.error, p.warning];
            for (text, ground) in texts.iter().flat_map(|t| grounds.map(|g| (*t, g))) {
                let contrast = contrast(text, ground);
                assert!(contrast >= 4.5, "{look:?} {text:?} {ground:?} {contrast}");
            }
            for text in [p.like, p.dislike] {
                let contrast = contrast(text, p.panel);
                assert!(contrast >= 4.5, "{look:?} {text:?} {contrast}");
            }
        }
    }
}
