//! shoespace: an interactive explorer of shoe space.
//!
//! Photos of shoes become embeddings, principal components lay them out in three dimensions, and a person
//! flies through them, asks for recommendations, and drags a latent cursor that a generator decodes into
//! shoes that do not exist yet.
//!
//! The rooms, in the order in which the data flows; a room uses only those above it:
//!
//! | room | owns |
//! | --- | --- |
//! | [`job`] | how long work reports and is stopped |
//! | [`paths`], [`atomic_file`], `digest` | where catalogues and networks are found; files that are written whole; SHA-256 |
//! | [`spill`] | many numbers, in a file where they are too many for memory |
//! | [`imaging`] | pictures scaled, shoes told from their background, colours as eyes see them |
//! | [`processor`], `priority` | how far its vector instructions are used; work that lets everything else go first |
//! | `numeric` | medians, ridge regression, principal axes: mathematics that several rooms use |
//! | [`catalog`] | what a shoe is, importers, the Parquet file, filters |
//! | [`embed`] | from a picture to its embedding |
//! | [`space`] | principal components, positions, and the way back |
//! | [`layout`] | other ways to lay shoes out, that keep neighbours together |
//! | [`index`] | photos to a catalogue, all of the above joined |
//! | [`recommend`] | which shoes are like this one, and why |
//! | [`gan`] | the generator: training, decoding, judging |
//! | [`design`] | shoes that do not exist yet: saved, walked between, steered |
//! | `database` | a catalogue in PostgreSQL: published, asked |
//! | [`workspace`] | an opened catalogue and what belongs to it |
//! | [`cli`], `explorer` | two thin faces of the same core |

pub mod atomic_file;
pub mod catalog;
pub mod cli;
#[cfg(feature = "postgres")]
pub mod database;
pub mod design;
mod digest;
pub mod embed;
#[cfg(feature = "explorer")]
pub mod explorer;
pub mod gan;
pub mod imaging;
pub mod index;
pub mod job;
pub mod layout;
mod numeric;
pub mod paths;
mod priority;
pub mod processor;
pub mod recommend;
mod signals;
pub mod space;
pub mod spill;
pub mod workspace;

#[cfg(test)]
mod tests {
    #[test]
    fn the_profile_checks_our_own_code() {
        let asserted = std::panic::catch_unwind(|| debug_assert!(std::hint::black_box(false)));
        assert!(asserted.is_err(), "debug_assert! is compiled in");
        let most = std::hint::black_box(u8::MAX);
        let overflow = std::panic::catch_unwind(|| most + std::hint::black_box(1));
        assert!(
            overflow.is_err(),
            "an overflow is a panic and no wrong number"
        );
    }
}
