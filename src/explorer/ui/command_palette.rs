//! Everything by its name: a field, and what fits the words in it.

use super::theme;
use crate::explorer::command::actions::ACTIONS;
use crate::explorer::command::{Command, Flight, View};
use crate::explorer::settings::ExplorerSettings;
use crate::explorer::state::Selection;
use crate::workspace::colouring::ColourBy;
use crate::workspace::facets::{FacetModel, Offer};
use crate::workspace::layouts::SceneLayout;
use crate::workspace::regions::Region;
use crate::workspace::titles;
use bevy_egui::egui::{self, Align2, Key, Modifiers, RichText, ScrollArea, Ui, Vec2};
use std::path::PathBuf;

/// So many are listed.
const LISTED: usize = 60;
/// So many words of a column can be chosen here, the commonest.
const MOST_WORDS: usize = 60;

/// What the window remembers.
#[derive(Debug, Default)]
pub struct CommandPalette {
    words: String,
    /// Which line is chosen.
    at: usize,
    is_open: bool,
}

/// What there is to choose from.
pub struct PaletteView<'a> {
    /// What is selected.
    pub selection: &'a Selection,
    /// The columns of the open catalogue.
    pub model: &'a FacetModel,
    /// Its regions.
    pub regions: &'a [Region],
    /// Remembered views.
    pub views: &'a [(String, View)],
    /// Catalogues opened lately.
    pub recent: &'a [PathBuf],
    /// The names of the panels' tabs.
    pub tabs: &'a [&'static str],
    /// Whether a catalogue is open.
    pub is_open: bool,
}

/// What choosing a line does.
#[derive(Debug, Clone)]
enum Does {
    /// Asks for this.
    Asks(Command),
    /// Turns a setting on or off.
    Turns(fn(&mut ExplorerSettings)),
}

/// One line of the list.
#[derive(Debug, Clone)]
struct Line {
    name: String,
    key: &'static str,
    does: Does,
}

fn line(name: impl Into<String>, command: Command) -> Line {
    Line {
        name: name.into(),
        key: "",
        does: Does::Asks(command),
    }
}

/// Everything that can be done now.
fn lines(view: &PaletteView<'_>) -> Vec<Line> {
    let known = ACTIONS.iter().filter_map(|action| {
        Some(Line {
            name: action.name.to_owned(),
            key: action.key,
            does: Does::Asks((action.command)(view.selection)?),
        })
    });
    let mut all: Vec<Line> = known.collect();
    if view.is_open {
        let layouts = [
            ("Lay out by components", SceneLayout::FIRST),
            ("Lay out by neighbourhoods", SceneLayout::Neighbourhoods),
        ];
        all.extend(layouts.map(|(name, layout)| line(name, Command::LayOut(layout))));
        all.push(line("Colour: none", Command::ColourBy(ColourBy::Nothing)));
        let columns = view.model.columns.iter();
        let coloured =
            columns.filter(|c| matches!(c.offer, Offer::Words(_) | Offer::Numbers { .. }));
        all.extend(coloured.map(|column| {
            let name = titles::column_label(&column.name).to_lowercase();
            let by = ColourBy::Column(column.name.clone());
            line(format!("Colour by {name}"), Command::ColourBy(by))
        }));
        all.extend(view.model.columns.iter().flat_map(|column| {
            let words: &[String] = match &column.offer {
                Offer::Words(words) => words,
                _ => &[],
            };
            let told = words
                .iter()
                .filter(|word| !word.is_empty())
                .take(MOST_WORDS);
            told.map(|word| {
                let label = titles::column_label(&column.name).to_lowercase();
                let only = Command::Only(column.name.clone(), word.clone());
                line(format!("Show only {label}: {word}"), only)
            })
        }));
        let named = view.regions.iter().filter(|region| !region.name.is_empty());
        all.extend(named.map(|region| {
            let flight = Flight::Around(region.centre.into(), region.reach);
            line(format!("Fly to {}", region.name), Command::Fly(flight))
        }));
        all.extend(
            view.views
                .iter()
                .map(|(name, view)| line(format!("See {name}"), Command::Fly(Flight::View(*view)))),
        );
    }
    let tabs = view.tabs.iter();
    all.extend(tabs.map(|name| line(format!("Tab: {name}"), Command::ShowTab(name))));
    all.extend(view.recent.iter().map(|path| {
        let name = format!("Open {}", titles::file_name_among(path, view.recent));
        line(name, Command::Open(vec![path.clone()]))
    }));
    let settings: [(&str, fn(&mut ExplorerSettings)); 7] = [
        ("Light or dark", |s| s.light ^= true),
        ("Axes in the corner, on or off", |s| s.axes ^= true),
        ("Names of regions, on or off", |s| s.names ^= true),
        ("Floor under the cloud, on or off", |s| s.floor ^= true),
        ("Lines to the recommendations, on or off", |s| {
            s.lines ^= true
        }),
        ("Moving without animation, on or off", |s| s.calm ^= true),
        ("Times of frames and designs, on or off", |s| {
            s.timings ^= true
        }),
    ];
    all.extend(settings.map(|(name, turn)| Line {
        name: name.to_owned(),
        key: "",
        does: Does::Turns(turn),
    }));
    all
}

/// The lines in which every word is found, those that begin with the words first.
fn fitting(all: Vec<Line>, words: &str) -> Vec<Line> {
    let words = words.trim().to_lowercase();
    let mut fits: Vec<(usize, Line)> = (all.into_iter())
        .filter_map(|line| {
            let name = line.name.to_lowercase();
            let fits = words.split_whitespace().all(|word| name.contains(word));
            let rank = match name.find(&words) {
                Some(0) => 0,
                Some(_) => 1,
                None => 2,
            };
            fits.then_some((rank, line))
        })
        .collect();
    fits.sort_by_key(|(rank, _)| *rank);
    fits.into_iter().map(|(_, line)| line).collect()
}

/// The window; whether it is still open.
pub fn palette_window(
    ctx: &egui::Context,
    palette: &mut CommandPalette,
    view: &PaletteView<'_>,
    settings: &mut ExplorerSettings,
    commands: &mut Vec<Command>,
) -> bool {
    let screen = ctx.viewport_rect();
    let mut stays = true;
    let area = egui::Area::new(egui::Id::new("command palette"))
        .order(egui::Order::Foreground)
        .pivot(Align2::CENTER_TOP)
        .fixed_pos(screen.center_top() + Vec2::new(0.0, 0.12 * screen.height()));
    let shown = area.show(ctx, |ui| {
        egui::Frame::window(ui.style()).show(ui, |ui| {
            ui.set_width((screen.width() - 60.0).min(480.0));
            stays = palette_ui(ui, palette, view, 0.5 * screen.height(), settings, commands);
        });
    });
    stays &= !shown.response.clicked_elsewhere();
    palette.is_open = stays;
    stays
}

/// The field and the list; whether nothing was chosen yet.
pub fn palette_ui(
    ui: &mut Ui,
    palette: &mut CommandPalette,
    view: &PaletteView<'_>,
    height: f32,
    settings: &mut ExplorerSettings,
    commands: &mut Vec<Command>,
) -> bool {
    if !palette.is_open {
        (palette.words, palette.at) = (String::new(), 0);
    }
    let pressed = |ui: &Ui, key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
    if pressed(ui, Key::Escape) {
        return false;
    }
    let (down, up) = (pressed(ui, Key::ArrowDown), pressed(ui, Key::ArrowUp));
    let entered = pressed(ui, Key::Enter);
    let width = ui.available_width();
    let hint = "What would you like to do?";
    let field = ui.add(super::widgets::text_field(&mut palette.words, hint, width));
    field.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::TextEdit, true, "Command"));
    field.request_focus();
    if field.changed() {
        palette.at = 0;
    }
    let fits = fitting(lines(view), &palette.words);
    let last = fits.len().min(LISTED).saturating_sub(1);
    palette.at = (palette.at + usize::from(down))
        .saturating_sub(usize::from(up))
        .min(last);
    let mut chosen = fits.get(palette.at).filter(|_| entered).cloned();
    if fits.is_empty() {
        theme::caption(ui, "Nothing is called so");
    }
    ScrollArea::vertical().max_height(height).show(ui, |ui| {
        for (i, line) in fits.iter().take(LISTED).enumerate() {
            let is_on = i == palette.at;
            let shown = line_ui(ui, line, is_on);
            if is_on && (down || up) {
                shown.scroll_to_me(None);
            }
            if shown.clicked() {
                chosen = Some(line.clone());
            }
        }
    });
    match chosen {
        Some(line) => {
            match line.does {
                Does::Asks(command) => commands.push(command),
                Does::Turns(turn) => turn(settings),
            }
            false
        }
        None => true,
    }
}

fn line_ui(ui: &mut Ui, line: &Line, is_on: bool) -> egui::Response {
    let weak = theme::palette(ui).weak;
    let width = ui.available_width();
    let key = RichText::new(line.key).small().color(weak);
    let button = egui::Button::selectable(is_on, line.name.as_str())
        .right_text(key)
        .min_size(Vec2::new(width, 24.0));
    ui.add(button)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view<'a>(selection: &'a Selection, model: &'a FacetModel) -> PaletteView<'a> {
        PaletteView {
            selection,
            model,
            regions: &[],
            views: &[],
            recent: &[],
            tabs: &["Steer"],
            is_open: true,
        }
    }

    #[test]
    fn words_find_what_they_name_in_any_order() {
        let (selection, model) = (Selection::default(), FacetModel::empty());
        let all = || lines(&view(&selection, &model));
        let first = |words: &str| fitting(all(), words).first().map(|line| line.name.clone());
        assert_eq!(first("home").as_deref(), Some("Home: the whole cloud"));
        assert_eq!(
            first("neigh lay").as_deref(),
            Some("Lay out by neighbourhoods")
        );
        assert_eq!(first("SETT").as_deref(), Some("Settings"));
        assert_eq!(first("steer").as_deref(), Some("Tab: Steer"));
        assert_eq!(first("no such thing"), None);
        assert_eq!(fitting(all(), "").len(), all().len());
    }
}
