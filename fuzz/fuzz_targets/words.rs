//! The search field: each line is typed after the one before it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shoespace::workspace::search::{SearchIndex, search};
use shoespace_fuzz::{run, small, told};

fuzz_target!(|data: &[u8]| run(|| {
    let (catalog, _) = small();
    let text = String::from_utf8_lossy(data);
    let mut index = SearchIndex::new(&*catalog);
    for line in text.lines().take(8) {
        let typed = index.find(line);
        let fresh = SearchIndex::new(&*catalog).find(line);
        assert_eq!(
            typed, fresh,
            "what was typed before changes what is found by {line:?}"
        );
        match search(&*catalog, line) {
            Ok(found) => found.sort(&mut (0..catalog.len() as u32).collect::<Vec<_>>()),
            Err(error) => told(&error),
        }
    }
}));
