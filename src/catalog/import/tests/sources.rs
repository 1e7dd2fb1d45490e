//! What lies in a source: files by their first bytes, folders of systems, archives in archives, ways out.

use super::*;

fn left_out(import: &Import) -> Vec<(String, u64)> {
    let kinds = import.fates.left_out().into_iter();
    kinds.map(|kind| (kind.kind, kind.count)).collect()
}

#[test]
fn pictures_are_known_by_their_first_bytes() {
    let place = Place::new();
    place
        .put("a", png(1))
        .put("b.jpg?w=600", png(2))
        .put("c.txt", png(3))
        .put("notes.txt", "no picture")
        .put("d.png", png(4));
    let import = place.open_with(None, None).unwrap();
    let mut shades: Vec<u8> = (0..import.len()).map(|row| shade(&import, row)).collect();
    shades.sort_unstable();
    assert_eq!(shades, [1, 2, 3, 4]);
    assert_eq!(left_out(&import), [(".txt".to_owned(), 1)]);
}

#[test]
fn folders_of_systems_are_counted_and_no_shoes() {
    let place = Place::new();
    place
        .put("shoe.png", png(1))
        .put("@eaDir/shoe.png/SYNOPHOTO_THUMB_M.jpg", png(2))
        .put("@eaDir/shoe.png/SYNOPHOTO_THUMB_B.jpg", png(3))
        .put("#recycle/old.png", png(4))
        .put("$RECYCLE.BIN/x.png", png(5))
        .put("__MACOSX/._shoe.png", "resource")
        .put("Thumbs.db", "db");
    let import = place.open();
    assert_eq!(import.len(), 1);
    let left = left_out(&import);
    let total: u64 = left.iter().map(|(_, count)| count).sum();
    assert_eq!(total, 6, "{left:?}");
    assert!(left.contains(&("in @eaDir".to_owned(), 2)), "{left:?}");
}

#[test]
fn names_that_lead_out_and_zips_in_zips_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photos.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, bytes) in [
        ("a.png", png(1)),
        ("../out.png", png(2)),
        ("inner.zip", b"PK\x05\x06".to_vec()),
    ] {
        zip.start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap();
    let import = Import::open(&[path], &ImportOptions::default(), &Job::new()).unwrap();
    assert_eq!(ids(&import), ["a"]);
    assert_eq!(left_out(&import).len(), 2);
    for words in ["out.png", "inner.zip"] {
        assert!(
            import.notes.iter().any(|note| note.contains(words)),
            "{words}"
        );
    }
}

#[test]
fn every_packing_of_a_zip_is_read() {
    use zip::CompressionMethod as Method;
    for method in [
        Method::Stored,
        Method::Deflated,
        Method::Bzip2,
        Method::Zstd,
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("photos.zip");
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        zip.start_file("a.png", options).unwrap();
        zip.write_all(&png(77)).unwrap();
        zip.finish().unwrap();
        let import = Import::open(&[path], &ImportOptions::default(), &Job::new()).unwrap();
        assert_eq!(shade(&import, 0), 77, "{method:?}");
    }
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_end() {
    let place = Place::new();
    place.put("x/a.png", png(1));
    std::os::unix::fs::symlink("..", place.folder.path().join("x/up")).unwrap();
    let import = place.open_with(None, None).unwrap();
    assert_eq!(import.len(), 1);
    assert_eq!(left_out(&import).len(), 1);
}
