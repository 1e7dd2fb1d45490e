//! Digests that tell files, catalogues and pictures apart.

use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};

/// SHA-256 of `parts`, one behind the other, in lower-case hexadecimal.
pub fn sha256_hex<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    let digest = hash.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The list of digests that lies beside files which come with the program, as `sha256sum` writes and checks it.
const LIST: &str = "SHA256SUMS";

/// A file is another than the list beside it says.
#[derive(Debug, thiserror::Error)]
#[error(
    "{}: is not the file that {LIST} beside it lists: it is damaged; take it from the repository again (or, if it was replaced on purpose, take its line out of {LIST})", .0.display()
)]
pub struct Changed(pub PathBuf);

/// The digest that the list beside a file has for it; none where there is no list, or the file is not on it.
pub fn listed(path: &Path) -> Option<String> {
    let list = std::fs::read_to_string(path.with_file_name(LIST)).ok()?;
    let name = path.file_name()?.to_str()?;
    list.lines().find_map(|line| {
        let (digest, file) = line.split_once("  ")?;
        (file.trim() == name).then(|| digest.trim().to_ascii_lowercase())
    })
}

/// Checks a file whose digest is `sha256` against the list beside it.
///
/// # Errors
/// [`Changed`].
pub fn check(path: &Path, sha256: &str) -> Result<(), Changed> {
    match listed(path) {
        Some(listed) if listed != sha256 => Err(Changed(path.to_owned())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_as_listed_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.bin");
        let abc = sha256_hex(["abc"]);
        // Without a list, or with one of other files, nothing is known.
        assert!(check(&file, "00").is_ok());
        std::fs::write(folder.path().join(LIST), format!("{abc}  other.bin\n")).unwrap();
        assert!(check(&file, "00").is_ok());
        std::fs::write(folder.path().join(LIST), format!("{abc}  a.bin\n")).unwrap();
        assert!(check(&file, &abc).is_ok());
        let told = check(&file, "00").unwrap_err().to_string();
        assert!(
            told.contains("a.bin") && told.contains("SHA256SUMS"),
            "{told}"
        );
    }

    #[test]
    fn the_files_that_come_along_are_listed() {
        for file in [
            "models/efficientnet-lite0.safetensors",
            "models/shoegan-grey-32.safetensors",
            "models/shoegan-colour-128.safetensors",
            "data/fashion-mnist-shoes.parquet",
        ] {
            let path = Path::new(file);
            let bytes = std::fs::read(path).unwrap();
            assert_eq!(listed(path), Some(sha256_hex([bytes])), "{file}");
        }
    }

    #[test]
    fn gives_the_published_values() {
        // FIPS 180-2, appendix B.1, and the digest of nothing.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(["abc"]), abc);
        assert_eq!(sha256_hex(["a", "bc"]), abc);
        assert!(sha256_hex([""]).starts_with("e3b0c44298fc1c14"));
    }
}
