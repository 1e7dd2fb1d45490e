use super::*;
use egui::{Label, RichText, TextWrapMode};

/// What is written on the screen by `draw`, line by line as egui was given it; an area shows nothing in its first frame.
fn written(ctx: &egui::Context, draw: impl Fn(&mut egui::Ui)) -> Vec<String> {
    let frame = || {
        ctx.run_ui(egui::RawInput::default(), |ui| {
            draw(ui);
            put_in_order(ui.ctx());
        })
    };
    let _ = frame();
    let output = frame();
    let mut lines = Vec::new();
    let mut see = |shape: &Shape| {
        if let Shape::Text(text) = shape {
            lines.extend(text.galley.job.text.split('\n').map(str::to_owned));
        }
    };
    output.shapes.iter().for_each(|shape| see(&shape.shape));
    lines
}

#[test]
fn labels_in_any_area_are_put_in_order_and_others_left_alone() {
    let ctx = egui::Context::default();
    let lines = written(&ctx, |ui| {
        ui.label("plain");
        ui.label("נעל שחורה");
        ui.label(RichText::new("brand: حذاء أحمر").strong());
        egui::Area::new(egui::Id::new("window")).show(ui.ctx(), |ui| ui.label("שלום (עולם)"));
        let painter = ui
            .ctx()
            .layer_painter(super::super::cursor_overlay::layer());
        let font = egui::FontId::default();
        painter.text(
            egui::Pos2::ZERO,
            egui::Align2::LEFT_TOP,
            "א ב",
            font,
            egui::Color32::RED,
        );
    });
    for wanted in [
        "plain",
        "שחורה נעל",
        "brand: أحمر حذاء",
        "(עולם) שלום",
        "ב א",
    ] {
        assert!(
            lines.iter().any(|line| line == wanted),
            "{wanted}: {lines:?}"
        );
    }
}

#[test]
fn lines_are_broken_and_cut_short_in_the_order_of_reading() {
    let ctx = egui::Context::default();
    let words: Vec<String> = (b'a'..=b'l')
        .map(|n| {
            char::from_u32(0x5d0 + u32::from(n - b'a'))
                .unwrap()
                .to_string()
                .repeat(6)
        })
        .collect();
    let text = words.join(" ");
    let in_width = |wrap: TextWrapMode| {
        written(&ctx, |ui| {
            ui.set_width(160.0);
            ui.add(Label::new(&text).wrap_mode(wrap));
        })
    };
    let lines = in_width(TextWrapMode::Wrap);
    assert!(lines.len() > 1, "{lines:?}");
    // Line by line, each from its right end: the words as they were.
    let read: Vec<String> = (lines.iter())
        .flat_map(|line| line.split_whitespace().rev().map(str::to_owned))
        .collect();
    assert_eq!(read, words);

    let lines = in_width(TextWrapMode::Truncate);
    let [line] = &lines[..] else {
        panic!("{lines:?}");
    };
    assert!(line.starts_with('…') && line.ends_with(&words[0]), "{line}");
    assert!(!line.contains(&words[11]), "{line}");

    // A word wider than the line, in a width that takes no letter: it ends all the same.
    let long = "א".repeat(200);
    for width in [1.0, 30.0] {
        let lines = written(&ctx, |ui| {
            ui.set_width(width);
            ui.add(Label::new(&long).wrap());
        });
        assert_eq!(lines.concat().chars().filter(|c| *c == 'א').count(), 200);
    }
}

#[test]
fn a_text_in_order_takes_the_space_that_egui_gave_it() {
    let ctx = egui::Context::default();
    let mut sizes = Vec::new();
    let _ = ctx.run_ui(egui::RawInput::default(), |ui| {
        for text in ["נעל שחורה (42)", "a נעל\nב ג", "Nike نعل، 42"] {
            let galley = egui::WidgetText::from(text).into_galley(
                ui,
                None,
                f32::INFINITY,
                egui::TextStyle::Body,
            );
            let anew = ui.ctx().fonts_mut(|fonts| relay::relaid(fonts, &galley));
            sizes.push((galley.size(), anew.size()));
        }
    });
    for (before, after) in sizes {
        assert!((before - after).abs().max_elem() < 2.0, "{before} {after}");
    }
}

/// A finder that has egui's own Hack alone, which has Armenian.
fn hack() -> Finder {
    let folder = tempfile::tempdir().unwrap().keep();
    let hack = FontDefinitions::default().font_data["Hack"].clone();
    std::fs::write(folder.join("hack.ttf"), &hack.font).unwrap();
    let mut fonts = fontdb::Database::new();
    fonts.load_fonts_dir(&folder);
    Finder::new(fonts, None)
}

#[test]
fn fonts_come_when_a_letter_needs_them_and_a_script_without_one_is_told_once() {
    let ctx = egui::Context::default();
    let mut scripts = Scripts::default();
    let mut frame = |text: &str| {
        let mut told = Vec::new();
        let _ = ctx.run_ui(egui::RawInput::default(), |ui| {
            ui.label(text);
            told = scripts.look_through(ui.ctx(), &Waker::default(), hack);
        });
        let count = scripts
            .fonts
            .as_ref()
            .map_or(0, |fonts| fonts.font_data.len());
        (told, scripts.asked.len(), count, scripts.finder.is_some())
    };
    let (_, pending, own, looks) = frame("Nike café Красный ≥ ★");
    assert!(!looks && pending == 0, "no letter needs a font");
    let settle = |frame: &mut dyn FnMut(&str) -> (Vec<String>, usize, usize, bool), text: &str| {
        let began = std::time::Instant::now();
        loop {
            let (told, pending, count, _) = frame(text);
            if pending == 0 {
                return (told, count);
            }
            assert!(began.elapsed().as_secs() < 60);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    };
    let (told, fonts) = settle(&mut frame, "Կոշիկ");
    assert!(told.is_empty());
    assert_eq!(fonts, own + 1);
    // The font is there from the next frame on.
    frame("Կոշիկ");
    let font = egui::FontId::default();
    let has = ctx.fonts_mut(|fonts| fonts.has_glyphs(&font, "Կոշիկ"));
    assert!(has);

    let (told, fonts) = settle(&mut frame, "जूता");
    assert_eq!(fonts, own + 1);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("Devanagari") && told[0].contains("fonts-noto-core"));
    let (told, _) = settle(&mut frame, "काला जूता 红");
    assert!(
        told.len() == 1 && told[0].contains("fonts-noto-cjk"),
        "{told:?}"
    );
}
