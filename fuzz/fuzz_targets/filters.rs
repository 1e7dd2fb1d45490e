//! The conditions of `--where`, a line each.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shoespace::catalog::filter::Filters;
use shoespace_fuzz::{run, small, told};

fuzz_target!(|data: &[u8]| run(|| {
    let (catalog, _) = small();
    let text = String::from_utf8_lossy(data);
    let filters = match Filters::parse(text.lines().take(8)) {
        Ok(filters) => filters,
        Err(error) => return told(&error),
    };
    filters.hint(&*catalog);
    let again = Filters::parse(filters.0.iter().map(|filter| filter.text()));
    assert_eq!(again.as_ref(), Ok(&filters), "read again it is another");
    match filters.mask(&*catalog) {
        Ok(mask) => {
            for (row, holds) in mask.into_iter().enumerate() {
                let each = filters
                    .0
                    .iter()
                    .all(|filter| filter.matches(&*catalog, row) == Ok(true));
                assert_eq!(holds, each, "row {row}");
            }
        }
        Err(error) => told(&error),
    }
}));
