"""Loading a file: read, understood, checked, compared and written, whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import geopandas as gpd
from sqlalchemy import Connection, Engine

from geo.database import batches, loading, mappings, state
from geo.database.engine import reading, writing
from geo.database.loading import Comparison
from geo.domain.kind import Kind
from geo.domain.words import word
from geo.errors import Problem
from geo.ingest import check, headings
from geo.ingest.read import RawBatch
from geo.ingest.rows import Checked
from geo.operations.database import lock
from geo.operations.understanding import Request, Understood, source_of, understand
from geo.settings import Language, Settings

_CHECKS = {
    Kind.DIVISIONS: check.check_divisions,
    Kind.SITES: check.check_sites,
    Kind.UNIONS: check.check_unions,
}
Step = Literal["reading", "comparing", "writing"]
Progress = Callable[[Step, int], None]
# So many notes are kept; a file in which every row is noted says the same again and again.
MAX_NOTES = 10_000
# So many rows are shown as they were understood.
SAMPLE_ROWS = 500


@dataclass(frozen=True)
class Report:
    """What became of every row: read = added + updated + unchanged + refused.

    `notes` are the first MAX_NOTES of `n_notes`; `sample` is the first good rows as they were
    understood. Nothing was written where `batch_id` is None: on a preview, or because rows were
    refused.
    """

    understood: Understood
    read: int
    counts: Comparison
    problems: list[Problem]
    notes: list[Problem]
    n_notes: int
    sample: gpd.GeoDataFrame
    batch_id: int | None = None

    @property
    def refused(self) -> int:
        """How many rows have a problem."""
        return len({problem.row for problem in self.problems})

    def as_dict(self, most: int | None = None) -> dict[str, Any]:
        """All of it as JSON takes it; with `most`, only the first problems and notes."""
        source = self.understood.source
        return {
            "batch": self.batch_id,
            "read": self.read,
            **vars(self.counts),
            "refused": self.refused,
            "format": source.format.value,
            "encoding": source.encoding,
            "layer": source.layer,
            "heading_row": source.heading_row,
            "mapping": self.understood.mapping.as_dict(),
            "unmapped": list(self.understood.mapping.unmapped),
            "crs": source.crs,
            "fit": dict(self.understood.fit),
            "better_crs": self.understood.better,
            "problems": [problem.as_dict() for problem in self.problems[:most]],
            "n_problems": len(self.problems),
            "notes": [note.as_dict() for note in self.notes[:most]],
            "n_notes": self.n_notes,
        }


def load(
    engine: Engine,
    settings: Settings,
    request: Request,
    progress: Progress = lambda _step, _rows: None,
    understood: Understood | None = None,
) -> Report:
    """Load a file in one transaction; `progress` is told the step and the rows read so far.

    Raises Invalid where the file as a whole cannot be taken. Rows that are refused are in the
    report; without `accept_good` one of them keeps the whole file out.
    """
    if understood is None:
        source = source_of(request)
        with reading(engine) as connection:
            understood = understand(connection, request, source)
    rows = _Rows(request, understood.mapping)
    with writing(engine) as connection:
        # A preview holds up nobody.
        assessed_for = None if request.preview else lock(connection, settings)
        frames = rows.frames(understood.source.batches(), progress)
        loading.stage(connection, request.kind, frames)
        progress("comparing", rows.read)
        rows.problems += loading.take_out_repeated(
            connection,
            request.kind,
            lambda first: word("import.id.repeated", request.options.language, first=first),
        )
        if request.kind is Kind.UNIONS:
            rows.add(*_settle_unions(connection, request.options.language))
        if request.kind is Kind.DIVISIONS:
            rows.add(*_settle_divisions(connection, request.options.language))
        counts = loading.compare(connection, request.kind)
        report = rows.report(understood, counts)
        if assessed_for is None or (report.refused and not request.accept_good):
            connection.rollback()
            return report
        progress("writing", rows.read)
        batch_id = batches.record(connection, _batch(request, report))
        loading.write(connection, request.kind, batch_id, *assessed_for)
        if request.save_as:
            columns = understood.mapping.as_dict()
            mappings.save(connection, request.kind, request.save_as, columns)
        state.changed(connection)
    return replace(report, batch_id=batch_id)


def _settle_unions(connection: Connection, lang: Language) -> tuple[list[Problem], list[Problem]]:
    """What only the database knows: the sites that unions belong to, and their territories."""
    unattached = loading.attach(
        connection,
        lambda n: word("import.union.many_sites" if n else "import.union.no_such_site", lang, n=n),
    )
    unknown = loading.take_out_unknown_territories(
        connection, lambda name, value: word(f"import.{name}.unknown", lang, value=value)
    )
    later = loading.without_site(
        connection, lambda site_id: word("import.union.site_later", lang, value=site_id)
    )
    return unattached + unknown, later


def _settle_divisions(
    connection: Connection, lang: Language
) -> tuple[list[Problem], list[Problem]]:
    """What only the database knows: whether parents exist, and none is below its own division."""
    return loading.take_out_circular(
        connection, lambda fault, parent: word(f"import.parent.{fault}", lang, value=parent)
    )


@dataclass
class _Rows:
    """The rows on their way into the database, and what was said about them."""

    request: Request
    mapping: headings.Mapping
    read: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    n_notes: int = 0
    sample: gpd.GeoDataFrame | None = None

    def add(self, problems: list[Problem], notes: list[Problem]) -> None:
        """What was said about some rows."""
        self.problems += problems
        self.notes += notes[: MAX_NOTES - len(self.notes)]
        self.n_notes += len(notes)

    def frames(self, raw: Iterator[RawBatch], progress: Progress) -> Iterator[gpd.GeoDataFrame]:
        """The frames that can be stored."""
        for batch in raw:
            checked: Checked = _CHECKS[self.request.kind](batch, self.mapping, self.request.options)
            self.read += checked.n_read
            self.add(checked.problems, checked.notes)
            if self.sample is None or self.sample.empty:
                self.sample = checked.frame.head(SAMPLE_ROWS)
            progress("reading", self.read)
            yield checked.frame

    def report(self, understood: Understood, counts: Comparison) -> Report:
        """What is known once the rows are compared."""
        for said in (self.problems, self.notes):
            said.sort(key=lambda each: each.row or 0)
        return Report(
            understood=understood,
            read=self.read,
            counts=counts,
            problems=self.problems,
            notes=self.notes,
            n_notes=self.n_notes,
            sample=gpd.GeoDataFrame() if self.sample is None else self.sample,
        )


def _batch(request: Request, report: Report) -> dict[str, object]:
    with request.path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "kind": request.kind,
        "file_name": request.file_name or request.path.name,
        "checksum": checksum,
        "options": {
            "mapping": report.understood.mapping.as_dict(),
            "unmapped": list(report.understood.mapping.unmapped),
            "crs": report.understood.source.crs,
            "notes": [note.as_dict() for note in report.notes],
            "problems": [problem.as_dict() for problem in report.problems[:MAX_NOTES]],
        },
        "loaded_by": request.loaded_by,
        "read": report.read,
        **vars(report.counts),
        "refused": report.refused,
    }
