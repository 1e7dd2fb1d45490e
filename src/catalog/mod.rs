//! What a shoe is: ids, metadata, blocks, positions and pictures; importers, filters and the Parquet file.
