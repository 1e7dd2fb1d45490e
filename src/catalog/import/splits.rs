//! Folders that part a data set for training and testing: `train/boot/1.jpg`, or `boot/train/1.jpg`.

/// The parts of the data set that pictures lie in, and their folders without those.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Splits {
    /// For each picture its part.
    pub(super) parts: Vec<Option<&'static str>>,
    /// For each picture the rest of its folder; empty where there is none.
    pub(super) folders: Vec<String>,
}

impl Splits {
    /// The parts of pictures by their paths; none where their folders name no two parts, or some lie elsewhere.
    pub(super) fn of(names: &[&str]) -> Option<Self> {
        let folders: Vec<Vec<&str>> = names.iter().map(|name| name.split('/').collect()).collect();
        let folders: Vec<&[&str]> = folders
            .iter()
            .map(|parts| &parts[..parts.len() - 1])
            .collect();
        let deepest = folders.iter().map(|folders| folders.len()).max()?;
        let place = (0..deepest.min(8)).find(|&place| {
            let parts = folders.iter().filter_map(|folders| folders.get(place));
            let mut parts: Vec<Option<&str>> = parts.map(|folder| part_of(folder)).collect();
            parts.sort_unstable();
            parts.dedup();
            parts.len() > 1 && parts.iter().all(Option::is_some)
        })?;
        let rest = |folders: &&[&str]| {
            let kept = folders
                .iter()
                .enumerate()
                .filter(|(index, _)| *index != place)
                .map(|(_, folder)| *folder);
            kept.collect::<Vec<_>>().join("/")
        };
        Some(Self {
            parts: folders
                .iter()
                .map(|folders| part_of(folders.get(place)?))
                .collect(),
            folders: folders.iter().map(rest).collect(),
        })
    }
}

/// The part that a folder is called after.
fn part_of(folder: &str) -> Option<&'static str> {
    match folder.to_ascii_lowercase().as_str() {
        "train" | "training" | "trainset" | "train_set" => Some("train"),
        "test" | "testing" | "testset" | "test_set" => Some("test"),
        "val" | "valid" | "validation" | "dev" | "eval" => Some("validation"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_from_classes() {
        let splits = Splits::of(&[
            "test/boot/1.jpg",
            "Train/boot/1.jpg",
            "valid/sandal/red/2.jpg",
        ])
        .unwrap();
        assert_eq!(
            splits.parts,
            [Some("test"), Some("train"), Some("validation")]
        );
        assert_eq!(splits.folders, ["boot", "boot", "sandal/red"]);
        let inner = Splits::of(&["boot/test/1.jpg", "boot/train/2.jpg", "loose.jpg"]).unwrap();
        assert_eq!(inner.parts, [Some("test"), Some("train"), None]);
        assert_eq!(inner.folders, ["boot", "boot", ""]);
    }

    #[test]
    fn other_folders_are_no_parts() {
        assert_eq!(Splits::of(&["train/1.jpg", "train/2.jpg"]), None);
        assert_eq!(
            Splits::of(&["train/1.jpg", "boots/2.jpg", "test/3.jpg"]),
            None
        );
        assert_eq!(Splits::of(&["1.jpg"]), None);
        assert_eq!(Splits::of(&[]), None);
    }
}
