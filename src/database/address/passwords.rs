//! The file of passwords.
//!
//! <https://www.postgresql.org/docs/current/libpq-pgpass.html>

use super::{Surroundings, port, user};
use crate::database::DatabaseError;
use postgres::Config;
use postgres::config::Host;
use std::path::{Path, PathBuf};

/// The password that the file of passwords has for this server.
pub(super) fn password_of(
    config: &Config,
    named: Option<PathBuf>,
    around: &Surroundings<'_>,
) -> Result<Option<String>, DatabaseError> {
    let is_named = named.is_some();
    let Some(file) = named.or_else(|| around.in_home(".pgpass")) else {
        return Ok(None);
    };
    // A pipe or a device would be read for ever.
    let is_file = !file.exists() || file.is_file();
    let read = match is_file {
        true => std::fs::read_to_string(&file),
        false => Err(std::io::Error::other("it is no file")),
    };
    let text = match read {
        Ok(text) => text,
        Err(error) if is_named => {
            return Err(DatabaseError::File {
                file: file.display().to_string(),
                reason: format!("the file of passwords cannot be read ({error})"),
            });
        }
        Err(_) => return Ok(None),
    };
    if is_open_to_others(&file) {
        return Err(DatabaseError::File {
            file: file.display().to_string(),
            reason: "others can read this file of passwords; run chmod 0600 on it".to_owned(),
        });
    }
    let user = user(config);
    let database = config.get_dbname().unwrap_or(&user).to_owned();
    for (at, host) in config.get_hosts().iter().enumerate() {
        let host = match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(_) => "localhost".to_owned(),
        };
        let wanted = [
            host,
            port(config, at).to_string(),
            database.clone(),
            user.clone(),
        ];
        let found = text.lines().find_map(|line| {
            let fields = fields(line);
            let fits = fields.len() == 5
                && (fields.iter().zip(&wanted)).all(|(has, wants)| has == "*" || has == wants);
            fits.then(|| fields[4].clone())
        });
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

#[cfg(unix)]
fn is_open_to_others(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|about| about.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}

/// `host:port:database:user:password`, where `\:` is a colon.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut letters = line.trim_end_matches('\r').chars();
    while let Some(letter) = letters.next() {
        let last = fields.len() - 1;
        match letter {
            '\\' => fields[last].extend(letters.next()),
            ':' if fields.len() < 5 => fields.push(String::new()),
            other => fields[last].push(other),
        }
    }
    fields
}
