"""antu coverage, nearby, map: the questions of planners and organisers."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.output import JsonFlag, print_json, print_table, writing_to
from api.documents import FORMATS, document
from geo.database import sites
from geo.database.summary import coverage_summary, stated_coverage
from geo.domain.area import BoundingBox, place
from geo.domain.faults import fault
from geo.domain.site import Category
from geo.domain.site_filter import SiteFilter
from geo.domain.words import word
from geo.errors import Invalid
from geo.operations.database import keep_current, looking_at, opened, today
from geo.settings import Language, Settings
from maps.view import A4, Size, View

COVERAGE_COLUMNS = (
    "adcode",
    "name",
    "sites",
    "sites_none",
    "sites_need_own_union",
    "site_rate",
    "workers",
    "gap",
    "worker_rate",
    "sites_unknown_workers",
)
NEARBY_COLUMNS = ("distance_m", "name", "category", "workers", "gap", "coverage", "id")

Categories = Annotated[list[Category] | None, typer.Option(help="Only this kind; may repeat.")]
Lang = Annotated[Language | None, typer.Option(help="zh or en.")]


def coverage(
    level: Annotated[str | None, typer.Option(help="Level of the divisions, as county.")] = None,
    parent: Annotated[str | None, typer.Option(help="Code of the division above.")] = None,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day to answer for.")
    ] = None,
    category: Categories = None,
    stated: Annotated[
        bool, typer.Option("--stated", help="By the division that the source of a site states.")
    ] = False,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """How far the coverage is, by division; the rows add up to the table, or to the parent."""
    settings = Settings()
    wanted = SiteFilter(categories=tuple(category or ()))
    with opened(settings) as engine:
        keep_current(engine, settings)
        with looking_at(engine, settings, on.date() if on else None) as connection:
            summary = stated_coverage if stated else coverage_summary
            rows = summary(connection, wanted, level=level, parent=parent)
    if as_json:
        print_json(rows)
        return
    language = lang or settings.language
    outside = word("division.outside", language)
    print_table(
        [row | {"name": row["name"] or outside, "adcode": row["adcode"] or "-"} for row in rows],
        COVERAGE_COLUMNS,
        language,
    )


def nearby(
    lon: Annotated[float, typer.Argument(help="Longitude, or x in --crs.")],
    lat: Annotated[float, typer.Argument(help="Latitude, or y in --crs.")],
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many.")] = 20,
    crs: Annotated[str, typer.Option(help="wgs84, gcj02, bd09 or an EPSG code.")] = "wgs84",
    radius_m: Annotated[float | None, typer.Option(help="Not farther than this.")] = None,
    category: Categories = None,
    min_workers: Annotated[int | None, typer.Option(min=0, max=2**31 - 1)] = None,
    lang: Lang = None,
    as_json: JsonFlag = False,
) -> None:
    """The nearest sites that are uncovered, or need their own union."""
    settings = Settings()
    x, y = place(lon, lat, crs)
    wanted = SiteFilter(attention=True, categories=tuple(category or ()), min_workers=min_workers)
    with opened(settings) as engine:
        keep_current(engine, settings)
        with looking_at(engine, settings, None) as connection:
            found = json.loads(
                sites.nearby(connection, wanted, lon=x, lat=y, k=k, radius_m=radius_m)
            )
    if as_json:
        print_json(found)
        return
    rows: list[dict[str, Any]] = [
        feature["properties"] | {"id": feature["id"]} for feature in found["features"]
    ]
    language = lang or settings.language
    if rows:
        print_table(rows, NEARBY_COLUMNS, language)
    else:
        typer.echo(word("nearby.empty", language))


def write_map(
    out: Annotated[Path, typer.Argument(help="A file .html, .png, .svg or .pdf.")],
    division: Annotated[str | None, typer.Option(help="Code of the division to show.")] = None,
    view: Annotated[View, typer.Option(help="hotspots, coverage or sites.")] = "hotspots",
    lang: Lang = None,
    title: Annotated[str | None, typer.Option(help="Title of the map.")] = None,
    category: Categories = None,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day to answer for.")
    ] = None,
    layer: Annotated[
        str | None, typer.Option(help="heat_gap, hex_gap, worker_rate ...: instead of the view's.")
    ] = None,
    bbox: Annotated[
        str | None, typer.Option(help="west,south,east,north: what it shows, instead of all.")
    ] = None,
    width_mm: Annotated[float, typer.Option(help="Width of a figure.")] = A4.width_mm,
    height_mm: Annotated[float, typer.Option(help="Height of a figure.")] = A4.height_mm,
    dpi: Annotated[int, typer.Option(help="Resolution of a PNG.")] = A4.dpi,
) -> None:
    """Write the map into a file: HTML that works without a connection, or a figure."""
    settings = Settings()
    suffix = out.suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        known = ", ".join(f".{name}" for name in FORMATS)
        raise fault(Invalid, "error.map.suffix", field="out", name=out.name, known=known)
    wanted = SiteFilter(categories=tuple(category or ()), division=division)
    box = BoundingBox.parse(bbox) if bbox else None
    with opened(settings) as engine:
        keep_current(engine, settings)
        with looking_at(engine, settings, on.date() if on else None) as connection:
            content = document(
                connection,
                settings,
                view,
                suffix,
                lang or settings.language,
                on=on.date() if on else today(settings),
                wanted=wanted,
                title=title,
                layer=layer,
                frame=box.edges if box else None,
                size=Size(width_mm, height_mm, dpi),
            )
    with writing_to(out):
        out.write_bytes(content)
    typer.echo(f"{out} ({len(content) / 1e6:.1f} MB)")
