"""antu load, antu export: files in, files out.

What reads and writes files is imported where it is used: other commands start without it.
"""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from api.cli.output import MAX_PROBLEMS, JsonFlag, print_json
from geo.domain.kind import Kind
from geo.domain.site import Category
from geo.domain.union import UnionKind
from geo.errors import Invalid, Problem
from geo.operations.database import opened
from geo.settings import Settings

if TYPE_CHECKING:
    from geo.operations.loading import Report

load = typer.Typer(help="Load divisions, sites or unions from a file.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="The file.")]
More = Annotated[list[str] | None, typer.Argument(metavar="[FIELD=COL]...", help="More of --map.")]
Map = Annotated[
    list[str] | None, typer.Option("--map", metavar="FIELD=COL", help="The column of a field.")
]
Crs = Annotated[
    str | None, typer.Option(help="wgs84, gcj02, bd09 or an EPSG code; else what the file says.")
]
Layer = Annotated[str | None, typer.Option(help="Layer or sheet, where the file has several.")]
Encoding = Annotated[str | None, typer.Option(help="Encoding of the text, if it is misread.")]
Preview = Annotated[bool, typer.Option("--preview", help="Say what would happen; write nothing.")]
AcceptGood = Annotated[bool, typer.Option("--accept-good", help="Take the good rows.")]


@load.command("divisions")
def load_divisions(
    file: File,
    more: More = None,
    mapping: Map = None,
    level: Annotated[str | None, typer.Option(help="Level of all of them, as county.")] = None,
    crs: Crs = None,
    layer: Layer = None,
    encoding: Encoding = None,
    preview: Preview = False,
    accept_good: AcceptGood = False,
    as_json: JsonFlag = False,
) -> None:
    """Load divisions: areas with a code and a name."""
    reading = {"crs": crs, "layer": layer, "encoding": encoding}
    pairs = _mapping(mapping, more)
    _load(Kind.DIVISIONS, file, pairs, {"level": level}, reading, preview, accept_good, as_json)


@load.command("sites")
def load_sites(
    file: File,
    more: More = None,
    mapping: Map = None,
    category: Annotated[
        Category | None, typer.Option(help="Category of rows that say none.")
    ] = None,
    crs: Crs = None,
    layer: Layer = None,
    encoding: Encoding = None,
    preview: Preview = False,
    accept_good: AcceptGood = False,
    as_json: JsonFlag = False,
) -> None:
    """Load sites: workplaces with a category, a headcount and a place."""
    reading = {"crs": crs, "layer": layer, "encoding": encoding}
    pairs = _mapping(mapping, more)
    _load(Kind.SITES, file, pairs, {"category": category}, reading, preview, accept_good, as_json)


@load.command("unions")
def load_unions(
    file: File,
    more: More = None,
    mapping: Map = None,
    kind: Annotated[UnionKind | None, typer.Option(help="Kind of rows that say none.")] = None,
    crs: Crs = None,
    layer: Layer = None,
    encoding: Encoding = None,
    preview: Preview = False,
    accept_good: AcceptGood = False,
    as_json: JsonFlag = False,
) -> None:
    """Load union organisations: enterprise unions and federations."""
    reading = {"crs": crs, "layer": layer, "encoding": encoding}
    pairs = _mapping(mapping, more)
    _load(Kind.UNIONS, file, pairs, {"kind": kind}, reading, preview, accept_good, as_json)


def export(
    kind: Annotated[Kind, typer.Argument(help="sites, unions or divisions.")],
    out: Annotated[Path, typer.Argument(help="The file; its suffix says the format.")],
    crs: Annotated[str, typer.Option(help="Coordinate frame of the file.")] = "wgs84",
) -> None:
    """Write the directory into a file that loads again."""
    from geo.operations import exporting

    settings = Settings()
    with opened(settings) as engine:
        rows = exporting.export(engine, kind, out, crs=crs)
    typer.echo(f"{rows:,} {kind} written to {out}")


def _mapping(options: list[str] | None, more: list[str] | None) -> dict[str, str]:
    """`--map a=x b=y` and `--map a=x --map b=y` mean the same."""
    mapping = {}
    for pair in [*(options or []), *(more or [])]:
        field, sign, column = pair.partition("=")
        if not sign or not field.strip():
            reason = f"{pair!r} is not FIELD=COLUMN, as in --map name=NAME"
            raise Invalid(reason, [Problem(reason, field="map")])
        mapping[field.strip()] = column.strip()
    return mapping


def _load(
    kind: Kind,
    file: Path,
    mapping: dict[str, str],
    defaults: dict[str, Any],
    reading: dict[str, str | None],
    preview: bool,
    accept_good: bool,
    as_json: bool,
) -> None:
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from geo.ingest.rows import Options
    from geo.operations import loading

    settings = Settings()
    request = loading.Request(
        path=file,
        kind=kind,
        mapping=mapping,
        options=Options(**defaults, language=settings.language),
        crs=reading["crs"],
        layer=reading["layer"],
        encoding=reading["encoding"],
        preview=preview,
        accept_good=accept_good,
        loaded_by=getpass.getuser(),
    )
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} rows"), TimeElapsedColumn())
    console = Console(stderr=True)
    with (
        opened(settings) as engine,
        Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar,
    ):
        task = bar.add_task("rows", total=None)
        report = loading.load(
            engine, settings, request, lambda rows: bar.update(task, completed=rows)
        )
    if as_json:
        print_json(_as_dict(report))
    else:
        _print(report, preview)
    if report.batch_id is None and not preview:
        raise typer.Exit(2)


def _as_dict(report: Report) -> dict[str, object]:
    return {
        "batch": report.batch_id,
        "read": report.read,
        "added": report.counts.added,
        "updated": report.counts.updated,
        "unchanged": report.counts.unchanged,
        "refused": report.refused,
        "mapping": report.mapping.as_dict(),
        "crs": report.source.crs,
        "problems": [problem.as_dict() for problem in report.problems],
        "notes": [note.as_dict() for note in report.notes],
    }


def _print(report: Report, preview: bool) -> None:
    counts = report.counts
    if preview:
        typer.echo(f"understood: {report.source.format}, coordinates {report.source.crs}")
        for field, column in report.mapping.as_dict().items():
            typer.echo(f"  {field:18} <- {column}")
    _print_rows("refused", report.problems)
    _print_rows("noted", report.notes)
    typer.echo(
        f"{report.read:,} rows read: {counts.added:,} added, {counts.updated:,} updated, "
        f"{counts.unchanged:,} unchanged, {report.refused:,} refused"
    )
    if preview:
        typer.echo("nothing was written: this was a preview")
    elif report.batch_id is None:
        typer.echo("nothing was written; mend the rows, or take the good ones with --accept-good")


def _print_rows(title: str, problems: list[Problem]) -> None:
    for problem in problems[:MAX_PROBLEMS]:
        typer.echo(
            f"{title}: row {problem.row}, {problem.field or '-'}: {problem.reason}", err=True
        )
    if len(problems) > MAX_PROBLEMS:
        typer.echo(f"{title}: ... and {len(problems) - MAX_PROBLEMS:,} more", err=True)
