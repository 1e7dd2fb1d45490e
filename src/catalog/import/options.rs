//! How sources are to be read.

use super::Format;
use super::error::ImportError;
use encoding_rs::Encoding;
use std::path::PathBuf;

/// How sources are to be read; by default everything is found out.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// How the photos are laid out; each source tells where this is `None`.
    pub format: Option<Format>,
    /// Tables to be used in the place of those that lie with the photos.
    pub metadata: Vec<PathBuf>,
    /// In which letters tables (and names in archives) are written that do not say it; guessed where this is `None`.
    pub encoding: Option<&'static Encoding>,
    /// Whether every picture of a product in a shop's export is a shoe, and not only the first.
    pub each_picture: bool,
}

impl ImportOptions {
    /// The encoding of that name, as `gbk`, `shift_jis` or `windows-1251`.
    ///
    /// # Errors
    /// [`ImportError::Encoding`].
    pub fn encoding_named(name: &str) -> Result<&'static Encoding, ImportError> {
        let name = name.trim();
        // Windows' own numbers for those that the web calls otherwise.
        let label = match name.to_ascii_lowercase().as_str() {
            "cp932" | "windows-932" => "shift_jis",
            "cp936" | "windows-936" | "gb2312" => "gbk",
            "cp949" | "windows-949" => "euc-kr",
            "cp950" | "windows-950" => "big5",
            "utf16" => "utf-16le",
            _ => name,
        };
        let found = Encoding::for_label(label.as_bytes());
        found.ok_or_else(|| ImportError::Encoding(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_have_many_names() {
        for (name, known) in [
            ("GBK", "GBK"),
            ("sjis", "Shift_JIS"),
            ("cp932", "Shift_JIS"),
            ("cp1251", "windows-1251"),
            ("utf8", "UTF-8"),
        ] {
            assert_eq!(ImportOptions::encoding_named(name).unwrap().name(), known);
        }
        let message = ImportOptions::encoding_named("klingon\n")
            .unwrap_err()
            .to_string();
        assert!(message.contains("`klingon` is no encoding"), "{message}");
    }
}
