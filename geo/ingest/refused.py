"""The refused rows as they were, each with what is wrong, in a file to be mended and loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from geo.domain.crs import WGS84
from geo.domain.words import word, words
from geo.errors import Problem
from geo.ingest.frames import SWAPPED
from geo.ingest.headings import GEOMETRY
from geo.ingest.read import Source
from geo.ingest.sniff import Format
from geo.ingest.write import SUFFIXES, write_batches
from geo.settings import Language

# What can be read but not written goes into its nearest relative.
_WRITTEN_AS = {
    Format.XLS: Format.XLSX,
    Format.TOPOJSON: Format.GEOJSON,
    Format.KML: Format.GEOJSON,
}


def suffix(source: Source) -> str:
    """The suffix of a file of refused rows: that of the format they came in."""
    format_ = _WRITTEN_AS.get(source.format, source.format)
    return next(suffix for suffix, named in SUFFIXES.items() if named is format_)


def write_refused(
    source: Source, problems: Iterable[Problem], path: Path, language: Language = "en"
) -> int:
    """Read the rows that have a problem once more and write them to `path`; returns how many.

    The format is that of the suffix, or else that of the source: a table has no shapes for a
    Shapefile. The first column says what is wrong and how to mend it; it is passed over when the
    file is loaded.
    """
    reasons = _reasons(problems, language)
    format_ = SUFFIXES.get(path.suffix.lower())
    if format_ is None or (format_ is Format.SHAPEFILE and GEOMETRY not in source.columns):
        format_ = _WRITTEN_AS.get(source.format, source.format)
    # Rows go back as they came: what is wrong with the order of their axes, no format can say.
    crs = WGS84 if source.crs == SWAPPED else source.crs
    return write_batches(_batches(source, reasons, language), path, format_, crs)


def _reasons(problems: Iterable[Problem], language: Language) -> dict[int, str]:
    """All that is wrong with a row, as one text."""
    found: dict[int, list[str]] = {}
    for problem in problems:
        if problem.row is not None:
            name = words(language).get(f"field.{problem.field}")
            said = f"{name}: {problem.reason}" if name else problem.reason
            found.setdefault(problem.row, []).append(said)
    return {row: "; ".join(said) for row, said in found.items()}


def _batches(
    source: Source, reasons: dict[int, str], language: Language
) -> Iterator[pa.RecordBatch]:
    refused = np.array(sorted(reasons), dtype=np.int64)
    heading = _free(word("import.problem", language), source.columns)
    spare = _spare_columns(source, refused)
    for batch in source.batches():
        here = np.isin(batch.numbers, refused)
        rows = batch.rows.filter(pa.array(here))
        numbers = batch.numbers[here].tolist()
        columns = {heading: pa.array([reasons[row] for row in numbers], pa.string())}
        columns |= dict(zip(rows.schema.names, rows.columns, strict=True))
        columns |= {name: pa.nulls(rows.num_rows, pa.string()) for name in spare}
        geometry = columns.pop(GEOMETRY, None)
        if geometry is not None:
            columns[GEOMETRY] = geometry
        yield pa.RecordBatch.from_pydict(columns)
        misfits = [[reasons[bad.row], *bad.cells] for bad in batch.misfits if bad.row in reasons]
        for cells in misfits:
            cells += [None] * (len(columns) - len(cells))
        if misfits:
            arrays = [pa.array(cells, pa.string()) for cells in zip(*misfits, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, names=list(columns))


def _spare_columns(source: Source, refused: np.ndarray) -> list[str]:
    """Columns for the cells of rows that have more of them than the heading."""
    if source.format is not Format.CSV:
        return []
    wanted = set(refused.tolist())
    widest = max(
        (len(bad.cells) for b in source.batches() for bad in b.misfits if bad.row in wanted),
        default=0,
    )
    return [f"#{place}" for place in range(len(source.columns) + 1, widest + 1)]


def _free(heading: str, columns: tuple[str, ...]) -> str:
    while heading in columns:
        heading += "'"
    return heading
