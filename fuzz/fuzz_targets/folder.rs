//! A folder of files of any names: what lies beside photos, whoever laid it out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shoespace::catalog::import::ImportOptions;
use shoespace_fuzz::{files, folder, import, run};

fuzz_target!(|data: &[u8]| run(|| {
    let root = folder().join("source");
    let _ = std::fs::remove_dir_all(&root);
    std::fs::create_dir_all(&root).unwrap();
    for (name, bytes) in files(data) {
        let path = root.join(name);
        // A file may be called as an earlier one's folder is.
        let _ = std::fs::create_dir_all(path.parent().unwrap());
        let _ = std::fs::write(path, bytes);
    }
    import(&root, &ImportOptions::default());
}));
