//! The judged pictures as files, so that anyone can judge them with another network.

use crate::gan::GanError;
use image::RgbImage;
use std::path::Path;

/// What was judged.
pub(super) struct EvaluatedPictures<'a> {
    pub ids: Vec<&'a str>,
    pub labels: Option<&'a [Option<String>]>,
    pub designs: &'a [RgbImage],
    pub real: &'a [RgbImage],
    /// Designs of one code, ten each, at the held-out shoes `places`.
    pub diversity: &'a [RgbImage],
    pub places: &'a [usize],
    pub baseline: Option<&'a [RgbImage]>,
}

/// Writes `designs/`, `real/`, `diversity/` and `baseline/` as PNG files, and `judged.csv`, which names the shoe
/// of each file.
pub(super) fn write(folder: &Path, judged: &EvaluatedPictures<'_>) -> Result<(), GanError> {
    let save = |kind: &str, pictures: &[RgbImage], name: &dyn Fn(usize) -> String| {
        let folder = folder.join(kind);
        std::fs::create_dir_all(&folder).map_err(GanError::file(&folder, "cannot be made"))?;
        for (i, picture) in pictures.iter().enumerate() {
            let path = folder.join(format!("{}.png", name(i)));
            picture
                .save(&path)
                .map_err(|e| GanError::model(&path, format!("cannot be written: {e}")))?;
        }
        Ok::<_, GanError>(())
    };
    let plain = |i: usize| format!("{i:05}");
    save("designs", judged.designs, &plain)?;
    save("real", judged.real, &plain)?;
    if let Some(baseline) = judged.baseline {
        save("baseline", baseline, &plain)?;
    }
    let each = judged.diversity.len() / judged.places.len().max(1);
    save("diversity", judged.diversity, &|i| {
        format!("{:05}-{}", judged.places[i / each.max(1)], i % each.max(1))
    })?;
    let path = folder.join("judged.csv");
    let failed = |e: csv::Error| GanError::model(&path, format!("cannot be written: {e}"));
    let mut table = csv::Writer::from_path(&path).map_err(failed)?;
    table
        .write_record(["file", "id", "label"])
        .map_err(failed)?;
    for (i, id) in judged.ids.iter().enumerate() {
        let label = judged
            .labels
            .and_then(|l| l[i].as_deref())
            .unwrap_or_default();
        table
            .write_record([&format!("{}.png", plain(i)), *id, label])
            .map_err(failed)?;
    }
    table
        .flush()
        .map_err(GanError::file(&path, "cannot be written"))
}
