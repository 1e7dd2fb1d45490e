//! What lies in a schema: the table of versions, the tables of a version, and what a site asks.
//!
//! | there | is |
//! | --- | --- |
//! | `version` | a line for each version, and what is true of it as JSON; one is `current` |
//! | `shoe_N` | a line a shoe of version N, what is compared and asked for: metadata, embedding, position |
//! | `source_N` | a line a shoe: what a catalogue's file has beside, its picture and raw blocks |
//! | `word_N` | the words of each column of text |
//! | `shoe`, `picture`, `recommend(…)` | views and a function on the current version, for sites |
//! | `is_shown(…)` | what these ask themselves |

use super::names::{literal, quoted};
use crate::catalog::{CatalogInfo, Column, Values};
use crate::recommend::LEARNED;
use serde::{Deserialize, Serialize};

/// The format of the tables that this program writes and reads.
pub(super) const FORMAT: i32 = 1;

/// Lines that are sent to a server at once.
const BATCH: usize = 512;

/// The type of a metadata column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Text,
    Integer,
    Real,
    Boolean,
}

impl Kind {
    pub(super) fn of(values: &Values) -> Self {
        match values {
            Values::Text { .. } => Self::Text,
            Values::Integer(_) => Self::Integer,
            Values::Real(_) => Self::Real,
            Values::Boolean(_) => Self::Boolean,
        }
    }

    fn sql(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "bigint",
            Self::Real => "double precision",
            Self::Boolean => "boolean",
        }
    }
}

/// A metadata column of a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct PublishedColumn {
    /// What people call it.
    pub name: String,
    /// Its field.
    pub field: String,
    pub kind: Kind,
}

impl PublishedColumn {
    /// The columns with their fields, in their order.
    pub(super) fn of(columns: &[Column], info: &CatalogInfo) -> Vec<Self> {
        let mut taken: Vec<String> = info.blocks.iter().map(|b| b.name.clone()).collect();
        taken.extend(layout_fields(info));
        let fields = super::names::fields(columns.iter().map(|c| c.name.as_str()), &taken);
        let all = columns.iter().zip(fields).map(|(column, field)| Self {
            name: column.name.clone(),
            field,
            kind: Kind::of(&column.values),
        });
        all.collect()
    }
}

/// The fields of the coordinates of every layout.
pub(super) fn layout_fields(info: &CatalogInfo) -> Vec<String> {
    let axes = |name: &str| ["x", "y", "z"].map(|axis| format!("{axis}:{name}"));
    info.layouts.iter().flat_map(|l| axes(&l.name)).collect()
}

/// Numbers of an embedding, and of the learned block.
pub(super) fn dims(info: &CatalogInfo) -> (usize, Option<usize>) {
    let blocks = info.space.iter().flat_map(|space| &space.blocks);
    let learned = info.blocks.iter().find(|block| block.name == LEARNED);
    (blocks.map(|b| b.mean.len()).sum(), learned.map(|b| b.dims))
}

/// A field of a table with its type.
type Field = (String, String);

/// The fields of `shoe_N`, in the order of its lines.
pub(super) fn shoe_fields(info: &CatalogInfo, columns: &[PublishedColumn]) -> Vec<Field> {
    let field = |name: &str, kind: &str| (name.to_owned(), kind.to_owned());
    let (own, learned) = dims(info);
    let mut fields = vec![
        field("row", "bigint NOT NULL"),
        field("id", "text NOT NULL"),
        field("x", "real NOT NULL"),
        field("y", "real NOT NULL"),
        field("z", "real NOT NULL"),
    ];
    let layouts = layout_fields(info);
    fields.extend(layouts.iter().map(|name| field(name, "real NOT NULL")));
    fields.extend(columns.iter().map(|c| field(&c.field, c.kind.sql())));
    fields.push(field("embedding", &format!("halfvec({own}) NOT NULL")));
    if let Some(dims) = learned {
        fields.push(field("learned", &format!("halfvec({dims}) NOT NULL")));
    }
    fields.push(field("lengths", "real[] NOT NULL"));
    fields.push(field("digest", "bytea NOT NULL"));
    fields
}

/// The fields of `source_N`, in the order of its lines.
pub(super) fn source_fields(info: &CatalogInfo) -> Vec<Field> {
    let field = |name: &str, kind: &str| (name.to_owned(), kind.to_owned());
    let mut fields = vec![field("row", "bigint NOT NULL")];
    for block in &info.blocks {
        fields.push(field(
            &block.name,
            &format!("halfvec({}) NOT NULL", block.dims),
        ));
    }
    fields.push(field("picture", "bytea NOT NULL"));
    fields.push(field("path", "text"));
    fields.push(field("digest", "bytea NOT NULL"));
    fields
}

/// The fields as a table is made of them: two tables with the same text take each other's lines.
pub(super) fn definition(fields: &[Field]) -> String {
    let each = fields
        .iter()
        .map(|(name, kind)| format!("{} {kind}", quoted(name)));
    each.collect::<Vec<_>>().join(", ")
}

/// The names of the fields, as SQL lists them.
pub(super) fn listed(fields: &[Field]) -> String {
    let each = fields.iter().map(|(name, _)| quoted(name));
    each.collect::<Vec<_>>().join(", ")
}

/// A table of the schema.
pub(super) fn table(schema: &str, name: &str) -> String {
    format!("{}.{}", quoted(schema), quoted(name))
}

/// The tables of a version.
pub(super) const OF_A_VERSION: [&str; 3] = ["shoe", "source", "word"];

/// A table of a version.
pub(super) fn of_version(schema: &str, name: &str, version: i32) -> String {
    table(schema, &format!("{name}_{version}"))
}

/// Makes the schema and its table of versions, where they are not there.
pub(super) fn schema(schema: &str) -> String {
    format!(
        "CREATE SCHEMA IF NOT EXISTS {}; CREATE TABLE IF NOT EXISTS {} (
            version integer PRIMARY KEY,
            format integer NOT NULL,
            state text NOT NULL CHECK (state IN ('loading', 'current', 'old')),
            shoes bigint NOT NULL,
            shoe_fields text NOT NULL,
            source_fields text NOT NULL,
            servers text[] NOT NULL,
            token text NOT NULL,
            about text NOT NULL,
            began timestamptz NOT NULL DEFAULT now(),
            finished timestamptz)",
        quoted(schema),
        table(schema, "version"),
    )
}

/// Over which foreign servers a version is spread; over none where it lies here.
#[derive(Debug, Clone, Default)]
pub(super) struct Spread {
    pub servers: Vec<String>,
    /// What its parts there have in their names that no other's have: several databases may share a server.
    pub token: String,
}

impl Spread {
    fn part(&self, name: &str, version: i32, number: usize) -> String {
        format!("{name}_{version}_{number}_{}", self.token)
    }
}

/// The part of a table of a version that lies on the server of this number.
pub(super) fn part(
    schema: &str,
    name: &str,
    version: i32,
    spread: &Spread,
    number: usize,
) -> String {
    table(schema, &spread.part(name, version, number))
}

/// The tables that the lines of a table of shoes lie in, as they are called here: itself, or its parts.
pub(super) fn places(schema: &str, name: &str, version: i32, spread: &Spread) -> Vec<String> {
    match spread.servers.len() {
        0 => vec![of_version(schema, name, version)],
        servers => (0..servers)
            .map(|number| part(schema, name, version, spread, number))
            .collect(),
    }
}

/// Statements that make the parts of a table here, by the servers in their order.
fn parts(schema: &str, name: &str, version: i32, spread: &Spread) -> String {
    let each = spread.servers.iter().enumerate().map(|(number, server)| {
        format!(
            "CREATE FOREIGN TABLE {part} PARTITION OF {whole} FOR VALUES WITH (MODULUS {count}, REMAINDER {number})
            SERVER {server} OPTIONS (schema_name {schema}, table_name {there}, batch_size '{BATCH}', async_capable 'true');",
            part = part(schema, name, version, spread, number),
            whole = of_version(schema, name, version),
            count = spread.servers.len(),
            server = quoted(server),
            schema = literal(schema),
            there = literal(&spread.part(name, version, number)),
        )
    });
    each.collect()
}

/// Makes the empty table of shoes `name` of a version at `place`: whole, or a part of it.
pub(super) fn shoes(place: &str, name: &str, fields: &[Field]) -> String {
    // Embeddings lie in the line itself, since every question reads them; pictures are compressed already.
    let storage = match name {
        "shoe" => "embedding SET STORAGE MAIN",
        _ => "picture SET STORAGE EXTERNAL",
    };
    format!(
        "CREATE TABLE {place} ({}); ALTER TABLE {place} ALTER COLUMN {storage};",
        definition(fields)
    )
}

/// Makes the empty tables of a version, those of the shoes spread over servers where there are some.
pub(super) fn tables(
    schema: &str,
    version: i32,
    fields: &[(&str, Vec<Field>); 2],
    spread: &Spread,
) -> String {
    let shoes = fields.iter().map(|(name, fields)| {
        let place = of_version(schema, name, version);
        match spread.servers.is_empty() {
            true => shoes(&place, name, fields),
            false => format!(
                "CREATE TABLE {place} ({}) PARTITION BY HASH (row); {}",
                definition(fields),
                parts(schema, name, version, spread)
            ),
        }
    });
    let shoes: String = shoes.collect();
    let word = of_version(schema, "word", version);
    format!(
        "{shoes} CREATE TABLE {word} (field text NOT NULL, word text NOT NULL, shoes bigint NOT NULL)"
    )
}

/// Makes what finds a line of `name`, which lies at `place`, by its digest, for the next time.
pub(super) fn digest_index(place: &str, name: &str) -> String {
    // An index lies in the schema of its table.
    format!(
        "CREATE INDEX IF NOT EXISTS {} ON {place} (digest)",
        quoted(&format!("{name}_digest"))
    )
}

/// Makes what the views ask whether their version is shown. In a transaction that sees all as it was before, their lines
/// would be those of a version half sent, so it has to begin anew.
fn guard(schema: &str) -> String {
    let body = format!(
        "BEGIN
            IF EXISTS (SELECT FROM {} v WHERE v.version = of_version AND v.state <> 'loading') THEN
                RETURN true;
            END IF;
            RAISE EXCEPTION 'a newer version was published after this transaction began'
                USING ERRCODE = 'serialization_failure', HINT = 'begin the transaction anew';
        END",
        table(schema, "version")
    );
    format!(
        "CREATE OR REPLACE FUNCTION {}(of_version integer) RETURNS boolean
        LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog AS {}",
        table(schema, GUARD),
        literal(&body)
    )
}

/// The functions of the schema with their parameters, as rights are given on them.
pub(super) fn functions(schema: &str) -> String {
    format!(
        "{}(integer), {}(text, integer, jsonb)",
        table(schema, GUARD),
        table(schema, "recommend")
    )
}

/// The function that the views ask whether their version is shown.
pub(super) const GUARD: &str = "is_shown";

/// What a site asks: two views and a function on a version, and what they ask themselves. `learned` is the weight of the
/// learned block.
pub(super) fn faces(
    schema: &str,
    version: i32,
    spread: &Spread,
    columns: &[PublishedColumn],
    has_learned: bool,
    learned: f32,
) -> Faces {
    let fields: Vec<String> = columns.iter().map(|c| quoted(&c.field)).collect();
    let own = match has_learned {
        true => ", embedding, learned",
        false => ", embedding",
    };
    let names = [
        "row".to_owned(),
        "id".to_owned(),
        "x".to_owned(),
        "y".to_owned(),
        "z".to_owned(),
    ];
    let fields: Vec<String> = names.into_iter().chain(fields).collect();
    let shoe = of_version(schema, "shoe", version);
    let source = of_version(schema, "source", version);
    let (by_learned, learned_of) = match has_learned {
        true => (
            format!(" - {learned}::float8 * (s.learned <#> $4)"),
            ", q.learned",
        ),
        false => (String::new(), ""),
    };
    let listed =
        |texts: &mut dyn Iterator<Item = &str>| texts.map(literal).collect::<Vec<_>>().join(", ");
    let places = places(schema, "shoe", version, spread);
    // In brackets it is asked once for a question, and not once for each line of a table that is joined with a view.
    let is_shown = format!("(SELECT {}({version}))", table(schema, GUARD));
    let body = include_str!("recommend.sql")
        .replace("{shoe}", &shoe)
        .replace("{is_shown}", &is_shown)
        .replace("{places}", &listed(&mut places.iter().map(String::as_str)))
        .replace(
            "{columns}",
            &listed(&mut columns.iter().map(|c| c.field.as_str())),
        )
        .replace("{by_learned}", &by_learned)
        .replace("{learned_of}", learned_of);
    let recommend = format!(
        "CREATE OR REPLACE FUNCTION {}(of_id text, k integer DEFAULT 24, equal jsonb DEFAULT '{{}}')
        RETURNS TABLE (id text, score real)
        LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path FROM CURRENT AS {}",
        table(schema, "recommend"),
        literal(&body),
    );
    let shoes = format!(
        "SELECT {}{own} FROM {shoe} WHERE {is_shown}",
        fields.join(", ")
    );
    let pictures = format!(
        "SELECT s.id, f.picture, s.row FROM {shoe} s JOIN {source} f USING (row) WHERE {is_shown}"
    );
    Faces {
        functions: [guard(schema), recommend],
        views: [("shoe", shoes), ("picture", pictures)],
    }
}

/// What [`faces`] makes: statements that make functions, and views by their names.
pub(super) struct Faces {
    pub functions: [String; 2],
    pub views: [(&'static str, String); 2],
}
