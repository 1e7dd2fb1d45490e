//! The service file: servers by a name.
//!
//! <https://www.postgresql.org/docs/current/libpq-pgservice.html>

use super::Surroundings;
use crate::database::DatabaseError;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a service file says of a service.
pub(super) fn service(
    name: &str,
    around: &Surroundings<'_>,
) -> Result<BTreeMap<String, String>, DatabaseError> {
    let var = around.variable;
    let own = var("PGSERVICEFILE").map(PathBuf::from);
    let own = own.or_else(|| around.in_home(".pg_service.conf"));
    let all = var("PGSYSCONFDIR").map(|folder| Path::new(&folder).join("pg_service.conf"));
    for file in own.iter().chain(&all) {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(DatabaseError::File {
                    file: file.display().to_string(),
                    reason: format!("the service file cannot be read ({error})"),
                });
            }
        };
        let mut found = None;
        for line in text.lines().map(str::trim) {
            if let Some(section) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                if found.is_some() {
                    break;
                }
                found = (section == name).then(BTreeMap::new);
            } else if let (Some(found), Some((key, value))) = (&mut found, line.split_once('='))
                && !line.starts_with('#')
            {
                found.insert(key.trim().to_owned(), value.trim().to_owned());
            }
        }
        if let Some(found) = found {
            return Ok(found);
        }
    }
    let files: Vec<String> = own
        .iter()
        .chain(&all)
        .map(|f| f.display().to_string())
        .collect();
    Err(DatabaseError::File {
        file: files.join(", "),
        reason: format!("has no service [{name}]; write one, or name the server in the address"),
    })
}
