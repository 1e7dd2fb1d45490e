//! Select, mark, like, dislike, back and forward, random: every request that changes what is selected.

use crate::design::history::History;
use crate::explorer::command::Command;
use crate::explorer::facts::Selected;
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::state::{OpenCatalogue, Past, Placed, Screen, Selection, Shown};
use crate::workspace::{Generation, Item};
use bevy::prelude::*;
use rand::RngExt as _;
use std::sync::Arc;

/// So many steps back are kept.
const HISTORY: usize = 200;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        Update,
        (forget, carry_out).chain().in_set(ExplorerSet::Apply),
    );
}

impl Selection {
    /// Looks at something else; what was looked at before can be gone back to.
    fn go(&mut self, to: Option<Item>) {
        if self.current == to {
            return;
        }
        if let Some(before) = std::mem::replace(&mut self.current, to) {
            self.back.push(before);
            if self.back.len() > HISTORY {
                self.back.remove(0);
            }
        }
        self.forward.clear();
    }

    fn go_back(&mut self) -> bool {
        let Some(before) = self.back.pop() else {
            return false;
        };
        self.forward.extend(self.current.replace(before));
        true
    }

    fn go_forward(&mut self) -> bool {
        let Some(next) = self.forward.pop() else {
            return false;
        };
        self.back.extend(self.current.replace(next));
        true
    }

    /// Likes (`Some(true)`), dislikes (`Some(false)`) or neither.
    fn rate(&mut self, item: &Item, like: Option<bool>) {
        self.likes.retain(|other| other != item);
        self.dislikes.retain(|other| other != item);
        match like {
            Some(true) => self.likes.push(item.clone()),
            Some(false) => self.dislikes.push(item.clone()),
            None => {}
        }
    }

    /// Likes or dislikes what is looked at, or takes that back.
    fn rate_current(&mut self, like: bool) {
        if let Some(item) = self.current.clone() {
            let same = self.rating(&item) == Some(like);
            self.rate(&item, (!same).then_some(like));
        }
    }

    /// What comes back when a change from here is undone.
    fn as_past(&self) -> Past {
        // Many marks are not copied for every like.
        let before = self.past.peek().map(|past| &past.marked);
        let marked = before.filter(|marked| ***marked == self.marked).cloned();
        Past {
            current: self.current.clone(),
            group: self.group.clone(),
            marked: marked.unwrap_or_else(|| Arc::new(self.marked.clone())),
            likes: self.likes.clone(),
            dislikes: self.dislikes.clone(),
        }
    }

    /// It is not there any more.
    fn forget(&mut self, item: &Item) {
        self.rate(item, None);
        if self.current.as_ref() == Some(item) {
            self.current = None;
        }
        self.back.retain(|other| other != item);
        self.forward.retain(|other| other != item);
    }

    /// How an item is judged.
    pub fn rating(&self, item: &Item) -> Option<bool> {
        if self.likes.contains(item) {
            Some(true)
        } else if self.dislikes.contains(item) {
            Some(false)
        } else {
            None
        }
    }
}

/// Another catalogue: rows mean other shoes now.
fn forget(
    open: Res<OpenCatalogue>,
    mut seen: Local<Generation>,
    mut selection: ResMut<Selection>,
    mut placed: ResMut<Placed>,
    mut shown: ResMut<Shown>,
    mut selected: MessageWriter<Selected>,
) {
    if open.generation.is_news_to(&mut seen) {
        *selection = Selection::default();
        placed.0.clear();
        *shown = Shown::default();
        selected.write(Selected(None));
    }
}

/// Carries out, in turn, what is asked of the selection and of what the screen shows beside the scene.
fn carry_out(
    mut commands: MessageReader<Command>,
    open: Res<OpenCatalogue>,
    shown: Res<Shown>,
    mut screen: ResMut<Screen>,
    mut placed: ResMut<Placed>,
    mut selection: ResMut<Selection>,
    mut selected: MessageWriter<Selected>,
) {
    for command in commands.read() {
        let before = (command.changes_selection()).then(|| selection.as_past());
        let moved = match command {
            Command::Undo => step(&mut selection, &placed, false),
            Command::Redo => step(&mut selection, &placed, true),
            Command::BeginHere => {
                selection.past = History::default();
                false
            }
            Command::Select(wanted) => select(&mut selection, wanted.clone(), open.len()),
            Command::Visit(row) => select(&mut selection, Some(Item::Row(*row)), open.len()),
            Command::Random => {
                let row = any_shown(&open, &shown);
                row.is_some_and(|row| {
                    selection.go(Some(Item::Row(row)));
                    true
                })
            }
            Command::Back => selection.go_back(),
            Command::Forward => selection.go_forward(),
            Command::Escape => let_go(&mut selection, &mut screen),
            Command::ToggleGrid => toggle(&mut screen.grid),
            Command::ToggleHelp => toggle(&mut screen.help),
            Command::TogglePanels => toggle(&mut screen.panels),
            other => {
                change(&mut selection, &mut placed, other);
                false
            }
        };
        if let Some(before) = before
            && before != selection.as_past()
        {
            selection.past.remember(before);
        }
        if moved {
            selected.write(Selected(selection.current.clone()));
        }
    }
}

impl Command {
    /// Whether it is of the kind that is undone in the selection. Walking on from shoe to shoe is not: there is a way back.
    fn changes_selection(&self) -> bool {
        matches!(
            self,
            Self::Rate(..)
                | Self::Like
                | Self::Dislike
                | Self::ClearRatings
                | Self::Mark(..)
                | Self::MarkAll(_)
                | Self::Pick(_)
                | Self::RateAll(..)
                | Self::ClearMarks
                | Self::Escape
                | Self::Select(None)
        )
    }
}

/// Goes back to what was before the last change, or `again` to what was undone; whether another shoe is looked at then.
fn step(selection: &mut ResMut<Selection>, placed: &Placed, again: bool) -> bool {
    let now = selection.as_past();
    let then = match again {
        true => selection.past.redo(now),
        false => selection.past.undo(now),
    };
    let Ok(mut then) = then else { return false };
    // A photo or design that was taken away since does not come back.
    let is_there = |item: &Item| item.row().is_some() || placed.index_of(item).is_some();
    then.likes.retain(is_there);
    then.dislikes.retain(is_there);
    then.current = then.current.filter(is_there);
    selection.group = then.group;
    selection.likes = then.likes;
    selection.dislikes = then.dislikes;
    selection.marked = Arc::unwrap_or_clone(then.marked);
    let is_other = selection.current != then.current;
    if is_other {
        selection.go(then.current);
    }
    is_other
}

// From here on what can be changed is taken as `ResMut`, so that a command which changes nothing marks nothing as
// changed: the whole scene is laid out anew where the selection was.

/// Looks at `wanted`; whether that is another than before. A row that is not there changes nothing.
fn select(selection: &mut ResMut<Selection>, wanted: Option<Item>, rows: usize) -> bool {
    let is_there = !matches!(wanted, Some(Item::Row(row)) if row >= rows);
    let is_other = selection.current != wanted;
    if is_there && is_other {
        selection.go(wanted);
    }
    is_there && is_other
}

fn toggle(on: &mut bool) -> bool {
    *on ^= true;
    false
}

/// Lets go of one thing: help, grid, the group that was drawn around, selection. Whether the selection is another then. The panels close their own
/// windows, before anything else; what is marked and judged stays.
fn let_go(selection: &mut ResMut<Selection>, screen: &mut ResMut<Screen>) -> bool {
    if screen.window {
        return false;
    }
    if screen.help {
        screen.help = false;
    } else if screen.grid {
        screen.grid = false;
    } else if selection.group.is_some() {
        selection.group = None;
    } else if selection.current.is_some() {
        selection.go(None);
        return true;
    }
    false
}

/// What is judged, marked and placed.
fn change(selection: &mut ResMut<Selection>, placed: &mut ResMut<Placed>, command: &Command) {
    match command {
        Command::Rate(item, like) => selection.rate(item, *like),
        Command::Like => selection.rate_current(true),
        Command::Dislike => selection.rate_current(false),
        Command::ClearRatings => {
            selection.likes.clear();
            selection.dislikes.clear();
        }
        Command::Mark(row, true) => drop(selection.marked.insert(*row)),
        Command::Mark(row, false) => drop(selection.marked.remove(row)),
        Command::Pick(rows) => selection.group = Some(rows.clone()).filter(|rows| !rows.is_empty()),
        Command::RateAll(rows, like) => {
            for &row in rows.iter() {
                selection.rate(&Item::Row(row as usize), Some(*like));
            }
        }
        Command::MarkAll(rows) => {
            let rows = rows.iter().map(|&row| row as usize);
            selection.marked.extend(rows);
        }
        Command::ClearMarks => selection.marked.clear(),
        Command::Place(item, present) => {
            placed.0.retain(|other| other != item);
            if *present {
                placed.0.push(item.clone());
                if placed.0.len() > crate::explorer::scene::cloud::PLACED {
                    placed.0.remove(0);
                }
            } else {
                selection.forget(item);
            }
        }
        _ => {}
    }
}

/// Any shoe that passes the filter.
fn any_shown(open: &OpenCatalogue, shown: &Shown) -> Option<usize> {
    let count = open.len();
    if count == 0 {
        return None;
    }
    let start = rand::rng().random_range(0..count);
    match &shown.mask {
        None => Some(start),
        Some(mask) => {
            let passing: Vec<usize> = (0..count.min(mask.len())).filter(|&r| mask[r]).collect();
            passing.get(start % passing.len().max(1)).copied()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explorer::command::CursorCommand;

    fn app() -> App {
        let mut app = App::new();
        app.add_message::<Command>()
            .add_message::<Selected>()
            .init_resource::<OpenCatalogue>()
            .init_resource::<Shown>()
            .init_resource::<Screen>()
            .init_resource::<Placed>()
            .init_resource::<Selection>()
            .add_systems(Update, carry_out);
        app
    }

    #[test]
    fn back_and_forward_are_what_people_expect() {
        let mut selection = Selection::default();
        for row in [1, 2, 2, 3] {
            selection.go(Some(Item::Row(row)));
        }
        assert_eq!(selection.back.len(), 2);
        assert!(selection.go_back() && selection.go_back());
        assert_eq!(selection.row(), Some(1));
        assert!(!selection.go_back());
        assert!(selection.go_forward());
        assert_eq!(selection.row(), Some(2));
        selection.go(Some(Item::Row(9)));
        assert!(!selection.go_forward(), "a new way forgets the old one");
    }

    #[test]
    fn escape_destroys_nothing_and_what_was_done_is_undone() {
        let mut app = app();
        let ask = |app: &mut App, command: Command| {
            app.world_mut().write_message(command);
            app.update();
        };
        let is = |app: &App| {
            let it = app.world().resource::<Selection>();
            (it.marked.len(), it.likes.len(), it.group.is_some())
        };
        ask(&mut app, Command::MarkAll(Arc::new(vec![1, 2])));
        ask(&mut app, Command::BeginHere);
        ask(&mut app, Command::Rate(Item::Row(1), Some(true)));
        ask(&mut app, Command::Pick(Arc::new(vec![5, 6, 7])));
        ask(&mut app, Command::Mark(3, true));
        assert_eq!(is(&app), (3, 1, true));
        ask(&mut app, Command::Escape);
        ask(&mut app, Command::Escape);
        assert_eq!(is(&app), (3, 1, false));
        for wanted in [(3, 1, true), (2, 1, true), (2, 1, false), (2, 0, false)] {
            ask(&mut app, Command::Undo);
            assert_eq!(is(&app), wanted);
        }
        // What was put back from the session before is not undone.
        ask(&mut app, Command::Undo);
        assert_eq!(is(&app), (2, 0, false));
        for wanted in [(2, 1, false), (2, 1, true), (3, 1, true)] {
            ask(&mut app, Command::Redo);
            assert_eq!(is(&app), wanted);
        }
        ask(&mut app, Command::RateAll(Arc::new(vec![5, 6]), false));
        assert_eq!(app.world().resource::<Selection>().dislikes.len(), 2);
    }

    #[test]
    fn a_command_for_others_leaves_selection_and_placed_unchanged() {
        let mut app = app();
        let ask = |app: &mut App, command: Command| {
            app.world_mut().write_message(command);
            app.update();
            let world = app.world();
            (
                world.resource_ref::<Selection>().last_changed(),
                world.resource_ref::<Placed>().last_changed(),
            )
        };
        let before = ask(&mut app, Command::ToggleHelp);
        let drag = CursorCommand::Place {
            at: [0.1; 3],
            on: None,
        };
        let row_that_is_not_there = Command::select_row(7);
        for command in [Command::Cursor(drag), row_that_is_not_there] {
            assert_eq!(ask(&mut app, command), before);
        }
        let marked = ask(&mut app, Command::Mark(3, true));
        assert!(marked.0 != before.0 && marked.1 == before.1);
    }

    #[test]
    fn a_shoe_is_liked_or_disliked_never_both() {
        let mut selection = Selection::default();
        let shoe = Item::Row(4);
        selection.rate(&shoe, Some(true));
        selection.rate(&shoe, Some(false));
        assert_eq!(selection.rating(&shoe), Some(false));
        assert!(selection.likes.is_empty());
        selection.rate(&shoe, None);
        assert_eq!(selection.rating(&shoe), None);
    }
}
