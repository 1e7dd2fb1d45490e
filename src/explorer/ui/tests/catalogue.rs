//! The left panel.

use super::*;

#[test]
fn a_word_is_filtered_by_its_checkbox_and_searched_by_typing() {
    let mut harness = left_panel();
    harness.run();
    harness.get_by_label("5 shoes");
    harness.get_by_label("Sandal").click();
    harness.run();
    assert!(
        harness
            .state()
            .wishes
            .facets
            .words("kind")
            .is_some_and(|words| words.contains("Sandal"))
    );
    harness.get_by_label("2 of 5 shoes");
    harness.get_by_label("Search").focus();
    harness.run();
    harness.get_by_label("Search").type_text("00003");
    harness.run();
    assert_eq!(harness.state().wishes.search, "00003");
    harness.get_by_label("1 of 5 shoes");
    harness.get_by_label("Clear the search").click();
    harness.run();
    assert!(harness.state().wishes.search.is_empty());
}

#[test]
fn nothing_left_says_so_and_offers_to_loosen() {
    let mut harness = left_panel();
    harness.state_mut().wishes.search = "zebra".into();
    harness.run();
    harness.get_by_label("Nothing is left");
    harness.get_by_label_contains("Drop the search").click();
    harness.run();
    assert!(harness.state().wishes.shows_all());
    assert!(harness.query_by_label("Nothing is left").is_none());
}

#[test]
fn open_settings_and_axes_are_where_they_are_looked_for() {
    let mut harness = left_panel();
    harness.run();
    harness.get_by_label_contains("35.0 % of the whole variance");
    harness.get_by_label("Open…").click();
    harness.run();
    harness.get_by_label("Settings").click();
    harness.run();
    let commands = &harness.state().commands;
    assert!(
        matches!(commands[0], Command::Show(Popup::Open, true)),
        "{commands:?}"
    );
    assert!(
        matches!(commands[1], Command::Show(Popup::Settings, true)),
        "{commands:?}"
    );
}

#[test]
fn a_view_is_kept_recalled_and_forgotten() {
    let view = View {
        focus: Default::default(),
        yaw: 0.1,
        pitch: 0.2,
        distance: 3.0,
    };
    let state = (String::new(), vec![("Boots".to_owned(), view)], Vec::new());
    let mut harness = harness(230.0, state, |ui, (name, bookmarks, commands)| {
        bookmarks::bookmarks_ui(ui, name, bookmarks, commands)
    });
    harness.run();
    harness.get_by_label("Boots").click();
    harness.run();
    harness.get_by_label("Keep").click();
    harness.run();
    harness.get_by_label("Forget Boots").click();
    harness.run();
    let (_, bookmarks, commands) = harness.state();
    assert!(bookmarks.is_empty());
    assert!(
        matches!(&commands[0], Command::Fly(Flight::View(v)) if *v == view),
        "{commands:?}"
    );
    assert!(
        matches!(&commands[1], Command::KeepView(name) if name == "View 2"),
        "{commands:?}"
    );
}
