//! What can go wrong with a catalogue in a database, in words that say what to do.

use crate::catalog::CatalogError;
use crate::catalog::filter::FilterError;
use crate::job::Cancelled;
use crate::recommend::RecommendError;
use postgres::error::SqlState;

/// What can go wrong with a catalogue in a database. No message holds a password.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// An address that is none.
    #[error("{0}; write an address as postgres://USER@HOST:PORT/DATABASE")]
    Address(String),
    /// A file with passwords, services or certificates that does not do.
    #[error("{file}: {reason}")]
    File {
        /// The file.
        file: String,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// No server answers.
    #[error(
        "{address}: no answer ({reason}); see whether the server runs there and lets this machine in"
    )]
    Unreachable {
        /// The address.
        address: String,
        /// What happened.
        reason: String,
    },
    /// The server's certificate does not do.
    #[error(
        "{address}: the server does not prove who it is ({reason}); see sslmode and sslrootcert in the address"
    )]
    Unproven {
        /// The address.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The server does not let the user in.
    #[error(
        "{address}: the server does not let you in ({reason}); see user, password and database (PGPASSWORD, ~/.pgpass)"
    )]
    Refused {
        /// The address.
        address: String,
        /// What the server said.
        reason: String,
    },
    /// The connection broke off.
    #[error(
        "{address}: the server went away while {doing} ({reason}); run it again once it is back"
    )]
    Gone {
        /// The address.
        address: String,
        /// What was being done.
        doing: String,
        /// What happened.
        reason: String,
    },
    /// The user may not do it.
    #[error("{address}: {reason} while {doing}; docs/postgres.md lists the rights that it takes")]
    Forbidden {
        /// The address.
        address: String,
        /// What was being done.
        doing: String,
        /// What the server said.
        reason: String,
    },
    /// The server's disk is full.
    #[error(
        "{address}: the disk of the server is full ({reason}) while {doing}; make room there and run it again"
    )]
    Full {
        /// The address.
        address: String,
        /// What was being done.
        doing: String,
        /// What the server said.
        reason: String,
    },
    /// The server says something else.
    #[error("{address}: {reason} while {doing}")]
    Server {
        /// The address.
        address: String,
        /// What was being done.
        doing: String,
        /// What the server said.
        reason: String,
    },
    /// pgvector is missing or too old.
    #[error("{address}: {reason}; install pgvector {wanted} or newer there and run CREATE EXTENSION vector", wanted = super::session::LEAST_VECTOR)]
    NoVector {
        /// The address.
        address: String,
        /// What there is.
        reason: String,
    },
    /// Nothing is published there.
    #[error(
        "{address}: no catalogue in the schema {schema}; publish one with `shoespace publish CATALOGUE`, or name another --schema"
    )]
    NotThere {
        /// The address.
        address: String,
        /// The schema.
        schema: String,
    },
    /// A publish was begun and not finished.
    #[error(
        "{address}: publishing into the schema {schema} was begun and not finished; run `shoespace publish` again"
    )]
    Half {
        /// The address.
        address: String,
        /// The schema.
        schema: String,
    },
    /// Tables of another version of this program.
    #[error(
        "{address}: the schema {schema} has tables of format {found}, and this shoespace knows {known}; {todo}"
    )]
    OtherFormat {
        /// The address.
        address: String,
        /// The schema.
        schema: String,
        /// Its format.
        found: i32,
        /// The format of this program.
        known: i32,
        /// What to do.
        todo: &'static str,
    },
    /// Those who read do not let the new version be shown.
    #[error(
        "{address}: the new version is whole, but {who} reads the view {schema}.shoe or picture without an end, and it cannot be shown meanwhile; end that, and run it again"
    )]
    Read {
        /// The address.
        address: String,
        /// The schema.
        schema: String,
        /// Who reads.
        who: String,
    },
    /// Somebody else publishes there now.
    #[error("{address}: another shoespace publishes into the schema {schema} now; wait for it")]
    Busy {
        /// The address.
        address: String,
        /// The schema.
        schema: String,
    },
    /// What lies there is not what was published.
    #[error(
        "{address}: {what}, so somebody changed the tables behind our back; publish the catalogue again with --anew"
    )]
    Changed {
        /// The address.
        address: String,
        /// What differs.
        what: String,
    },
    /// A version that was dropped for a newer one.
    #[error(
        "{address}: the version that was open is there no longer: a newer one was published meanwhile, or somebody dropped it; open it again"
    )]
    Newer {
        /// The address.
        address: String,
    },
    /// A catalogue that a database cannot hold.
    #[error("{0}")]
    Unfit(String),
    /// There is no such shoe.
    #[error("{0}")]
    NoSuchShoe(String),
    /// The catalogue itself.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The question, or the blocks.
    #[error(transparent)]
    Recommend(#[from] RecommendError),
    /// A condition.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// Somebody asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<DatabaseError> for CatalogError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Catalog(error) => error,
            error => Self::Elsewhere {
                may_pass: error.may_pass(),
                source: Box::new(error),
            },
        }
    }
}

impl DatabaseError {
    /// What an error of the connection to `address` means, while `doing` something.
    pub(super) fn of(address: &str, doing: &str, error: &postgres::Error) -> Self {
        let (address, doing) = (address.to_owned(), doing.to_owned());
        let Some(said) = error.as_db_error() else {
            let reason = cause(error);
            return match error.is_closed() || is_of_the_system(error) {
                true => Self::Gone {
                    address,
                    doing,
                    reason,
                },
                false => Self::Server {
                    address,
                    doing,
                    reason,
                },
            };
        };
        let reason = said.message().to_owned();
        match *said.code() {
            SqlState::UNDEFINED_TABLE => Self::Newer { address },
            SqlState::INSUFFICIENT_PRIVILEGE => Self::Forbidden {
                address,
                doing,
                reason,
            },
            SqlState::DISK_FULL => Self::Full {
                address,
                doing,
                reason,
            },
            SqlState::ADMIN_SHUTDOWN
            | SqlState::CRASH_SHUTDOWN
            | SqlState::CANNOT_CONNECT_NOW
            // One of several servers does not answer the one that was asked.
            | SqlState::CONNECTION_EXCEPTION
            | SqlState::CONNECTION_FAILURE
            | SqlState::SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION => {
                Self::Gone {
                    address,
                    doing,
                    reason,
                }
            }
            _ => Self::Server {
                reason: match (said.detail(), said.hint()) {
                    (Some(more), _) | (None, Some(more)) => {
                        format!("{reason} ({})", more.replace('\n', "; "))
                    }
                    (None, None) => reason,
                },
                address,
                doing,
            },
        }
    }

    /// What an error of connecting to `address` means.
    pub(super) fn of_connecting(address: &str, error: &postgres::Error) -> Self {
        let address = address.to_owned();
        match error.as_db_error() {
            Some(said)
                if [SqlState::CANNOT_CONNECT_NOW, SqlState::TOO_MANY_CONNECTIONS]
                    .contains(said.code()) =>
            {
                Self::Unreachable {
                    address,
                    reason: said.message().to_owned(),
                }
            }
            Some(said) => Self::Refused {
                address,
                reason: said.message().to_owned(),
            },
            // A server that wants a password where there is none is told by the library, not by the server.
            None if cause(error).contains("password") => Self::Refused {
                address,
                reason: cause(error),
            },
            None if cause(error).contains("certificate") => Self::Unproven {
                address,
                reason: cause(error),
            },
            None => Self::Unreachable {
                address,
                reason: cause(error),
            },
        }
    }

    /// Whether asking again may help.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Gone { .. })
    }
}

/// Whether the system says that the connection does not work.
fn is_of_the_system(error: &postgres::Error) -> bool {
    let first: &(dyn std::error::Error + 'static) = error;
    let mut causes = std::iter::successors(Some(first), |cause| cause.source());
    causes.any(|cause| cause.is::<std::io::Error>())
}

/// The innermost words of an error: those around it only say that there was one.
fn cause(error: &postgres::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(inner) = innermost.source() {
        innermost = inner;
    }
    innermost.to_string()
}
