//! The status line, notices, windows and the empty start.

use super::*;

#[test]
fn long_work_shows_its_progress_and_stops_by_a_click() {
    let job = Job::new();
    job.stage("Embedding", Some(10));
    job.advance(4);
    let running = vec![RunningJob {
        title: "Indexing shoes.zip".into(),
        job: job.clone(),
        is_large: false,
    }];
    let mut harness = harness(1280.0, Vec::new(), move |ui, commands| {
        let view = StatusView {
            shown: Some(12),
            total: 21_000,
            running: &running,
            times: Some(&FrameTimes {
                decode_ms: Some(3.25),
                ..FrameTimes::default()
            }),
            hover: None,
            loading: false,
        };
        status_ui(ui, &view, commands);
    });
    harness.run_steps(3);
    harness.get_by_label("12 of 21,000 shoes shown");
    harness.get_by_label("decode 3.2 ms");
    harness.get_by_label("Embedding 4 of 10");
    harness.get_by_label("Cancel").click();
    harness.run_steps(3);
    match &harness.state()[..] {
        [Command::Cancel(asked)] => asked.cancel(),
        other => panic!("{other:?}"),
    }
    assert!(job.is_cancelled());
}

#[test]
fn errors_stay_until_they_are_taken_off_and_notes_go() {
    let old = Instant::now().checked_sub(Duration::from_secs(60)).unwrap();
    let notice = |level, text: &str| Notice {
        level,
        text: text.into(),
        file: None,
        since: old,
    };
    let mut told = vec![
        notice(NoticeLevel::Info, "saved"),
        notice(NoticeLevel::Error, "no such file"),
    ];
    assert_eq!(notices::retire(&mut told), None);
    assert_eq!(told.len(), 1);
    let mut harness = harness(400.0, Vec::new(), move |ui, commands| {
        notices::notices_ui(ui, &told, commands)
    });
    harness.run();
    harness.get_by_label("no such file");
    harness.get_by_label("Take this off the screen").click();
    harness.run();
    assert!(matches!(&harness.state()[..], [Command::Dismiss(text)] if text == "no such file"));
}

#[test]
fn an_empty_start_offers_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("photos")).unwrap();
    std::fs::write(folder.path().join("mine.parquet"), "x").unwrap();
    let state = (Chooser::new(folder.path()), Vec::new());
    let embedded = PathBuf::from("/data/fashion-mnist-shoes.parquet");
    let recent = [PathBuf::from("/old/boots.parquet")];
    let mut harness = harness(520.0, state, move |ui, (chooser, commands)| {
        let view = StartView {
            recent: &recent,
            embedded: Some(&embedded),
            dialogs: false,
        };
        start_ui(ui, chooser, &view, &Waker::default(), 200.0, commands);
    });
    let began = Instant::now();
    while harness.query_by_label("mine.parquet").is_none() {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "the folder is never listed"
        );
        std::thread::sleep(Duration::from_millis(5));
        harness.run_steps(2);
    }
    for label in ["The embedded catalogue", "boots.parquet", "mine.parquet"] {
        harness.get_by_label(label).click();
        harness.run_steps(2);
    }
    let opened: Vec<_> = harness
        .state()
        .1
        .iter()
        .map(|act| match act {
            Command::Open(paths) => paths[0].file_name().unwrap().to_string_lossy().into_owned(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        opened,
        [
            "fashion-mnist-shoes.parquet",
            "boots.parquet",
            "mine.parquet"
        ]
    );
}

#[test]
fn a_folder_that_is_gone_says_so() {
    let mut harness = harness(
        520.0,
        Chooser::new(&PathBuf::from("/no/such/folder")),
        |ui, chooser| {
            chooser_ui(ui, chooser, &Waker::default(), 200.0);
        },
    );
    let began = Instant::now();
    while harness.query_by_label_contains("/no/such").is_none() {
        assert!(began.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(5));
        harness.run_steps(2);
    }
}

#[test]
fn settings_and_help_show_everything() {
    let mut settings = harness(
        420.0,
        ExplorerSettings::default(),
        settings_window::settings_ui,
    );
    settings.run();
    settings.get_by_label("Light").click();
    settings.run();
    assert!(settings.state().light);
    settings.get_by_label("Back to the defaults").click();
    settings.run();
    assert_eq!(*settings.state(), ExplorerSettings::default());
    let mut keys = harness(1180.0, String::new(), |ui, words| {
        help::help_ui(ui, words, 600.0);
    });
    keys.run();
    for key in ["Backspace", "Ctrl or Shift + click", "F12", "? or F1"] {
        keys.get_by_label(key);
    }
    keys.get_by_label("Search the keys").focus();
    keys.run();
    keys.get_by_label("Search the keys").type_text("undo");
    keys.run();
    keys.get_by_label("Ctrl + Z");
    assert!(keys.query_by_label("F12").is_none());
}
