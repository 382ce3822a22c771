"""GeoParquet, and Parquet without geometry."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyproj import CRS

from geo.ingest.faults import FileInvalid
from geo.ingest.features import Layout, each_translated, located_columns, stated_frame, translated
from geo.ingest.headings import GEOMETRY, column_names
from geo.ingest.texts import as_text

# All texts of a batch, as they are unpacked: a file may keep one for all its rows. Some kilobytes
# a row are more than any directory has.
MAX_TEXTS_BYTES = 2**28
# One column of a group of rows, when it is packed as nothing but repetition is.
MAX_COLUMN_BYTES = 2**30
MAX_PACKING = 100


def layout_of(path: Path) -> Layout:
    """Look into a Parquet file; without GeoParquet metadata it is a plain table."""
    with translated(path), pq.ParquetFile(path) as file:
        schema, count = file.schema_arrow, file.metadata.num_rows
    geo = _geo_metadata(path, schema)
    if geo is None:
        return Layout(None, (), None, None, tuple(column_names(schema.names)), count)
    primary = geo["primary_column"]
    columns = located_columns(name for name in schema.names if name not in geo["columns"])
    crs = geo["columns"][primary].get("crs", "OGC:CRS84")
    return Layout(None, (), None, stated_frame(crs), columns, count)


def _geo_metadata(path: Path, schema: pa.Schema) -> dict[str, Any] | None:
    raw = (schema.metadata or {}).get(b"geo")
    if raw is None:
        return None
    try:
        geo: dict[str, Any] = json.loads(raw)
        encoding = geo["columns"][geo["primary_column"]]["encoding"]
    except (ValueError, KeyError, TypeError) as error:
        raise FileInvalid("file.damaged", name=path.name, why="GeoParquet metadata") from error
    if encoding != "WKB":
        raise FileInvalid("file.geometry_encoding", name=path.name, encoding=encoding)
    return geo


def read(path: Path, layout: Layout, size: int) -> Iterator[pa.RecordBatch]:
    """Rows as text columns, and a binary column `geometry` (WKB in the file's CRS)."""
    return each_translated(path, _read(path, layout, size))


def _read(path: Path, layout: Layout, size: int) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as file:
        _refuse_repetition(path, file.metadata)
        schema = file.schema_arrow
    geo = _geo_metadata(path, schema)
    names = [n for n in schema.names if geo is None or n not in geo["columns"]]
    texts = [name for name in names if _is_text(schema.field(name).type)]
    if geo is not None:
        names.append(geo["primary_column"])
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        for batch in file.iter_batches(batch_size=size, columns=names):
            if sum(map(_unpacked_bytes, batch.select(texts).columns)) > MAX_TEXTS_BYTES:
                raise FileInvalid("file.bomb", name=path.name)
            yield as_text(batch, names, layout.columns)


def _is_text(kind: pa.DataType) -> bool:
    values = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(values) or pa.types.is_large_string(values))


def _refuse_repetition(path: Path, metadata: pq.FileMetaData) -> None:
    for group in range(metadata.num_row_groups):
        for number in range(metadata.num_columns):
            column = metadata.row_group(group).column(number)
            size = column.total_uncompressed_size
            if size > max(MAX_COLUMN_BYTES, MAX_PACKING * column.total_compressed_size):
                raise FileInvalid("file.bomb", name=path.name)


def _unpacked_bytes(texts: pa.DictionaryArray) -> int:
    lengths = pc.binary_length(texts.dictionary)
    return pc.sum(lengths.take(texts.indices).cast(pa.int64())).as_py() or 0


def write(batches: Iterable[pa.RecordBatch], schema: pa.Schema, path: Path, crs: CRS) -> None:
    """Write batches as GeoParquet 1.1."""
    metadata = {}
    if GEOMETRY in schema.names:
        column: dict[str, Any] = {
            "encoding": "WKB",
            "geometry_types": [],
            "crs": json.loads(crs.to_json()),
        }
        geo = {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
        metadata["geo"] = json.dumps(geo)
    schema = schema.with_metadata(metadata)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch.replace_schema_metadata(metadata))
