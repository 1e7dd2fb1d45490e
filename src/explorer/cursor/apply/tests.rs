//! What commands do to the latent cursor.

use super::*;
use crate::design::outline::Outline;
use crate::explorer::cursor::state::Missing;
use crate::space::cursor::Fill;

/// A cursor that can be told things, without a thread.
fn latent() -> LatentCursor {
    LatentCursor {
        status: Status::Ready,
        ..LatentCursor::default()
    }
}

fn told(latent: &mut LatentCursor, request: CursorCommand) -> Vec<Command> {
    let mut out = Vec::new();
    latent.apply(request, &mut out);
    out
}

#[test]
fn a_point_of_nan_leaves_the_cursor_where_it_was() {
    let mut latent = latent();
    assert!(
        told(
            &mut latent,
            CursorCommand::Place {
                at: [1.0, 2.0, 3.0],
                on: None
            }
        )
        .is_empty()
    );
    let out = told(&mut latent, CursorCommand::Move([f32::NAN, 0.0, 0.0]));
    assert!(
        matches!(&out[..], [Command::Notify(NoticeLevel::Error, words)] if words.contains("the point"))
    );
    assert_eq!(latent.position(), Some([1.0, 2.0, 3.0]));
    let out = told(&mut latent, CursorCommand::Truncation(f32::INFINITY));
    assert_eq!((out.len(), latent.request.design.truncation), (1, 1.0));
}

#[test]
fn what_settling_found_is_one_step_and_goes_when_something_moves() {
    let mut latent = latent();
    told(
        &mut latent,
        CursorCommand::Place {
            at: [0.0; 3],
            on: None,
        },
    );
    let unsettled = latent.request.clone();
    let found = Found {
        code: vec![1.0],
        noise: vec![0.5],
    };
    latent.keep_found(found.clone());
    assert_eq!(
        latent.request.design.settled.as_deref(),
        Some(&found),
        "kept"
    );
    told(&mut latent, CursorCommand::Undo);
    assert_eq!(latent.request, unsettled);
    told(&mut latent, CursorCommand::Redo);
    assert_eq!(latent.request.design.settled.as_deref(), Some(&found));
    told(&mut latent, CursorCommand::Move([1.0, 0.0, 0.0]));
    assert_eq!(latent.request.design.settled, None);
    told(&mut latent, CursorCommand::Settle(false));
    assert!(!latent.request.settles);
    told(&mut latent, CursorCommand::Undo);
    assert!(latent.request.settles);
}

#[test]
fn undo_and_redo_cover_everything_and_a_drag_is_one_step() {
    let mut latent = latent();
    told(
        &mut latent,
        CursorCommand::Place {
            at: [0.0; 3],
            on: Some(Item::Row(4)),
        },
    );
    let placed = latent.request.clone();
    for i in 1..50 {
        told(&mut latent, CursorCommand::Move([i as f32, 0.0, 0.0]));
    }
    told(&mut latent, CursorCommand::Fill(Fill::Mean));
    told(&mut latent, CursorCommand::Component(2, 1.5));
    told(&mut latent, CursorCommand::Lock(false));
    told(&mut latent, CursorCommand::SetEnd(0, Item::Row(3)));
    told(&mut latent, CursorCommand::SetEnd(usize::MAX, Item::Row(9)));
    let last = latent.request.clone();
    assert_eq!(last.ends, [Item::Row(3), Item::Row(9)]);
    for _ in 0..6 {
        assert!(told(&mut latent, CursorCommand::Undo).is_empty());
    }
    assert_eq!(latent.request, placed);
    told(&mut latent, CursorCommand::Undo);
    assert_eq!(latent.position(), None);
    assert_eq!(told(&mut latent, CursorCommand::Undo).len(), 1);
    for _ in 0..7 {
        told(&mut latent, CursorCommand::Redo);
    }
    assert_eq!(latent.request, last);
}

#[test]
fn ends_are_replaced_added_between_and_dropped() {
    let mut latent = latent();
    for row in [1, 2] {
        told(
            &mut latent,
            CursorCommand::SetEnd(usize::MAX, Item::Row(row)),
        );
    }
    told(&mut latent, CursorCommand::AddBetween(Item::Row(7)));
    assert_eq!(
        latent.request.ends,
        [Item::Row(1), Item::Row(7), Item::Row(2)]
    );
    told(&mut latent, CursorCommand::SetEnd(usize::MAX, Item::Row(3)));
    told(&mut latent, CursorCommand::SetEnd(0, Item::Row(0)));
    told(&mut latent, CursorCommand::DropEnd(1));
    assert_eq!(latent.request.ends, [Item::Row(0), Item::Row(3)]);
}

#[test]
fn without_a_generator_the_words_say_what_to_run() {
    let words = "train one with: shoespace train c.parquet".to_owned();
    let mut latent = LatentCursor {
        status: Status::Missing(Missing {
            words: words.clone(),
            command: None,
        }),
        ..LatentCursor::default()
    };
    let out = told(
        &mut latent,
        CursorCommand::Place {
            at: [0.0; 3],
            on: None,
        },
    );
    assert!(matches!(&out[..], [Command::Notify(NoticeLevel::Error, said)] if *said == words));
    assert_eq!(latent.position(), None);
}

/// The outline of a slope that begins so far down.
fn outline(from: u32) -> Arc<Outline> {
    let picture = image::RgbImage::from_fn(120, 120, |x, y| {
        let inside = (10..110).contains(&x) && (from - x / 4..100).contains(&y);
        image::Rgb([if inside { 0 } else { 255 }; 3])
    });
    Arc::new(Outline::of(&picture).expect("an outline"))
}

#[test]
fn a_stroke_is_one_step_and_colours_of_a_shoe_and_by_hand_replace_each_other() {
    let mut latent = latent();
    let at = [0.0; 3];
    told(&mut latent, CursorCommand::Place { at, on: None });
    let placed = latent.request.clone();
    for from in 60..80 {
        told(&mut latent, CursorCommand::Outline(Some(outline(from)), 7));
    }
    let shaped = latent.request.clone();
    told(&mut latent, CursorCommand::ColourOf(Some(Item::Row(2))));
    told(
        &mut latent,
        CursorCommand::Palette("red".parse().ok(), None),
    );
    assert!(latent.request.design.colour_of.is_none());
    told(&mut latent, CursorCommand::ColourOf(Some(Item::Row(2))));
    assert!(latent.request.design.handles.palette.is_none());
    for _ in 0..3 {
        told(&mut latent, CursorCommand::Undo);
    }
    assert_eq!(latent.request, shaped);
    told(&mut latent, CursorCommand::Undo);
    assert_eq!(latent.request, placed);
    told(&mut latent, CursorCommand::Redo);
    let on = Some(Item::Row(3));
    told(&mut latent, CursorCommand::Place { at, on });
    assert!(
        latent.request.design.handles.outline.is_none(),
        "another shoe"
    );
}

#[test]
fn there_is_nothing_to_save_play_or_ask_before_a_design() {
    let mut latent = latent();
    for request in [
        CursorCommand::Save,
        CursorCommand::Play,
        CursorCommand::Ask,
        CursorCommand::Like,
    ] {
        assert_eq!(told(&mut latent, request).len(), 1);
    }
}

#[test]
fn every_kind_of_change_is_undone_and_kinds_do_not_mix() {
    let mut latent = latent();
    let at = [1.0, 0.0, 0.0];
    told(&mut latent, CursorCommand::Place { at, on: None });
    let placed = latent.request.clone();
    let commands = [
        CursorCommand::Move([2.0, 0.0, 0.0]),
        CursorCommand::Component(0, 1.0),
        CursorCommand::Component(1, 1.0),
        CursorCommand::Rest,
        CursorCommand::Fill(Fill::Mean),
        CursorCommand::ColourOf(Some(Item::Row(2))),
        CursorCommand::Palette("red".parse().ok(), None),
        CursorCommand::Palette("blue".parse().ok(), Some(0)),
        CursorCommand::Palette("blue,navy".parse().ok(), Some(1)),
        CursorCommand::Outline(Some(outline(90)), 1),
        CursorCommand::Outline(Some(outline(60)), 2),
        CursorCommand::Outline(None, 3),
        CursorCommand::Truncation(0.5),
        CursorCommand::Lock(false),
        CursorCommand::SetEnd(0, Item::Row(3)),
        CursorCommand::AddBetween(Item::Row(4)),
        CursorCommand::DropEnd(0),
        CursorCommand::PathOptions {
            steps: 5,
            line: latent.request.line,
            spacing: latent.request.spacing,
        },
        CursorCommand::Remove,
    ];
    let count = commands.len();
    let mut states = vec![placed];
    for command in commands {
        told(&mut latent, command);
        states.push(latent.request.clone());
    }
    for step in (0..count).rev() {
        assert!(told(&mut latent, CursorCommand::Undo).is_empty());
        assert_eq!(latent.request, states[step], "step {step}");
    }
}
