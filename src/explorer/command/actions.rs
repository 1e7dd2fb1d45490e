//! What has a name: the one list behind the keys' window and the window that does anything by its name.

use super::{Choose, Command, CursorCommand, Ghostly, Popup};
use crate::explorer::state::Selection;
use crate::workspace::Item;
use Group::{Design, Fly, Program, Shoes};

/// Something that can be done by its name.
pub struct Action {
    /// What it belongs to.
    pub group: Group,
    /// What it does, in a few words.
    pub name: &'static str,
    /// Its key; empty where it has none.
    pub key: &'static str,
    /// What is asked for; none where there is nothing to do it with.
    pub command: fn(&Selection) -> Option<Command>,
}

/// Groups of actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Where the eye is.
    Fly,
    /// Selecting and judging.
    Shoes,
    /// The latent cursor.
    Design,
    /// Everything else.
    Program,
}

impl Group {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fly => "Fly",
            Self::Shoes => "Shoes",
            Self::Design => "Design",
            Self::Program => "Program",
        }
    }
}

const fn action(
    group: Group,
    key: &'static str,
    name: &'static str,
    command: fn(&Selection) -> Option<Command>,
) -> Action {
    Action {
        group,
        name,
        key,
        command,
    }
}

/// Marks the selected shoe, or takes its mark off.
pub fn mark(selection: &Selection) -> Option<Command> {
    let row = selection.row()?;
    Some(Command::Mark(row, !selection.marked.contains(&row)))
}

fn current(selection: &Selection) -> Option<Item> {
    selection.current.clone()
}

fn cursor(command: CursorCommand) -> Option<Command> {
    Some(Command::Cursor(command))
}

/// All of them, in the order in which they are listed.
pub const ACTIONS: &[Action] = &[
    action(Fly, "F", "Fly to the selection", |_| Some(Command::Focus)),
    action(Fly, "H or Home", "Home: the whole cloud", |_| {
        Some(Command::Home)
    }),
    action(Fly, "", "See all that is found", |_| {
        Some(Command::FrameShown)
    }),
    action(Shoes, "R", "Any shoe of those that are shown", |_| {
        Some(Command::Random)
    }),
    action(Shoes, "Backspace", "Back to the shoe before", |_| {
        Some(Command::Back)
    }),
    action(Shoes, "Shift + Backspace", "Forward again", |_| {
        Some(Command::Forward)
    }),
    action(Shoes, "L", "Like", |s| current(s).map(|_| Command::Like)),
    action(Shoes, "X", "Dislike", |s| {
        current(s).map(|_| Command::Dislike)
    }),
    action(Shoes, "M", "Mark for export, or take the mark off", mark),
    action(Shoes, "G", "Pictures side by side", |_| {
        Some(Command::ToggleGrid)
    }),
    action(Shoes, "", "Forget likes and dislikes", |_| {
        Some(Command::ClearRatings)
    }),
    action(Shoes, "", "Mark none", |_| Some(Command::ClearMarks)),
    action(Shoes, "", "Find by photo…", |_| {
        Some(Command::Choose(Choose::Photo))
    }),
    action(Design, "C", "Design from the selection", |s| {
        current(s).map(Command::DesignFrom)
    }),
    action(Design, "Ctrl + S", "Save the design", |_| {
        cursor(CursorCommand::Save)
    }),
    action(Design, "", "The design, large", |_| {
        Some(Command::Show(Popup::Design, true))
    }),
    action(Design, "", "Throw the dice: other designs", |_| {
        cursor(CursorCommand::Dice)
    }),
    action(Design, "", "Find real shoes like the design", |_| {
        cursor(CursorCommand::Ask)
    }),
    action(Design, "Space", "Play the path", |_| {
        cursor(CursorCommand::Play)
    }),
    action(Design, "", "All sliders of the design back to rest", |_| {
        cursor(CursorCommand::Rest)
    }),
    action(Design, "", "Imagine what is missing here", |_| {
        Some(Command::Ghosts(Ghostly::Imagine))
    }),
    action(Design, "", "Take the cursor away", |_| {
        cursor(CursorCommand::Remove)
    }),
    action(Program, "Ctrl + K", "Do anything by its name", |_| {
        Some(Command::Show(Popup::Palette, true))
    }),
    action(Program, "Ctrl + O", "Open a catalogue or photos", |_| {
        Some(Command::Show(Popup::Open, true))
    }),
    action(
        Program,
        "",
        "Open shoes that do not exist, in colour",
        |_| Some(Command::Imagine),
    ),
    action(Program, "Ctrl + F", "Search", |_| {
        Some(Command::FocusSearch)
    }),
    action(Program, "Ctrl + Z", "Undo: designs, likes, marks", |_| {
        Some(Command::UndoAny)
    }),
    action(Program, "Ctrl + Shift + Z, Ctrl + Y", "Redo", |_| {
        Some(Command::RedoAny)
    }),
    action(Program, "P", "Panels on and off", |_| {
        Some(Command::TogglePanels)
    }),
    action(Program, "Ctrl + comma", "Settings", |_| {
        Some(Command::Show(Popup::Settings, true))
    }),
    action(Program, "F12", "Save a picture of the window", |_| {
        Some(Command::TakePicture)
    }),
    action(Program, "Escape", "Close what is open, let go", |_| {
        Some(Command::Escape)
    }),
    action(Program, "? or F1", "Keys and mouse", |_| {
        Some(Command::ToggleHelp)
    }),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_name_of_its_own_and_what_needs_a_shoe_waits_for_one() {
        let nothing = Selection::default();
        let one = Selection {
            current: Some(Item::Row(3)),
            ..Selection::default()
        };
        for (i, action) in ACTIONS.iter().enumerate() {
            assert!(ACTIONS[..i].iter().all(|other| other.name != action.name));
            assert!((action.command)(&one).is_some(), "{}", action.name);
        }
        let waiting = ACTIONS.iter().filter(|a| (a.command)(&nothing).is_none());
        assert_eq!(waiting.count(), 4);
    }
}
