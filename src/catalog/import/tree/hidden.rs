//! What systems put among people's files: thumbnails, bins, indexes. None of it is anybody's photo.

use std::borrow::Cow;

/// Folders of network disks, Windows, macOS, Android and photo programs, in lower case. (Those that begin with a dot
/// are hidden anyway.)
const FOLDERS: [&str; 22] = [
    // Synology
    "@eadir",
    "@synoeastream",
    "@synoresource",
    "@tmp",
    "#recycle",
    "#snapshot",
    // QNAP
    "@recycle",
    "@recently-snapshot",
    "@__thumb",
    // Windows
    "$recycle.bin",
    "recycler",
    "recycled",
    "system volume information",
    "found.000",
    // macOS
    "__macosx",
    "network trash folder",
    "temporary items",
    "appledouble",
    // others
    "lost+found",
    "lost.dir",
    "~snapshot",
    "__thumbnails",
];

/// Files, in lower case.
const FILES: [&str; 10] = [
    "thumbs.db",
    "thumbs.db:encryptable",
    "ehthumbs.db",
    "ehthumbs_vista.db",
    "desktop.ini",
    "icon\r",
    "picasa.ini",
    "zbthumbnail.info",
    "pspbrwse.jbf",
    "synoindex_media_info",
];

/// How the names of files begin that are no photos, in lower case.
const BEGINNINGS: [&str; 3] = ["synofile_thumb", "synophoto_thumb", "synophoto_film"];

/// The kind of a hidden file or a system's; none for what people put there.
pub(super) fn file(name: &str) -> Option<Cow<'static, str>> {
    let lower = name.to_lowercase();
    if lower.starts_with("._") {
        return Some("._ files of macOS".into());
    }
    if lower.ends_with(":zone.identifier") {
        return Some("marks of Windows (:Zone.Identifier)".into());
    }
    if lower == ".ds_store" {
        return Some(".DS_Store".into());
    }
    if lower.starts_with('.') {
        return Some("hidden".into());
    }
    if BEGINNINGS.iter().any(|start| lower.starts_with(start)) {
        return Some("thumbnails of Synology".into());
    }
    FILES
        .iter()
        .find(|known| **known == lower)
        .map(|_| Cow::Owned(name.trim_end().to_owned()))
}

/// The kind of the files in a hidden folder or a system's; none for what people put there.
pub(super) fn folder(name: &str) -> Option<Cow<'static, str>> {
    let is_system = || FOLDERS.contains(&name.to_lowercase().as_str());
    (name.starts_with('.') || is_system()).then(|| format!("in {name}").into())
}

/// The kind of a file by its whole path in a source.
pub(super) fn path(path: &str) -> Option<Cow<'static, str>> {
    let mut parts = path.split('/').rev();
    let name = parts.next()?;
    // The outermost folder tells most.
    parts.filter_map(folder).next_back().or_else(|| file(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_systems_make_is_hidden_and_what_people_make_is_not() {
        for (hidden, kind) in [
            ("a/@eaDir/b.jpg/SYNOFILE_THUMB_XL.jpg", "in @eaDir"),
            ("#recycle/Schuhe/old.jpg", "in #recycle"),
            ("$Recycle.Bin/S-1/$R1.jpg", "in $Recycle.Bin"),
            (
                "System Volume Information/x.jpg",
                "in System Volume Information",
            ),
            ("__MACOSX/a/._b.jpg", "in __MACOSX"),
            (".Trash-1000/files/a.jpg", "in .Trash-1000"),
            ("a/.thumbnails/t.jpg", "in .thumbnails"),
            ("a/.picasaoriginals/t.jpg", "in .picasaoriginals"),
            ("lost+found/a.jpg", "in lost+found"),
            ("a/Thumbs.db", "Thumbs.db"),
            ("a/desktop.ini", "desktop.ini"),
            ("a/.DS_Store", ".DS_Store"),
            ("a/._b.jpg", "._ files of macOS"),
            ("SYNOPHOTO_THUMB_M.jpg", "thumbnails of Synology"),
            (
                "a/b.jpg:Zone.Identifier",
                "marks of Windows (:Zone.Identifier)",
            ),
            (".hidden.jpg", "hidden"),
        ] {
            assert_eq!(path(hidden).as_deref(), Some(kind), "{hidden}");
        }
        for own in [
            "a/b.jpg",
            "@home/a.jpg",
            "#1/a.jpg",
            "recycled leather.jpg",
            "a...b/c.jpg",
        ] {
            assert_eq!(path(own), None, "{own}");
        }
    }
}
