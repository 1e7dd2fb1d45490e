//! Writes a catalogue of an older form again as catalogues are written today, with nothing else changed:
//! `cargo run --example rewrite_catalogue OLD.parquet NEW.parquet`.

use shoespace::catalog::Catalog;
use shoespace::catalog::writer::Changes;
use shoespace::job::Job;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [old, new] = &arguments[..] else {
        return Err("name the catalogue and the file to write: OLD.parquet NEW.parquet".into());
    };
    Catalog::open(Path::new(old))?.rewrite(Path::new(new), &Changes::default(), &Job::new())?;
    Ok(())
}
