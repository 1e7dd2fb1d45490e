//! A published catalogue as a [`Catalog`]: ids, columns and positions in memory, blocks and pictures on the server until
//! somebody asks for them.

use super::growing::Growing;
use super::names::quoted;
use super::published::{self, Published};
use super::session::value;
use super::tables::layout_fields;
use super::{Address, DatabaseError, Session};
use crate::catalog::{BlockInfo, Catalog, CatalogError, Column, Kept, LayoutInfo, Store};
use crate::spill::Spill;
use bytes::Bytes;
use half::f16;
use pgvector::HalfVector;
use postgres::Row;
use postgres::fallible_iterator::FallibleIterator as _;
use postgres::types::ToSql;
use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Shoes that are read together.
const TOGETHER: usize = 2048;
/// How long it waits before it asks again, each time, where the server does not answer.
const AGAIN: [Duration; 3] = [
    Duration::from_millis(200),
    Duration::from_millis(800),
    Duration::from_secs(2),
];

/// Opens what is published at an address, with the right to read it.
///
/// # Errors
/// See [`DatabaseError`].
pub fn open(address: &Address) -> Result<Catalog, DatabaseError> {
    let mut session = Session::open(address)?;
    let published = Published::open(&mut session, address.schema())?;
    let kept = read_kept(&mut session, &published)?;
    if kept.ids.len() != published.len() {
        return Err(DatabaseError::Changed {
            address: session.address().to_owned(),
            what: format!(
                "it has {} shoes, and {} were published",
                kept.ids.len(),
                published.len()
            ),
        });
    }
    let bytes = published.bytes(&mut session)?;
    let path = PathBuf::from(address.again());
    let (info, name) = (
        published.about().info.clone(),
        published.about().name.clone(),
    );
    let store = Remote {
        address: address.clone(),
        published,
        bytes,
        idle: Mutex::new(vec![session]),
        trouble: Mutex::default(),
    };
    Ok(Catalog::of(&path, name, info, kept, Arc::new(store))?)
}

/// What a catalogue keeps in memory.
fn read_kept(session: &mut Session, published: &Published) -> Result<Kept, DatabaseError> {
    let about = published.about();
    let fields: Vec<String> = about
        .columns()
        .map(|(_, f)| format!(", {}", quoted(f)))
        .collect();
    let sql = format!(
        "SELECT id, x, y, z{} FROM {} ORDER BY row",
        fields.concat(),
        published.table("shoe")
    );
    let address = session.address().to_owned();
    let failed = super::session::failed(&address, "reading ids and columns");
    let mut kept = Kept::default();
    let mut columns: Vec<Growing> = (about.columns.iter())
        .map(|c| Growing::of(c.kind))
        .collect();
    let none: [&(dyn ToSql + Sync); 0] = [];
    let mut rows = session.client.query_raw(&sql, none).map_err(&failed)?;
    while let Some(row) = rows.next().map_err(&failed)? {
        kept.ids.push(row.try_get(0).map_err(&failed)?);
        let mut at = [0f32; 3];
        for (axis, at) in at.iter_mut().enumerate() {
            *at = row.try_get(1 + axis).map_err(&failed)?;
        }
        if !at.iter().all(|coordinate| coordinate.is_finite()) {
            return Err(DatabaseError::Changed {
                address: address.clone(),
                what: format!(
                    "the shoe {} stands nowhere",
                    kept.ids.last().map_or("", |id| id)
                ),
            });
        }
        kept.positions.push(at);
        for (at, column) in columns.iter_mut().enumerate() {
            column.push(&row, 4 + at).map_err(&failed)?;
        }
    }
    kept.columns = (about.columns.iter().zip(columns))
        .map(|(about, column)| Column::new(about.name.clone(), column.finish()))
        .collect();
    Ok(kept)
}

/// The parts of a published catalogue that stay where they are.
struct Remote {
    address: Address,
    published: Published,
    bytes: u64,
    /// Connections that nobody uses now. Each holds the version.
    idle: Mutex<Vec<Session>>,
    /// What keeps the server from answering now.
    trouble: Mutex<Option<String>>,
}

impl Remote {
    /// Asks the server; where it does not answer, some times again.
    fn ask<T>(
        &self,
        question: impl Fn(&mut Session) -> Result<T, DatabaseError>,
    ) -> Result<T, CatalogError> {
        let mut pauses = AGAIN.iter();
        loop {
            let outcome = self.session().and_then(|mut session| {
                let answer = question(&mut session);
                if !session.client.is_closed() {
                    lock(&self.idle).push(session);
                }
                answer
            });
            let error = match outcome {
                Ok(answer) => {
                    *lock(&self.trouble) = None;
                    return Ok(answer);
                }
                Err(error) => error,
            };
            if !error.may_pass() {
                if matches!(error, DatabaseError::Newer { .. }) {
                    *lock(&self.trouble) = Some(error.to_string());
                }
                return Err(error.into());
            }
            // The others are of the same server.
            lock(&self.idle).clear();
            *lock(&self.trouble) = Some(format!(
                "Offline: {} does not answer, and is asked again and again",
                self.address
            ));
            match pauses.next() {
                Some(pause) => std::thread::sleep(*pause),
                None => return Err(error.into()),
            }
        }
    }

    /// A connection that holds the version.
    fn session(&self) -> Result<Session, DatabaseError> {
        if let Some(session) = lock(&self.idle).pop() {
            return Ok(session);
        }
        let mut session = Session::open(&self.address)?;
        session.expect_vector()?;
        published::hold(&mut session, &self.published.schema, self.published.version)?;
        match self.published.is_there(&mut session)? {
            true => Ok(session),
            false => Err(DatabaseError::Newer {
                address: session.address().to_owned(),
            }),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store for Remote {
    fn block(&self, block: &BlockInfo, values: &mut Spill<f16>) -> Result<(), CatalogError> {
        let field = quoted(&block.name);
        let sql = format!(
            "SELECT {field} FROM {} WHERE row >= $1 AND row < $2 ORDER BY row",
            self.published.table("source")
        );
        for rows in self.groups() {
            let (first, end) = (rows.start as i64, rows.end as i64);
            let part = self.ask(|session| {
                let found = session.query("reading a block", &sql, &[&first, &end])?;
                let halves = found.iter().map(|row| value(session.address(), row, 0));
                let halves: Vec<HalfVector> = halves.collect::<Result<_, _>>()?;
                let fits = halves.iter().all(|v| v.as_slice().len() == block.dims);
                match fits && halves.len() == rows.len() {
                    true => Ok(halves),
                    false => Err(DatabaseError::Changed {
                        address: session.address().to_owned(),
                        what: format!("shoes {first} to {end} are not all there"),
                    }),
                }
            })?;
            let out = &mut values[rows.start * block.dims..rows.end * block.dims];
            for (out, found) in out.chunks_exact_mut(block.dims).zip(&part) {
                out.copy_from_slice(found.as_slice());
            }
            values.release();
        }
        Ok(())
    }

    fn points(&self, layout: &LayoutInfo) -> Result<Option<Vec<[f32; 3]>>, CatalogError> {
        let one = crate::catalog::CatalogInfo {
            layouts: vec![layout.clone()],
            ..self.published.about().info.clone()
        };
        let fields: Vec<String> = layout_fields(&one).iter().map(|f| quoted(f)).collect();
        let sql = format!(
            "SELECT {} FROM {} ORDER BY row",
            fields.join(", "),
            self.published.table("shoe")
        );
        let points = self.ask(|session| {
            let found = session.query("reading a layout", &sql, &[])?;
            let axis = |row: &Row, at: usize| value::<f32>(session.address(), row, at);
            let points = found
                .iter()
                .map(|row| Ok([axis(row, 0)?, axis(row, 1)?, axis(row, 2)?]));
            let points = points.collect::<Result<Vec<[f32; 3]>, DatabaseError>>()?;
            let are_sound = points
                .iter()
                .flatten()
                .all(|coordinate| coordinate.is_finite());
            match are_sound && points.len() == self.published.len() {
                true => Ok(points),
                false => Err(DatabaseError::Changed {
                    address: session.address().to_owned(),
                    what: format!("the layout {} is not whole", layout.name),
                }),
            }
        })?;
        Ok(Some(points))
    }

    fn pictures(&self, rows: &[usize]) -> Result<Vec<Bytes>, CatalogError> {
        let sql = format!(
            "SELECT row, picture FROM {} WHERE row = ANY ($1)",
            self.published.table("source")
        );
        let wanted: Vec<i64> = rows.iter().map(|&row| row as i64).collect();
        let pictures = self.ask(|session| {
            let found = session.query("reading pictures", &sql, &[&wanted])?;
            let pictures = found.iter().map(|line| {
                let row: i64 = value(session.address(), line, 0)?;
                let picture: &[u8] = value(session.address(), line, 1)?;
                Ok((row, Bytes::copy_from_slice(picture)))
            });
            pictures.collect::<Result<HashMap<_, _>, DatabaseError>>()
        })?;
        let each = wanted.iter().map(|row| pictures.get(row).cloned());
        Ok(each.map(Option::unwrap_or_default).collect())
    }

    fn picture_path(&self, row: usize) -> Result<Option<String>, CatalogError> {
        let sql = format!(
            "SELECT path FROM {} WHERE row = $1",
            self.published.table("source")
        );
        let row = row as i64;
        self.ask(|session| {
            let found = session.query("reading a path", &sql, &[&row])?;
            let path = found.first();
            Ok(path
                .map(|line| value(session.address(), line, 0))
                .transpose()?
                .flatten())
        })
    }

    fn groups(&self) -> Vec<Range<usize>> {
        let count = self.published.len();
        let starts = (0..count).step_by(TOGETHER);
        starts
            .map(|first| first..count.min(first + TOGETHER))
            .collect()
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn is_far(&self) -> bool {
        true
    }

    fn trouble(&self) -> Option<String> {
        lock(&self.trouble).clone()
    }

    fn probe(&self) {
        if let Ok(session) = self.session() {
            lock(&self.idle).push(session);
            *lock(&self.trouble) = None;
        }
    }
}
