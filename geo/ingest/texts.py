"""Columns of any type as texts: from here on all files are alike."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from geo.ingest.headings import GEOMETRY


def as_text(
    batch: pa.RecordBatch, which: Sequence[str] | Sequence[int], columns: Sequence[str]
) -> pa.RecordBatch:
    """Columns of a batch (names or places) as texts under new names; `geometry` stays binary."""
    arrays = [
        _binary(array) if column == GEOMETRY and _is_binary(array.type) else text_of(array)
        for array, column in zip(map(batch.column, which), columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, names=list(columns))


def _is_binary(kind: pa.DataType) -> bool:
    storage = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
    return bool(pa.types.is_binary(storage) or pa.types.is_large_binary(storage))


def _binary(array: pa.Array) -> pa.Array:
    return array.storage if isinstance(array, pa.ExtensionArray) else array


def text_of(array: pa.Array) -> pa.Array:
    """A column of any type as the text that a person would write for it."""
    kind = array.type
    if isinstance(array, pa.ExtensionArray):
        return text_of(array.storage)
    if pa.types.is_dictionary(kind):
        return text_of(array.dictionary_decode())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _sound(array)
    if pa.types.is_floating(kind):
        return _float_text(array)
    if pa.types.is_timestamp(kind):
        text = pc.strftime(array, format="%Y-%m-%d %H:%M:%S")
        return pc.replace_substring_regex(text, r"[ T]00:00:00(\.0+)?$", "").cast(pa.string())
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pc.binary_join(array.cast(pa.list_(pa.string())), ";")
    if pa.types.is_nested(kind) or _is_binary(kind):
        return pa.array(
            [None if v is None else json.dumps(v, default=str) for v in array.to_pylist()],
            pa.string(),
        )
    return array.cast(pa.string())


def _sound(array: pa.Array) -> pa.Array:
    """Texts without the halves of characters that formats of fixed width leave behind."""
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        raw = array.cast(pa.binary()).to_pylist()
        array = pa.array([text and text.decode("utf-8", "ignore") for text in raw])
    return array.cast(pa.string())


def _float_text(array: pa.Array) -> pa.Array:
    """Whole numbers without a fraction while they are exact; NaN is nothing."""
    array = array.cast(pa.float64())
    array = pc.if_else(pc.is_nan(array), pa.scalar(None, pa.float64()), array)
    whole = pc.and_(pc.equal(pc.floor(array), array), pc.less(pc.abs(array), 1e15))
    integers = pc.if_else(whole, array, pa.scalar(None, pa.float64())).cast(pa.int64())
    return pc.coalesce(integers.cast(pa.string()), array.cast(pa.string()))
