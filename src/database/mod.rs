//! A catalogue in PostgreSQL with pgvector: published by one program, asked by many, this one among them.
//!
//! The server is the engine: storage, replicas, failover and rights are its own. What lies there is plain tables and one
//! function, so that a site needs nothing of this program to ask (docs/postgres.md).
//!
//! | file | owns |
//! | --- | --- |
//! | `address`, `tls`, `session` | where the server is, and a connection to it |
//! | `error` | what can go wrong, in words |
//! | `growing` | a metadata column that is read line by line |
//! | `names`, `tables` | what lies in a schema: names that are safe, definitions |
//! | `servers` | a version spread over several servers |
//! | [`publish`], [`unpublish`] | a catalogue there as a version that readers see whole or not at all; taken away again |
//! | [`published`] | what is true of the version that is there |
//! | [`verify`](mod@verify) | whether what lies there is what was sent |
//! | [`remote`] | the current version as a catalogue, whose blocks and pictures stay there until they are asked for |
//! | [`ask`] | recommendations: the server finds the best few, the rule of [`recommend`](crate::recommend) ranks them |

mod address;
pub mod ask;
mod error;
mod growing;
mod names;
pub mod publish;
pub mod published;
pub mod remote;
mod servers;
mod session;
mod tables;
mod tls;
pub mod unpublish;
pub mod verify;

pub use address::{Address, DEFAULT_SCHEMA};
pub use error::DatabaseError;
pub use session::Session;
