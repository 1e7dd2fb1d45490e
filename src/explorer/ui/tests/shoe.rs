//! The right panel and the grid.

use super::*;

#[test]
fn the_shoe_shows_what_is_known_and_a_recommendation_goes_on() {
    let mut harness = right_panel(false);
    harness.run();
    harness.get_by_label("Picture of train-00000");
    harness.get_by_label("Sandal");
    harness.get_by_label("Picture of train-00003").click();
    harness.run();
    let commands = &harness.state().commands;
    assert!(
        matches!(&commands[..], [Command::Select(Some(Item::Row(3)))]),
        "{commands:?}"
    );
}

#[test]
fn likes_marks_and_walking_are_asked_for() {
    let mut harness = right_panel(false);
    harness.run();
    for label in ["👍 Like", "👎 Dislike", "✔ Mark", "Any shoe"] {
        harness.get_by_label(label).click();
        harness.run();
    }
    let commands = &harness.state().commands;
    assert!(
        matches!(commands[0], Command::Rate(Item::Row(0), Some(true))),
        "{commands:?}"
    );
    assert!(
        matches!(commands[1], Command::Rate(Item::Row(0), Some(false))),
        "{commands:?}"
    );
    assert!(
        matches!(commands[2], Command::Mark(0, true)),
        "{commands:?}"
    );
    assert!(matches!(commands[3], Command::Random), "{commands:?}");
    harness.get_by_label("Design from this").click();
    harness.run();
    let commands = &harness.state().commands;
    assert!(
        matches!(commands[4], Command::DesignFrom(Item::Row(0))),
        "{commands:?}"
    );
    // Taken back by the same button.
    harness.state_mut().selection.likes.push(Item::Row(0));
    harness.get_by_label("👍 Like").click();
    harness.run();
    assert!(matches!(
        harness.state().commands[5],
        Command::Rate(Item::Row(0), None)
    ));
}

#[test]
fn without_a_shoe_the_panel_is_the_answer() {
    let mut harness = right_panel(false);
    harness.state_mut().selection.current = None;
    harness.state_mut().recommendations = Recommendations::default();
    harness.run();
    // The whole catalogue to look through.
    for row in 0..5 {
        harness.get_by_label(&format!("Picture of train-0000{row}"));
    }
    harness.state_mut().wishes.search = "shiny sandal".into();
    harness.run();
    harness.get_by_label("2 shoes");
    harness.get_by_label("None of them has “shiny”");
    harness.get_by_label("Frame them").click();
    harness.run();
    harness.get_by_label("Mark them").click();
    harness.run();
    harness.get_by_label("Picture of train-00003").click();
    harness.run();
    let commands = &harness.state().commands;
    assert!(
        matches!(
            &commands[..],
            [
                Command::FrameShown,
                Command::MarkAll(rows),
                Command::Select(Some(Item::Row(3)))
            ] if ***rows == [0, 3]
        ),
        "{commands:?}"
    );
}

#[test]
fn the_list_says_why_and_what_it_is_kept_to() {
    let mut harness = right_panel(false);
    harness.state_mut().selection.likes = vec![Item::Row(1)];
    harness.run();
    harness.get_by_label("Like this one, and like what you like: 1 shoe");
    harness.state_mut().selection.current = None;
    harness.run();
    harness.get_by_label("Because you like: 1 shoe");
    assert!(harness.query_by_label("Only what is shown").is_none());
    harness.state_mut().wishes.search = "sandal".into();
    harness.run();
    harness.get_by_label("Alike").click();
    harness.run();
    harness.get_by_label("Only what is shown").click();
    harness.run();
    assert!(
        !harness.state().tuning.within,
        "it is on until it is switched off"
    );
    harness.state_mut().recommendations.ignored = vec!["kind".into()];
    harness.run();
    harness.get_by_label_contains("“Only the same kind” is left out");
    harness.get_by_label("Clear").click();
    harness.run();
    assert!(matches!(
        harness.state().commands[..],
        [Command::ClearRatings]
    ));
}

#[test]
fn who_searches_while_a_shoe_is_selected_sees_what_was_found() {
    let mut harness = harness(340.0, Right::default(), right_ui(false));
    harness.run();
    assert_eq!(harness.state().panel.tab, "Alike");
    harness.state_mut().wishes.search = "sandal".into();
    harness.run();
    assert_eq!(harness.state().panel.tab, "Shoes");
    // Who tunes goes on with that.
    harness.get_by_label("Tune").click();
    harness.run();
    harness.state_mut().wishes.search = "boot".into();
    harness.run();
    assert_eq!(harness.state().panel.tab, "Tune");
}

#[test]
fn every_tab_fits_and_the_toggles_reach_the_question() {
    let mut harness = right_panel(false);
    harness.state_mut().selection.likes = vec![Item::Row(1)];
    harness.state_mut().selection.dislikes = vec![Item::Row(2)];
    harness.state_mut().selection.marked = [1, 3].into();
    harness.run();
    harness.get_by_label("Disliked 1").click();
    harness.run();
    harness.get_by_label("Take train-00002 back");
    harness.get_by_label("Liked 1").click();
    harness.run();
    harness.get_by_label("Take train-00001 back").click();
    harness.run();
    harness.get_by_label("Marked 2").click();
    harness.run();
    harness.get_by_label("Export").click();
    harness.run();
    harness.get_by_label("Tune").click();
    harness.run();
    assert_eq!(
        harness.state().panel.tab,
        crate::explorer::ui::shoe::tuning::TAB.name
    );
    harness
        .get_by_label("Show shoes that look the same once")
        .click_accesskit();
    harness.run();
    let state = harness.state();
    assert!(state.tuning.fold && state.tuning.within);
    assert!(
        matches!(state.commands[0], Command::Rate(Item::Row(1), None)),
        "{:?}",
        state.commands
    );
    assert!(
        matches!(&state.commands[1], Command::ExportMarks(path) if path.ends_with("marked-shoes.csv")),
        "{:?}",
        state.commands
    );
    let table = small();
    let blocks = ["style".to_owned(), "colour".to_owned()];
    let query = state.tuning.query(None, &blocks, &table as &dyn Table);
    assert!(query.fold_duplicates);
    assert_eq!(query.k, 4, "a small catalogue has no 24 other shoes");
    assert!(
        !query.weights.blocks.contains_key("silhouette"),
        "only blocks that the catalogue has"
    );
}

#[test]
fn without_a_shoe_or_with_an_error_the_panel_says_what_to_do() {
    let mut harness = right_panel(false);
    harness.state_mut().selection.current = None;
    harness.state_mut().recommendations = Recommendations::default();
    harness.run();
    harness.get_by_label("Click a shoe, here or in the scene, to see what is like it");
    harness.get_by_label("Alike").click();
    harness.run();
    harness.get_by_label("Nothing to go by yet");
    harness.state_mut().recommendations.error = Some("nothing is left: leave a filter out".into());
    harness.run();
    harness.get_by_label("nothing is left: leave a filter out");
}

#[test]
fn the_grid_puts_the_chosen_shoe_first_and_goes_on() {
    let mut harness = right_panel(true);
    harness.run();
    let chosen = harness.get_by_label("The chosen shoe").rect();
    let first = harness.get_by_label("train-00001").rect();
    assert!(chosen.left() < first.left() && (chosen.top() - first.top()).abs() < 1.0);
    harness.get_by_label("train-00002").click();
    harness.run();
    harness.get_by_label("Kind").click();
    harness.run();
    assert!(matches!(
        harness.state().commands[0],
        Command::Select(Some(Item::Row(2)))
    ));
    assert!(harness.state().tuning.same.contains("kind"));
}

#[test]
fn likes_alone_fill_the_grid() {
    let mut harness = right_panel(true);
    harness.state_mut().selection.current = None;
    harness.run();
    assert!(harness.query_by_label("The chosen shoe").is_none());
    harness.get_by_label("train-00002").click();
    harness.run();
    assert!(matches!(
        harness.state().commands[0],
        Command::Select(Some(Item::Row(2)))
    ));
    harness.state_mut().recommendations = Recommendations::default();
    harness.run();
    // Without anything to go by, what is shown.
    harness.get_by_label("Picture of train-00004");
}
