//! What is true of the whole, found wherever the programs that wrote the file left it.

use super::{INFO_KEY, PANDAS_KEY, batches, damaged, is_block, lost, not_a_catalogue};
use crate::catalog::carrier::{Found, Gathered};
use crate::catalog::checksums::Checked;
use crate::catalog::names::CARRIER;
use crate::catalog::{BlockInfo, CatalogError, CatalogInfo, FORMAT_VERSION};
use arrow_schema::{DataType, Schema};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use std::path::Path;

/// What is true of the whole: from the file's metadata, else from what pandas and pyarrow keep, else from the rows.
pub(super) fn read(
    path: &Path,
    file: &Checked,
    metadata: &ArrowReaderMetadata,
) -> Result<CatalogInfo, CatalogError> {
    let schema = metadata.schema();
    let kept = of_file(metadata).or_else(|| of_pandas(schema));
    let mut info = match kept {
        Some(json) => parse(path, &json)?,
        None => of_rows(path, file, metadata)?,
    };
    fit_blocks(path, &mut info, schema)?;
    Ok(info)
}

fn of_file(metadata: &ArrowReaderMetadata) -> Option<String> {
    let pairs = metadata.metadata().file_metadata().key_value_metadata()?;
    let pair = pairs.iter().find(|pair| pair.key == INFO_KEY)?;
    pair.value.clone()
}

fn of_pandas(schema: &Schema) -> Option<String> {
    let attributes = schema.metadata().get(PANDAS_KEY)?;
    let attributes: serde_json::Value = serde_json::from_str(attributes).ok()?;
    Some(attributes.get(INFO_KEY)?.as_str()?.to_owned())
}

fn parse(path: &Path, json: &str) -> Result<CatalogInfo, CatalogError> {
    // The version first: of a newer format, nothing else need be as it is here.
    #[derive(serde::Deserialize)]
    struct Version {
        version: u32,
    }
    let broken = |error: serde_json::Error| {
        let reason = format!("its `{INFO_KEY}` metadata is not as expected: {error}");
        damaged(path, &reason)
    };
    let Version { version } = serde_json::from_str(json).map_err(broken)?;
    check_version(path, version)?;
    serde_json::from_str(json).map_err(broken)
}

fn check_version(path: &Path, version: u32) -> Result<(), CatalogError> {
    if version <= FORMAT_VERSION {
        return Ok(());
    }
    Err(CatalogError::Newer {
        path: path.to_owned(),
        found: version,
        known: FORMAT_VERSION,
    })
}

fn of_rows(
    path: &Path,
    file: &Checked,
    metadata: &ArrowReaderMetadata,
) -> Result<CatalogInfo, CatalogError> {
    let schema = metadata.schema();
    let mut gathered = Gathered::default();
    if schema.field_with_name(CARRIER).is_ok() {
        let broken = |error: &dyn std::fmt::Display| damaged(path, error);
        for batch in batches(file, metadata, &[CARRIER], None).map_err(|e| broken(&e))? {
            let batch = batch.map_err(|e| broken(&e))?;
            // A column of that name that is no text carries nothing.
            let _ = super::columns::read_texts(batch.column(0), &mut |text| gathered.push(text));
        }
    }
    match gathered.finish() {
        Found::Whole(info) => {
            check_version(path, info.version)?;
            tracing::debug!("{}: its rows carry what is true of it", path.display());
            Ok(info)
        }
        Found::Little(info, lost) => {
            check_version(path, info.version)?;
            tracing::warn!(
                "{}: another program wrote it and left out {lost}: recommendations work, designs need the space; to keep it, write the file's `{INFO_KEY}` metadata with it (docs/other-tools.md)",
                path.display()
            );
            Ok(info)
        }
        Found::TwoNetworks => Err(CatalogError::Mismatch {
            path: path.to_owned(),
            first: path.to_owned(),
            reason: "its rows are of two catalogues, whose embeddings were made by two networks or have other blocks".to_owned(),
        }),
        Found::Nothing if schema.field_with_name("image").is_ok() && schema.field_with_name("x").is_ok() => {
            let what = format!("neither its metadata nor a column `{CARRIER}` says which network made its embeddings");
            Err(lost(path, &what))
        }
        Found::Nothing => {
            let reason = format!("it is a Parquet file without the `{INFO_KEY}` metadata that `shoespace index` writes");
            Err(not_a_catalogue(path, &reason))
        }
    }
}

/// That the blocks are there, as the info says. One that places no shoe may be missing.
fn fit_blocks(path: &Path, info: &mut CatalogInfo, schema: &Schema) -> Result<(), CatalogError> {
    let all = std::mem::take(&mut info.blocks);
    for block in all {
        let field = schema.field_with_name(&block.name).ok();
        let is_needed = match &info.space {
            Some(space) => space.blocks.iter().any(|b| b.name == block.name),
            None => block.name != "learned",
        };
        match field {
            Some(field) if is_block(field.data_type(), block.dims) => info.blocks.push(block),
            None if !is_needed => tracing::warn!(
                "{}: another program left out its block `{}`",
                path.display(),
                block.name
            ),
            _ => {
                let reason = format!(
                    "it has no column `{}` of {} numbers a shoe",
                    block.name, block.dims
                );
                return Err(lost(path, &reason));
            }
        }
    }
    // Blocks that came later, as `learned`, are known by their type.
    for field in schema.fields() {
        if let DataType::FixedSizeList(inner, dims) = field.data_type()
            && *dims > 0
            && *inner.data_type() == DataType::Float32
            && !info.blocks.iter().any(|b| b.name == *field.name())
        {
            info.blocks.push(BlockInfo {
                name: field.name().clone(),
                dims: *dims as usize,
            });
        }
    }
    Ok(())
}
