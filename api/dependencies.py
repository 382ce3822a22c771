"""What routes ask for: settings, a connection, and groups of query parameters as typed values."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import Connection, Engine

from api import caching
from api.disconnect import queries
from api.parameters import read_by
from geo.database import divisions, engine
from geo.domain.area import BoundingBox, place
from geo.domain.site import Category, Coverage, Grade
from geo.domain.site_filter import SiteFilter
from geo.operations.database import keep_current, looking_at, today
from geo.settings import Settings


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


AppSettings = Annotated[Settings, Depends(_settings)]
AppEngine = Annotated[Engine, Depends(_engine)]
# So long what is stored is taken to be what it was.
TRUST_S = 1.0
On = Annotated[date | None, Query(description="The day to answer for; without it, today.")]


@contextmanager
def reading(
    request: Request, on: date | None = None, *, plan_once: bool = False
) -> Iterator[Connection]:
    """A connection that answers for a day; what it runs ends with the client's patience. For
    `plan_once` see geo.database.engine.reading.

    A route that does so itself holds a connection only while it asks, and needs one turn of the
    thread pool; `Reading` opens it before the route and closes it after.
    """
    database: Engine = request.app.state.engine
    if on in (None, today(request.app.state.settings)) and _is_stored(request):
        opened = engine.reading(database, plan_once=plan_once)
        with opened as connection, queries(request.scope).on(connection):
            _check_outside(request, connection)
            yield connection
    else:
        if caching.asked(request):
            # A date need not be looked at, which can take long, to know that it is unchanged.
            with engine.reading(database) as connection:
                caching.spare(request, connection)
        with snapshot(request, on) as connection:
            yield connection


@contextmanager
def snapshot(request: Request, on: date | None = None) -> Iterator[Connection]:
    """A connection on which all statements see one state, whoever loads meanwhile."""
    app, asked = request.app.state, queries(request.scope)
    opened = looking_at(app.engine, app.settings, on, still_wanted=asked.still_wanted)
    with opened as connection, asked.on(connection):
        _check_outside(request, connection)
        yield connection


def _check_outside(request: Request, connection: Connection) -> None:
    """Raise Invalid for sites outside a level that there is not: they would be all."""
    level = request.query_params.get("outside")
    if level is not None:
        divisions.check_level(connection, level, "outside")


def _is_stored(request: Request) -> bool:
    """Whether the stored coverage answers for today; the first question of a day brings it there.

    Asked again after a while: another process may have stored that of another day or policy.
    """
    app = request.app.state
    on, now = today(app.settings), time.monotonic()
    known_on, until, is_stored = getattr(app, "stored", (None, 0.0, False))
    if on != known_on or now >= until:
        is_stored = keep_current(app.engine, app.settings)
        app.stored = on, now + TRUST_S, is_stored
    return bool(is_stored)


def _connection(request: Request, on: On = None) -> Iterator[Connection]:
    with reading(request, on) as connection:
        yield connection


Reading = Annotated[Connection, Depends(_connection, scope="function")]


class OnDay(BaseModel):
    """Of which day an answer is."""

    on: date | None = Field(None, description="The day to answer for; without it, today.")


class AtPoint(BaseModel):
    """A point in a frame of one's own."""

    lon: float = Field(description="Longitude, or x in crs.")
    lat: float = Field(description="Latitude, or y in crs.")
    crs: str = Field("wgs84", description="wgs84, gcj02, bd09 or an EPSG code.")

    def place(self) -> tuple[float, float]:
        return place(self.lon, self.lat, self.crs)


class InBox(BaseModel):
    """A box in degrees, or none."""

    bbox: str | None = Field(None, description="west,south,east,north in degrees.")

    def box(self) -> BoundingBox | None:
        return None if self.bbox is None else BoundingBox.parse(self.bbox)


Headcount = Annotated[int | None, Field(ge=0, le=2**31 - 1)]


class OfSites(BaseModel):
    """Which sites somebody asks for."""

    category: tuple[Category, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    grade: tuple[Grade, ...] = ()
    needs_own_union: bool | None = None
    min_workers: Headcount = None
    max_workers: Headcount = None
    unknown_workers: bool = Field(False, description="Only without a headcount.")
    adcode: str | None = Field(None, description="Division; sites below it count too.")
    outside: str | None = Field(None, description="Level: in no division of it.")
    q: str | None = Field(None, description="Words in name, address or code.")

    def sites(self) -> SiteFilter:
        return SiteFilter(
            categories=self.category,
            coverages=self.coverage,
            grades=self.grade,
            needs_own_union=self.needs_own_union,
            min_workers=self.min_workers,
            max_workers=self.max_workers,
            unknown_workers=self.unknown_workers,
            division=self.adcode,
            outside=self.outside,
            search=self.q,
        )


Box = Annotated[BoundingBox | None, read_by(InBox, InBox.box)]
Wanted = Annotated[SiteFilter, read_by(OfSites, OfSites.sites)]
