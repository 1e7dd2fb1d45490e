//! Select, mark, like, dislike, back and forward, random: every request that changes what is selected.

use crate::explorer::messages::{
    Action, CatalogueOpened, MarkRequest, PlaceRequest, RateRequest, RecommendRequest,
    SelectRequest, Selected,
};
use crate::explorer::schedule::ExplorerSet;
use crate::explorer::state::{OpenCatalogue, Placed, Screen, Selection, Shown};
use crate::workspace::Item;
use bevy::prelude::*;
use rand::RngExt as _;

/// So many steps back are kept.
const HISTORY: usize = 200;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(
        Update,
        (forget, place, select, rate, mark, actions)
            .chain()
            .in_set(ExplorerSet::Apply),
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
    mut opened: MessageReader<CatalogueOpened>,
    mut selection: ResMut<Selection>,
    mut placed: ResMut<Placed>,
    mut shown: ResMut<Shown>,
    mut selected: MessageWriter<Selected>,
) {
    if opened.read().count() > 0 {
        *selection = Selection::default();
        placed.0.clear();
        *shown = Shown::default();
        selected.write(Selected(None));
    }
}

fn place(
    mut requests: MessageReader<PlaceRequest>,
    mut placed: ResMut<Placed>,
    mut selection: ResMut<Selection>,
) {
    for PlaceRequest { item, present } in requests.read() {
        placed.0.retain(|other| other != item);
        if *present {
            placed.0.push(item.clone());
            if placed.0.len() > crate::explorer::scene::cloud::PLACED {
                placed.0.remove(0);
            }
        } else {
            selection.rate(item, None);
            if selection.current.as_ref() == Some(item) {
                selection.current = None;
            }
            selection.back.retain(|other| other != item);
            selection.forward.retain(|other| other != item);
        }
    }
}

fn select(
    mut requests: MessageReader<SelectRequest>,
    open: Res<OpenCatalogue>,
    mut selection: ResMut<Selection>,
    mut selected: MessageWriter<Selected>,
) {
    for SelectRequest(wanted) in requests.read() {
        if let Some(Item::Row(row)) = wanted
            && *row >= open.len()
        {
            continue;
        }
        if selection.current != *wanted {
            selection.go(wanted.clone());
            selected.write(Selected(wanted.clone()));
        }
    }
}

fn rate(
    mut requests: MessageReader<RateRequest>,
    mut selection: ResMut<Selection>,
    mut recommend: MessageWriter<RecommendRequest>,
) {
    for request in requests.read() {
        selection.rate(&request.item, request.like);
        recommend.write(RecommendRequest);
    }
}

fn mark(mut requests: MessageReader<MarkRequest>, mut selection: ResMut<Selection>) {
    for request in requests.read() {
        if request.on {
            selection.marked.insert(request.row);
        } else {
            selection.marked.remove(&request.row);
        }
    }
}

fn actions(
    mut actions: MessageReader<Action>,
    open: Res<OpenCatalogue>,
    shown: Res<Shown>,
    mut screen: ResMut<Screen>,
    mut selection: ResMut<Selection>,
    mut selected: MessageWriter<Selected>,
    mut recommend: MessageWriter<RecommendRequest>,
) {
    for action in actions.read() {
        match action {
            Action::Random => {
                if let Some(row) = any_shown(&open, &shown) {
                    selection.go(Some(Item::Row(row)));
                    selected.write(Selected(selection.current.clone()));
                }
            }
            Action::Back => {
                if selection.go_back() {
                    selected.write(Selected(selection.current.clone()));
                }
            }
            Action::Forward => {
                if selection.go_forward() {
                    selected.write(Selected(selection.current.clone()));
                }
            }
            Action::Grid => screen.grid ^= true,
            Action::Help => screen.help ^= true,
            Action::Panels => screen.panels ^= true,
            Action::Like | Action::Dislike => {
                let wanted = *action == Action::Like;
                if let Some(item) = selection.current.clone() {
                    let same = selection.rating(&item) == Some(wanted);
                    selection.rate(&item, (!same).then_some(wanted));
                    recommend.write(RecommendRequest);
                }
            }
            Action::ClearMarks => selection.marked.clear(),
            Action::ClearRatings => {
                selection.likes.clear();
                selection.dislikes.clear();
                recommend.write(RecommendRequest);
            }
            // The panels close their own windows.
            Action::Escape if screen.window => {}
            Action::Escape => {
                if screen.help {
                    screen.help = false;
                } else if screen.grid {
                    screen.grid = false;
                } else if !selection.marked.is_empty() {
                    selection.marked.clear();
                } else if selection.current.is_some() {
                    selection.go(None);
                    selected.write(Selected(None));
                }
            }
            Action::Home | Action::Focus | Action::Picture | Action::Open | Action::Search => {}
        }
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
