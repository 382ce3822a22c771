"""What a file is taken to be, before any row of it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Connection

from geo.database import divisions, mappings
from geo.domain.crs import WGS84
from geo.domain.kind import Kind
from geo.domain.words import word, words
from geo.ingest import headings
from geo.ingest.frames import AUTO, FRAMES, better_frame, measure
from geo.ingest.read import Source, open_source
from geo.ingest.rows import Options
from geo.settings import Language


@dataclass(frozen=True)
class Request:
    """What is to be loaded, and how it is to be understood.

    `mapping` is field -> column, and goes before the one that is kept under the name `saved`;
    `save_as` keeps the mapping under a name. `crs` overrules the file; `auto` takes the frame that
    fits the divisions which the rows state. `heading_row` counts from 1. `accept_good` takes the
    good rows where others are refused; `preview` says what would happen and writes nothing.
    `file_name` is the name that the batch bears, where the path has another.
    """

    path: Path
    kind: Kind
    mapping: Mapping[str, str] = field(default_factory=dict)
    saved: str | None = None
    save_as: str | None = None
    options: Options = field(default_factory=Options)
    crs: str | None = None
    layer: str | None = None
    encoding: str | None = None
    heading_row: int | None = None
    accept_good: bool = False
    preview: bool = False
    file_name: str | None = None
    loaded_by: str | None = None


@dataclass(frozen=True)
class Understood:
    """A file with its frame settled, and which column holds which field.

    `fit`: of the rows that state their division (`rows`), how many lie in it, read in each frame;
    `better`: the frame that clearly fits better than the one in use.
    """

    source: Source
    mapping: headings.Mapping
    fit: Mapping[str, int]
    better: str | None

    def warning(self, lang: Language) -> str | None:
        """That another coordinate frame fits better, with the counts; None where none does."""
        if self.better is None:
            return None
        crs = self.source.crs
        return word(
            "load.better",
            lang,
            better=frame_name(self.better, lang),
            crs=frame_name(crs, lang),
            n=self.fit[self.better],
            m=self.fit[crs if crs in FRAMES else WGS84],
            rows=self.fit["rows"],
        )


def frame_name(crs: str, lang: Language) -> str:
    """A coordinate frame as a person knows it."""
    return words(lang).get(f"frame.{crs}", crs)


def source_of(request: Request) -> Source:
    """The file of a request, opened as it asks; raises Invalid where it cannot be taken."""
    return open_source(
        request.path,
        layer=request.layer,
        encoding=request.encoding,
        heading_row=request.heading_row,
        crs=request.crs,
    )


def understand(connection: Connection, request: Request, source: Source) -> Understood:
    """Settle the columns and the frame of a file.

    Raises Invalid where a column or field is missing, NotFound for an unknown mapping.
    """
    known = mappings.saved(connection, request.kind, request.saved) if request.saved else {}
    overrides = known | dict(request.mapping)
    mapping = headings.understand(
        source.columns,
        request.kind,
        overrides,
        source.tells_apart,
        source.industry_field,
        is_cut=source.is_cut,
    )
    said = headings.frame_said(mapping)
    if request.crs is None and source.file_crs is None and said is not None:
        source = replace(source, crs=said, file_crs=said)
    fit = _fit(connection, source, mapping)
    better = better_frame(fit, source.crs) if fit else None
    if request.crs == AUTO and better is not None:
        source, better = replace(source, crs=better), None
    return Understood(source, mapping, fit, better)


def _fit(connection: Connection, source: Source, mapping: headings.Mapping) -> dict[str, int]:
    """How well each frame fits; nothing where no row states a division, or none is known."""
    if "stated_division" not in mapping:
        return {}
    areas = divisions.export(connection)
    return {} if areas.empty else measure(source.batches(), mapping, areas)
