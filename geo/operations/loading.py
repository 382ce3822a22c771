"""Loading a file: read, understood, checked, compared and written, whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
from sqlalchemy import Connection, Engine

from geo.database import batches, loading, state
from geo.database.engine import writing
from geo.database.loading import Comparison
from geo.domain.kind import Kind
from geo.domain.words import word
from geo.errors import Problem
from geo.ingest import check, headings
from geo.ingest.read import RawBatch, Source, open_source
from geo.ingest.rows import Checked, Options
from geo.operations.database import today
from geo.settings import Language, Settings

_CHECKS = {
    Kind.DIVISIONS: check.check_divisions,
    Kind.SITES: check.check_sites,
    Kind.UNIONS: check.check_unions,
}
Progress = Callable[[int], None]
# A batch keeps so many notes and problems; the rest is in the report of the load alone.
MAX_KEPT_NOTES = 10_000


@dataclass(frozen=True)
class Request:
    """What is to be loaded, and how it is to be understood.

    `mapping` is field -> column; `crs` overrules the file; `accept_good` takes the good rows where
    others are refused; `preview` says what would happen and writes nothing.
    """

    path: Path
    kind: Kind
    mapping: Mapping[str, str] = field(default_factory=dict)
    options: Options = field(default_factory=Options)
    crs: str | None = None
    layer: str | None = None
    encoding: str | None = None
    accept_good: bool = False
    preview: bool = False
    loaded_by: str | None = None
    illustrative: bool = False


@dataclass(frozen=True)
class Report:
    """What became of every row: read = added + updated + unchanged + refused.

    Nothing was written where `batch_id` is None: on a preview, or because rows were refused.
    """

    source: Source
    mapping: headings.Mapping
    read: int
    counts: Comparison
    problems: list[Problem]
    notes: list[Problem]
    batch_id: int | None

    @property
    def refused(self) -> int:
        """How many rows have a problem."""
        return len({problem.row for problem in self.problems})


def load(
    engine: Engine, settings: Settings, request: Request, progress: Progress = lambda _rows: None
) -> Report:
    """Load a file in one transaction; `progress` is told the number of rows read so far.

    Raises Invalid where the file as a whole cannot be taken. Rows that are refused are in the
    report; without `accept_good` one of them keeps the whole file out.
    """
    source = open_source(
        request.path, layer=request.layer, encoding=request.encoding, crs=request.crs
    )
    mapping = headings.understand(source.columns, request.kind, request.mapping)
    rows = _Rows(request, mapping)
    with writing(engine) as connection:
        state.lock(connection)
        loading.stage(connection, request.kind, rows.frames(source.batches(), progress))
        rows.problems += loading.take_out_repeated(
            connection,
            request.kind,
            lambda first: word("import.id.repeated", request.options.language, first=first),
        )
        if request.kind is Kind.UNIONS:
            rows.problems += _settle_unions(connection, request.options.language)
        counts = loading.compare(connection, request.kind)
        report = Report(source, mapping, rows.read, counts, rows.problems, rows.notes, None)
        if request.preview or (report.refused and not request.accept_good):
            connection.rollback()
            return report
        batch_id = batches.record(connection, _batch(request, report))
        on, threshold = today(settings), settings.own_union_threshold
        loading.write(connection, request.kind, batch_id, on, threshold)
        if request.illustrative:
            state.changed(connection, illustrative=True)
        else:
            state.changed(connection)
    return Report(source, mapping, rows.read, counts, rows.problems, rows.notes, batch_id)


def _settle_unions(connection: Connection, lang: Language) -> list[Problem]:
    """What only the database knows: the sites that unions belong to, and their territories."""
    unattached = loading.attach(
        connection,
        lambda n: word("import.union.many_sites" if n else "import.union.no_such_site", lang, n=n),
    )
    unknown = loading.take_out_unknown_territories(
        connection, lambda name, value: word(f"import.{name}.unknown", lang, value=value)
    )
    return unattached + unknown


@dataclass
class _Rows:
    """The rows on their way into the database, and what was said about them."""

    request: Request
    mapping: headings.Mapping
    read: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def frames(self, raw: Iterator[RawBatch], progress: Progress) -> Iterator[gpd.GeoDataFrame]:
        """The frames that can be stored."""
        for batch in raw:
            checked: Checked = _CHECKS[self.request.kind](batch, self.mapping, self.request.options)
            self.read += checked.n_read
            self.problems += checked.problems
            self.notes += checked.notes
            progress(self.read)
            yield checked.frame


def _batch(request: Request, report: Report) -> dict[str, object]:
    with request.path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "kind": request.kind,
        "file_name": request.path.name,
        "checksum": checksum,
        "options": {
            "mapping": report.mapping.as_dict(),
            "crs": report.source.crs,
            "notes": [note.as_dict() for note in report.notes[:MAX_KEPT_NOTES]],
            "problems": [problem.as_dict() for problem in report.problems[:MAX_KEPT_NOTES]],
        },
        "loaded_by": request.loaded_by,
        "read": report.read,
        "added": report.counts.added,
        "updated": report.counts.updated,
        "unchanged": report.counts.unchanged,
        "refused": report.refused,
    }
