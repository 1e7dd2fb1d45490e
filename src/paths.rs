//! Where the program finds its catalogue and its networks, and where it keeps what it remembers.
//!
//! Nothing is fetched at run time: `data/` and `models/` come with the repository. They are looked for under the
//! folder that the caller names, if it names one, and nowhere else; or else under that of `SHOESPACE_DATA`, and nowhere
//! else; or else in the working directory and its ancestors, beside the executable, where a package of the system puts
//! them, and where the program was built.

use std::path::{Path, PathBuf};

/// The environment variable that names a folder holding `data/` and `models/`.
pub const DATA_VARIABLE: &str = "SHOESPACE_DATA";

/// The catalogue that opens when none is named, under `data/`.
pub const DEFAULT_CATALOGUE: &str = "fashion-mnist-shoes.parquet";

/// A file or folder that should have come with the program was not found.
#[derive(Debug, Clone, thiserror::Error)]
#[error(
    "{wanted} was not found in {}; run from the shoespace folder, or set {DATA_VARIABLE} to the folder that holds data/ and models/",
    list(looked_in)
)]
pub struct NotFound {
    /// What was looked for, as `models/efficientnet-lite0.safetensors`.
    pub wanted: String,
    /// Every folder that was looked in, in order.
    pub looked_in: Vec<PathBuf>,
}

fn list(folders: &[PathBuf]) -> String {
    let names: Vec<_> = folders.iter().map(|f| f.display().to_string()).collect();
    names.join(", ")
}

/// The folders that may hold `data/` and `models/`, best first.
#[derive(Debug, Clone, Default)]
pub struct Roots(Vec<PathBuf>);

impl Roots {
    /// The roots of this process; `given` is the folder of the flag, if any, and then the only one.
    pub fn of_process(given: Option<&Path>) -> Self {
        if let Some(given) = given {
            return Self(vec![given.to_owned()]);
        }
        if let Some(named) = std::env::var_os(DATA_VARIABLE).filter(|v| !v.is_empty()) {
            return Self(vec![named.into()]);
        }
        let mut roots = Vec::new();
        if let Ok(here) = std::env::current_dir() {
            roots.extend(here.ancestors().map(Path::to_owned));
        }
        if let Ok(program) = std::env::current_exe() {
            let folder = program.parent();
            roots.extend(folder.map(Path::to_owned));
            // A package of the system: /usr/bin/shoespace and /usr/share/shoespace.
            roots.extend(
                folder
                    .and_then(Path::parent)
                    .map(|p| p.join("share/shoespace")),
            );
        }
        // Under cargo the clone that it runs for; else the one that it was built in. Two clones may share what is built.
        roots.extend(std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from));
        roots.push(PathBuf::from(env!("CARGO_MANIFEST_DIR")));
        Self(roots)
    }

    /// Roots in the given order; for tests.
    pub fn new(roots: Vec<PathBuf>) -> Self {
        Self(roots)
    }

    /// The first root that has `relative`, joined with it.
    ///
    /// # Errors
    /// [`NotFound`] names what was wanted and every folder that was looked in.
    pub fn find(&self, relative: impl AsRef<Path>) -> Result<PathBuf, NotFound> {
        let relative = relative.as_ref();
        self.0
            .iter()
            .map(|root| root.join(relative))
            .find(|path| path.exists())
            .ok_or_else(|| NotFound {
                wanted: relative.display().to_string(),
                looked_in: self.0.clone(),
            })
    }

    /// A file of `models/`.
    ///
    /// # Errors
    /// [`NotFound`], see [`find`](Self::find).
    pub fn model(&self, file: &str) -> Result<PathBuf, NotFound> {
        self.find(Path::new("models").join(file))
    }

    /// The catalogue that opens when none is named.
    ///
    /// # Errors
    /// [`NotFound`], see [`find`](Self::find).
    pub fn default_catalogue(&self) -> Result<PathBuf, NotFound> {
        self.find(Path::new("data").join(DEFAULT_CATALOGUE))
    }
}

/// Where the explorer keeps settings and what it remembers (XDG config, or the system's like).
///
/// `None` where the system names no home.
pub fn config_dir() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "shoespace").map(|dirs| dirs.config_dir().to_owned())
}

/// Where the user's own things go: indexed catalogues, saved designs (XDG data, or the system's like).
///
/// `None` where the system names no home.
pub fn user_data_dir() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "shoespace").map(|dirs| dirs.data_dir().to_owned())
}

/// Where what can be made again may lie (XDG cache, or the system's like).
///
/// `None` where the system names no home.
pub fn cache_dir() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "shoespace").map(|dirs| dirs.cache_dir().to_owned())
}

/// Where generators go that were trained in the window, in [`user_data_dir`].
pub fn user_generators() -> Option<PathBuf> {
    user_data_dir().map(|folder| folder.join("generators"))
}

/// Where catalogues go that are made in the window, in [`user_data_dir`].
pub fn user_catalogues() -> Option<PathBuf> {
    user_data_dir().map(|folder| folder.join("catalogues"))
}

/// Where a file that cannot be read is kept, since the next change writes a new one: `NAME.json.broken` beside it.
pub fn aside(path: &Path) -> PathBuf {
    path.with_extension("json.broken")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_root_that_has_it_wins() {
        let folder = tempfile::tempdir().unwrap();
        let (near, far) = (folder.path().join("near"), folder.path().join("far"));
        std::fs::create_dir_all(far.join("models")).unwrap();
        std::fs::create_dir_all(&near).unwrap();
        std::fs::write(far.join("models/net"), "x").unwrap();
        let roots = Roots::new(vec![near.clone(), far.clone()]);
        assert_eq!(roots.model("net").unwrap(), far.join("models/net"));
        std::fs::create_dir_all(near.join("models")).unwrap();
        std::fs::write(near.join("models/net"), "y").unwrap();
        assert_eq!(roots.model("net").unwrap(), near.join("models/net"));
    }

    #[test]
    fn what_is_missing_says_where_it_looked_and_what_to_do() {
        let roots = Roots::new(vec![PathBuf::from("/nowhere")]);
        let message = roots.default_catalogue().unwrap_err().to_string();
        assert!(
            message.contains("/nowhere") && message.contains(DATA_VARIABLE),
            "{message}"
        );
    }
}
