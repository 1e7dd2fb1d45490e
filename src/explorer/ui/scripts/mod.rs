//! Every script legible: whatever is written anywhere on the screen is looked through once it is laid out, and what
//! egui's own fonts cannot show gets a font of the system, or the user is told that there is none.
//!
//! | file | owns |
//! | --- | --- |
//! | `find` | the fonts of the system: which one has these letters |
//! | `order` | where the pieces of a line that is written from right to left stand |
//! | `relay` | a text laid out anew in that order |
//!
//! egui shapes each run of one font by itself (Arabic is joined, Devanagari and Thai have their marks in place), but
//! puts runs one after the other from left to right, and breaks lines as if all text ran that way. So texts that hold
//! letters of a script that runs from right to left are laid out anew, after the panels and before anything is painted:
//! here and nowhere else. What is typed is put in order too, but the caret and the marked text in a field stay where egui
//! has them. Space is left as egui measured it.

mod find;
mod order;
mod relay;

use crate::explorer::state::{Launch, Lettering, Notices, WakeUp};
use crate::explorer::worker::{Latest, Waker};
use bevy::prelude::*;
use bevy_egui::{EguiContexts, egui};
use egui::epaint::text::{FontData, FontDefinitions, FontFamily, FontTweak, VariationCoords};
use egui::{Galley, LayerId, Shape, layers::ShapeIdx};
use find::{Finder, Found};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use unicode_script::{Script, UnicodeScript as _};

/// What is known of letters and fonts; lives as long as the program.
#[derive(Resource, Default)]
pub(super) struct Scripts {
    /// Letters that can be shown, or were looked for in vain.
    settled: HashSet<char>,
    /// Letters that are being looked for.
    asked: BTreeSet<char>,
    finder: Option<Latest<BTreeSet<char>, Found>>,
    /// All fonts, egui's own and those found.
    fonts: Option<FontDefinitions>,
    /// Scripts that the user was told of.
    told: BTreeSet<&'static str>,
}

/// The last thing that is done to what the panels have drawn.
pub(super) fn make_legible(
    mut contexts: EguiContexts,
    mut scripts: ResMut<Scripts>,
    mut lettering: ResMut<Lettering>,
    mut notices: ResMut<Notices>,
    wake: Res<WakeUp>,
    launch: Option<Res<Launch>>,
) -> Result {
    let ctx = contexts.ctx_mut()?.clone();
    // Change detection would redraw for ever.
    let scripts = scripts.bypass_change_detection();
    for text in scripts.look_through(&ctx, &wake.0, Finder::of_the_system) {
        bevy::log::warn!("{text}");
        // In a picture that nobody watches a notice would lie over the scene.
        if launch.as_ref().is_none_or(|launch| launch.windowed) {
            notices.info(text);
        }
    }
    lettering.set_if_neq(Lettering {
        pending: !scripts.asked.is_empty(),
    });
    put_in_order(&ctx);
    Ok(())
}

impl Scripts {
    /// Looks for letters that cannot be shown yet, takes in the fonts that were found for others, and gives what is to
    /// be told.
    fn look_through(
        &mut self,
        ctx: &egui::Context,
        wake: &Waker,
        finder: fn() -> Finder,
    ) -> Vec<String> {
        if self.fonts.is_none() {
            let own = FontDefinitions::default();
            self.settled.extend(letters_of(&own));
            self.fonts = Some(own);
        }
        let mut told = Vec::new();
        if let Some((_, found)) = self.finder.as_mut().and_then(Latest::poll) {
            told.extend(self.take_in(ctx, found));
        }
        let mut news: BTreeSet<char> = BTreeSet::new();
        each_galley(ctx, &mut |galley| {
            let text = &galley.job.text;
            if !text.is_ascii() {
                let unknown = |c: &char| !self.settled.contains(c) && !self.asked.contains(c);
                news.extend(text.chars().filter(unknown).filter(|&c| is_seen(c)));
            }
        });
        if !news.is_empty() {
            self.asked.append(&mut news);
            self.ask(wake, finder);
        }
        told
    }

    fn ask(&mut self, wake: &Waker, finder: fn() -> Finder) {
        if self.finder.is_none() {
            let mut lazy = None;
            let find =
                move |letters: BTreeSet<char>| lazy.get_or_insert_with(finder).find(&letters);
            match Latest::spawn("shoespace fonts", wake, find) {
                Ok(worker) => self.finder = Some(worker),
                Err(error) => {
                    bevy::log::error!(
                        "the system gives no thread ({error}); some letters stay boxes"
                    );
                    self.settled.extend(self.asked.iter().copied());
                    self.asked.clear();
                    return;
                }
            }
        }
        if let Some(finder) = &mut self.finder {
            finder.request(self.asked.clone());
        }
    }

    fn take_in(&mut self, ctx: &egui::Context, found: Found) -> Vec<String> {
        for letter in &found.asked {
            self.asked.remove(letter);
            self.settled.insert(*letter);
        }
        let Some(fonts) = &mut self.fonts else {
            return Vec::new();
        };
        let before = fonts.font_data.len();
        let own = own_baseline(fonts);
        for face in found.faces {
            if fonts.font_data.contains_key(&face.name) {
                continue;
            }
            let mut font = FontData::from_static(face.bytes);
            font.index = face.index;
            // A variable font begins at its thinnest.
            font.tweak = FontTweak {
                y_offset_factor: own - face.baseline,
                coords: match face.has_weights {
                    true => VariationCoords::new([(b"wght", 400.0)]),
                    false => VariationCoords::default(),
                },
                ..FontTweak::default()
            };
            fonts.font_data.insert(face.name.clone(), Arc::new(font));
            for family in [FontFamily::Proportional, FontFamily::Monospace] {
                fonts
                    .families
                    .entry(family)
                    .or_default()
                    .push(face.name.clone());
            }
        }
        if fonts.font_data.len() > before {
            ctx.set_fonts(fonts.clone());
            ctx.request_repaint();
        }
        let missing: BTreeSet<&str> = (found.missing.iter())
            .map(|c| c.script())
            .filter(|script| {
                !matches!(script, Script::Common | Script::Inherited | Script::Unknown)
            })
            .map(|script| script.full_name())
            .collect();
        let new: Vec<&str> = missing
            .into_iter()
            .filter(|&script| self.told.insert(script))
            .collect();
        new.into_iter().map(no_font).collect()
    }
}

/// What to say of a script that no font has.
fn no_font(script: &str) -> String {
    let package = match script {
        "Han" | "Hiragana" | "Katakana" | "Hangul" | "Bopomofo" => "fonts-noto-cjk",
        _ => "fonts-noto-core",
    };
    let script = script.replace('_', " ");
    format!(
        "No font of this system has all {script} letters that stand here, and boxes are shown instead; install one (on \
         Debian and Ubuntu the package {package} has it) and start the program again"
    )
}

/// Every letter that the panels' own fonts have.
fn letters_of(fonts: &FontDefinitions) -> Vec<char> {
    let names = fonts.families.get(&FontFamily::Proportional);
    let data = names
        .into_iter()
        .flatten()
        .filter_map(|name| fonts.font_data.get(name));
    data.flat_map(|data| find::letters(&data.font, data.index))
        .collect()
}

/// The base line of the panels' own font.
fn own_baseline(fonts: &FontDefinitions) -> f32 {
    let names = fonts.families.get(&FontFamily::Proportional);
    let first = names.and_then(|names| fonts.font_data.get(names.first()?));
    first.map_or(0.0, |data| find::baseline(&data.font, data.index))
}

/// Whether a letter leaves a mark on the screen.
fn is_seen(c: char) -> bool {
    !c.is_whitespace()
        && !c.is_control()
        && !matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e01ef}')
}

/// Where the panels draw: every area, and the layers behind them.
fn layers(ctx: &egui::Context) -> Vec<LayerId> {
    let mut layers: Vec<LayerId> = ctx.memory(|memory| memory.layer_ids().collect());
    layers.extend([LayerId::background(), super::cursor_overlay::layer()]);
    layers.sort_by_key(|layer| (layer.order, layer.id.value()));
    layers.dedup();
    layers
}

fn each_galley(ctx: &egui::Context, see: &mut dyn FnMut(&Arc<Galley>)) {
    fn look(shape: &Shape, see: &mut dyn FnMut(&Arc<Galley>)) {
        match shape {
            Shape::Text(text) => see(&text.galley),
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| look(shape, see)),
            _ => {}
        }
    }
    let layers = layers(ctx);
    ctx.graphics(|graphics| {
        for list in layers.iter().filter_map(|&layer| graphics.get(layer)) {
            list.all_entries().for_each(|entry| look(&entry.shape, see));
        }
    });
}

/// Lays every text anew that holds letters of a script that runs from right to left.
fn put_in_order(ctx: &egui::Context) {
    let mut texts: Vec<Arc<Galley>> = Vec::new();
    each_galley(ctx, &mut |galley| {
        if order::runs_from_right(&galley.job.text) {
            texts.push(galley.clone());
        }
    });
    if texts.is_empty() {
        return;
    }
    let laid: HashMap<*const Galley, Arc<Galley>> = ctx.fonts_mut(|fonts| {
        let anew = texts
            .iter()
            .map(|text| (Arc::as_ptr(text), relay::relaid(fonts, text)));
        anew.collect()
    });
    fn replace(shape: &mut Shape, laid: &HashMap<*const Galley, Arc<Galley>>) {
        match shape {
            Shape::Text(text) => {
                if let Some(galley) = laid.get(&Arc::as_ptr(&text.galley)) {
                    text.galley = galley.clone();
                }
            }
            Shape::Vec(shapes) => shapes.iter_mut().for_each(|shape| replace(shape, laid)),
            _ => {}
        }
    }
    let layers = layers(ctx);
    ctx.graphics_mut(|graphics| {
        for layer in layers {
            let Some(list) = graphics.get_mut(layer) else {
                continue;
            };
            for at in 0..list.next_idx().0 {
                list.mutate_shape(ShapeIdx(at), |entry| replace(&mut entry.shape, &laid));
            }
        }
    });
}

#[cfg(test)]
mod tests;
