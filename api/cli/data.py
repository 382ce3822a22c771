"""antu load, antu export: files in, files out.

What reads and writes files is imported where it is used: other commands start without it.
"""

from __future__ import annotations

import getpass
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.cli.output import JsonFlag, print_json, writing_to
from api.cli.progress import progress_bar
from geo.domain.area import BoundingBox
from geo.domain.faults import fault
from geo.domain.kind import Kind
from geo.domain.site import Category, Coverage, Grade
from geo.domain.site_filter import SiteFilter
from geo.domain.union import UnionKind
from geo.domain.words import word
from geo.errors import Invalid
from geo.operations.database import opened
from geo.settings import Settings

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from geo.operations.loading import Progress as Told

load = typer.Typer(no_args_is_help=True)

More = Annotated[list[str] | None, typer.Argument(metavar="[FIELD=COL]...")]
Map = Annotated[list[str] | None, typer.Option("--map", metavar="FIELD=COL")]
Saved = Annotated[str | None, typer.Option("--mapping", metavar="NAME")]
SaveAs = Annotated[str | None, typer.Option("--save-mapping", metavar="NAME")]
Layer = Annotated[str | None, typer.Option("--layer", "--sheet", metavar="NAME")]
HeadingRow = Annotated[int | None, typer.Option(metavar="N", min=1)]
Preview = Annotated[bool, typer.Option("--preview")]
AcceptGood = Annotated[bool, typer.Option("--accept-good")]
Rejects = Annotated[Path | None, typer.Option(metavar="OUT")]


@load.command("divisions")
def load_divisions(
    file: Path,
    more: More = None,
    mapping: Map = None,
    level: str | None = None,
    saved: Saved = None,
    save_as: SaveAs = None,
    crs: str | None = None,
    layer: Layer = None,
    encoding: str | None = None,
    heading_row: HeadingRow = None,
    preview: Preview = False,
    accept_good: AcceptGood = False,
    rejects: Rejects = None,
    as_json: JsonFlag = False,
) -> None:
    """Load divisions: areas with a code and a name."""
    pairs = {"mapping": _mapping(mapping, more)}
    reading = {"crs": crs, "layer": layer, "encoding": encoding, "heading_row": heading_row}
    how = {"saved": saved, "save_as": save_as, "preview": preview, "accept_good": accept_good}
    _load(file, Kind.DIVISIONS, pairs | reading | how, {"level": level}, rejects, as_json)


@load.command("sites")
def load_sites(
    file: Path,
    more: More = None,
    mapping: Map = None,
    category: Category | None = None,
    ranges: Literal["refuse", "lower"] = "refuse",
    saved: Saved = None,
    save_as: SaveAs = None,
    crs: str | None = None,
    layer: Layer = None,
    encoding: str | None = None,
    heading_row: HeadingRow = None,
    preview: Preview = False,
    accept_good: AcceptGood = False,
    rejects: Rejects = None,
    as_json: JsonFlag = False,
) -> None:
    """Load sites: workplaces with a category, a headcount and a place."""
    pairs = {"mapping": _mapping(mapping, more)}
    reading = {"crs": crs, "layer": layer, "encoding": encoding, "heading_row": heading_row}
    how = {"saved": saved, "save_as": save_as, "preview": preview, "accept_good": accept_good}
    options = {"category": category, "ranges": ranges}
    _load(file, Kind.SITES, pairs | reading | how, options, rejects, as_json)


@load.command("unions")
def load_unions(
    file: Path,
    more: More = None,
    mapping: Map = None,
    kind: UnionKind | None = None,
    ranges: Literal["refuse", "lower"] = "refuse",
    saved: Saved = None,
    save_as: SaveAs = None,
    crs: str | None = None,
    layer: Layer = None,
    encoding: str | None = None,
    heading_row: HeadingRow = None,
    preview: Preview = False,
    accept_good: AcceptGood = False,
    rejects: Rejects = None,
    as_json: JsonFlag = False,
) -> None:
    """Load union organisations: enterprise unions and federations."""
    pairs = {"mapping": _mapping(mapping, more)}
    reading = {"crs": crs, "layer": layer, "encoding": encoding, "heading_row": heading_row}
    how = {"saved": saved, "save_as": save_as, "preview": preview, "accept_good": accept_good}
    options = {"kind": kind, "ranges": ranges}
    _load(file, Kind.UNIONS, pairs | reading | how, options, rejects, as_json)


def export(
    kind: Kind,
    out: Path,
    crs: str = "wgs84",
    division: str | None = None,
    category: list[Category] | None = None,
    coverage: list[Coverage] | None = None,
    grade: list[Grade] | None = None,
    needs_own_union: Annotated[bool | None, typer.Option("--needs-own-union/--needs-none")] = None,
    min_workers: Annotated[int | None, typer.Option(min=0)] = None,
    max_workers: Annotated[int | None, typer.Option(min=0)] = None,
    search: Annotated[str | None, typer.Option("-q", "--search")] = None,
    bbox: Annotated[str | None, typer.Option(metavar="W,S,E,N")] = None,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
) -> None:
    """Write the directory, or the sites that pass, into a file that loads again."""
    from geo.operations import exporting

    settings = Settings()
    wanted = SiteFilter(
        active=on is not None,
        division=division,
        categories=tuple(category or ()),
        coverages=tuple(coverage or ()),
        grades=tuple(grade or ()),
        needs_own_union=needs_own_union,
        min_workers=min_workers,
        max_workers=max_workers,
        search=search,
    )
    box = None if bbox is None else BoundingBox.parse(bbox)
    day = None if on is None else on.date()
    with opened(settings) as engine, writing_to(out):
        rows = exporting.export(
            engine, settings, kind, out, crs=crs, wanted=wanted, box=box, on=day
        )
    said = word("export.written", settings.language, n=rows, path=out)
    typer.echo(f"{word(f'load.kind.{kind}', settings.language)}: {said}")


def _mapping(options: list[str] | None, more: list[str] | None) -> dict[str, str]:
    """`--map a=x b=y` and `--map a=x --map b=y` mean the same."""
    mapping = {}
    for pair in [*(options or []), *(more or [])]:
        field, sign, column = pair.partition("=")
        if not sign or not field.strip():
            raise fault(Invalid, "error.map_option", field="map", pair=pair)
        mapping[field.strip()] = column.strip()
    return mapping


def _load(
    file: Path,
    kind: Kind,
    request: dict[str, Any],
    options: dict[str, Any],
    rejects: Path | None,
    as_json: bool,
) -> None:
    from api.cli.report import print_report
    from geo.ingest.refused import write_refused
    from geo.ingest.rows import Options
    from geo.operations import loading
    from geo.operations.understanding import Request

    settings = Settings()
    language = settings.language
    if rejects is not None:
        _check_rejects(rejects, file)
    asked = Request(
        path=file,
        kind=kind,
        options=Options(**options, language=language),
        loaded_by=getpass.getuser(),
        **request,
    )
    with opened(settings) as engine, progress_bar() as bar:
        told = _told(bar, bar.add_task("", total=None), settings)
        report = loading.load(engine, settings, asked, told)
    n = 0
    try:
        if rejects is not None and report.problems:
            with writing_to(rejects):
                n = write_refused(report.understood.source, report.problems, rejects, language)
    finally:  # after the rows are safe: whoever reads this may stop, as `head` does
        if as_json:
            print_json(report.as_dict())
        else:
            print_report(report, asked.preview, language)
    if n:
        typer.echo(word("load.rejects.written", language, n=n, path=rejects), err=True)
    if report.batch_id is None and not asked.preview:
        raise typer.Exit(2)


def _check_rejects(rejects: Path, file: Path) -> None:
    """Raise Invalid, before anything is loaded, where the refused rows could not be kept."""
    from geo.ingest.write import require_file

    if rejects.resolve() == file.resolve():
        raise fault(Invalid, "error.rejects.same", field="rejects", path=rejects)
    require_file(rejects)
    if not os.access(rejects.parent, os.W_OK):
        raise fault(Invalid, "error.out", field="rejects", path=rejects)


def _told(bar: Progress, task: TaskID, settings: Settings) -> Told:
    return lambda step, rows: bar.update(
        task, description=word(f"load.step.{step}", settings.language, n=rows)
    )
