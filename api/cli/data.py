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

load = typer.Typer(
    help="""Load divisions, sites or unions from a file.

    Divisions first, then sites, then unions. --preview says how a file is understood and what
    would become of its rows, and writes nothing. A file goes in whole or not at all: a row that is
    refused keeps it out, unless --accept-good takes the others; --rejects writes those that are
    refused into a file, each with its reason, to be mended and loaded. `antu undo` takes a load
    back.
    """,
    no_args_is_help=True,
)

File = Annotated[Path, typer.Argument(help="The file.")]
More = Annotated[list[str] | None, typer.Argument(metavar="[FIELD=COL]...", help="More of --map.")]
Map = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="FIELD=COL", help="The column of a field; may repeat."),
]
Saved = Annotated[
    str | None, typer.Option("--mapping", metavar="NAME", help="Use a mapping that is kept.")
]
SaveAs = Annotated[
    str | None, typer.Option("--save-mapping", metavar="NAME", help="Keep the mapping as NAME.")
]
Crs = Annotated[
    str | None,
    typer.Option(
        help="wgs84, gcj02, bd09, an EPSG code, or auto: the one that fits; else the file's own."
    ),
]
Layer = Annotated[
    str | None,
    typer.Option("--layer", "--sheet", metavar="NAME", help="Which, where the file has several."),
]
Encoding = Annotated[str | None, typer.Option(help="Encoding of the text, if it is misread.")]
HeadingRow = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="The row of the headings, if it is misread.")
]
Preview = Annotated[bool, typer.Option("--preview", help="Say what would happen; write nothing.")]
AcceptGood = Annotated[
    bool, typer.Option("--accept-good", help="Take the good rows where others are refused.")
]
Rejects = Annotated[
    Path | None, typer.Option(metavar="OUT", help="Write the refused rows to a file, to be mended.")
]
RangeRule = Annotated[
    Literal["refuse", "lower"], typer.Option(help="What becomes of a headcount like 100-200.")
]


@load.command("divisions")
def load_divisions(
    file: File,
    more: More = None,
    mapping: Map = None,
    level: Annotated[str | None, typer.Option(help="Level of all of them, as county.")] = None,
    saved: Saved = None,
    save_as: SaveAs = None,
    crs: Crs = None,
    layer: Layer = None,
    encoding: Encoding = None,
    heading_row: HeadingRow = None,
    preview: Preview = False,
    accept_good: AcceptGood = False,
    rejects: Rejects = None,
    as_json: JsonFlag = False,
) -> None:
    """Load divisions: areas with a code and a name.

    Fields: adcode, name, name_en, level, parent, geometry. Columns are known by their headings, in
    Chinese or English; name others with --map, as in --map adcode=GEOID name=NAME.
    """
    pairs = {"mapping": _mapping(mapping, more)}
    reading = {"crs": crs, "layer": layer, "encoding": encoding, "heading_row": heading_row}
    how = {"saved": saved, "save_as": save_as, "preview": preview, "accept_good": accept_good}
    _load(file, Kind.DIVISIONS, pairs | reading | how, {"level": level}, rejects, as_json)


@load.command("sites")
def load_sites(
    file: File,
    more: More = None,
    mapping: Map = None,
    category: Annotated[
        Category | None, typer.Option(help="Category of rows that say none.")
    ] = None,
    ranges: RangeRule = "refuse",
    saved: Saved = None,
    save_as: SaveAs = None,
    crs: Crs = None,
    layer: Layer = None,
    encoding: Encoding = None,
    heading_row: HeadingRow = None,
    preview: Preview = False,
    accept_good: AcceptGood = False,
    rejects: Rejects = None,
    as_json: JsonFlag = False,
) -> None:
    """Load sites: workplaces with a category, a headcount and a place.

    Fields: id, name, category, industry_code, grade, workers, migrant_workers, members, address,
    credit_code, stated_division, started_on, ended_on, lon, lat, lonlat, geometry. Columns are
    known by their headings, in Chinese or English; name others with --map, as in --map name=单位.
    A row with a known id changes its site; without an id one is made of its credit code, or of its
    name and address.
    """
    pairs = {"mapping": _mapping(mapping, more)}
    reading = {"crs": crs, "layer": layer, "encoding": encoding, "heading_row": heading_row}
    how = {"saved": saved, "save_as": save_as, "preview": preview, "accept_good": accept_good}
    options = {"category": category, "ranges": ranges}
    _load(file, Kind.SITES, pairs | reading | how, options, rejects, as_json)


@load.command("unions")
def load_unions(
    file: File,
    more: More = None,
    mapping: Map = None,
    kind: Annotated[UnionKind | None, typer.Option(help="Kind of rows that say none.")] = None,
    ranges: RangeRule = "refuse",
    saved: Saved = None,
    save_as: SaveAs = None,
    crs: Crs = None,
    layer: Layer = None,
    encoding: Encoding = None,
    heading_row: HeadingRow = None,
    preview: Preview = False,
    accept_good: AcceptGood = False,
    rejects: Rejects = None,
    as_json: JsonFlag = False,
) -> None:
    """Load union organisations: enterprise unions and federations.

    Fields: id, name, kind, members, founded_on, dissolved_on, parent, exemplar; of an enterprise
    union its site, by site_id, site_credit_code, or site_name and site_division; of a federation
    its categories and its territory, by geometry, territory_adcodes (divisions) or
    territory_site_id (a zone).
    """
    pairs = {"mapping": _mapping(mapping, more)}
    reading = {"crs": crs, "layer": layer, "encoding": encoding, "heading_row": heading_row}
    how = {"saved": saved, "save_as": save_as, "preview": preview, "accept_good": accept_good}
    options = {"kind": kind, "ranges": ranges}
    _load(file, Kind.UNIONS, pairs | reading | how, options, rejects, as_json)


def export(
    kind: Annotated[Kind, typer.Argument(help="sites, unions or divisions.")],
    out: Annotated[Path, typer.Argument(help="The file; its suffix says the format.")],
    crs: Annotated[str, typer.Option(help="Coordinate frame of the file.")] = "wgs84",
    division: Annotated[str | None, typer.Option(help="Only sites of this division.")] = None,
    category: Annotated[list[Category] | None, typer.Option(help="Only such sites.")] = None,
    coverage: Annotated[list[Coverage] | None, typer.Option(help="Only sites so covered.")] = None,
    grade: Annotated[list[Grade] | None, typer.Option(help="Only sites so graded.")] = None,
    needs_own_union: Annotated[
        bool | None,
        typer.Option(
            "--needs-own-union/--needs-none", help="Only sites that need, or do not need, a union."
        ),
    ] = None,
    min_workers: Annotated[int | None, typer.Option(min=0, help="Only sites so large.")] = None,
    max_workers: Annotated[int | None, typer.Option(min=0, help="Only sites so small.")] = None,
    search: Annotated[
        str | None, typer.Option("-q", "--search", help="Words in name, address or code.")
    ] = None,
    bbox: Annotated[
        str | None, typer.Option(metavar="W,S,E,N", help="Only sites in this box, in degrees.")
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only sites active on this day, and as covered."),
    ] = None,
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
    if as_json:
        print_json(report.as_dict())
    else:
        print_report(report, asked.preview, language)
    if rejects is not None and report.problems:
        with writing_to(rejects):
            n = write_refused(report.understood.source, report.problems, rejects, language)
        typer.echo(word("load.rejects.written", language, n=n, path=rejects), err=True)
    if report.batch_id is None and not asked.preview:
        raise typer.Exit(2)


def _check_rejects(rejects: Path, file: Path) -> None:
    """Raise Invalid, before anything is loaded, where the refused rows could not be kept."""
    if rejects.resolve() == file.resolve():
        raise fault(Invalid, "error.rejects.same", field="rejects", path=rejects)
    if not os.access(rejects.parent, os.W_OK):
        raise fault(Invalid, "error.out", field="rejects", path=rejects)


def _told(bar: Progress, task: TaskID, settings: Settings) -> Told:
    return lambda step, rows: bar.update(
        task, description=word(f"load.step.{step}", settings.language, n=rows)
    )
