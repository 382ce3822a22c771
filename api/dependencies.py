"""What routes ask for: settings, a connection, and groups of query parameters as typed values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import Connection, Engine

from api.disconnect import Queries, queries
from api.parameters import read_by
from geo.database.engine import reading
from geo.domain.area import BoundingBox, place
from geo.domain.site import Category, Coverage, Grade
from geo.domain.site_filter import SiteFilter
from geo.operations.database import keep_current, looking_at, today
from geo.settings import Settings


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _engine(request: Request) -> Engine:
    """The engine; the first request of a new day brings the stored coverage to that day."""
    state = request.app.state
    if state.current_on != today(state.settings):
        state.current_on = await to_thread.run_sync(keep_current, state.engine, state.settings)
    engine: Engine = state.engine
    return engine


AppSettings = Annotated[Settings, Depends(_settings)]
AppEngine = Annotated[Engine, Depends(_engine)]
On = Annotated[date | None, Query(description="The day to answer for; without it, today.")]


@dataclass(frozen=True)
class Database:
    """Opens connections for a request: `with database.reading() as connection`.

    A route that does so itself holds a connection only while it asks, and needs one turn of the
    thread pool; `Reading` opens it before the route and closes it after.
    """

    engine: Engine
    settings: Settings
    queries: Queries
    on: date | None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that answers for the day that was asked for; what it runs ends with the
        client's patience."""
        opened = (
            reading(self.engine)
            if self.on is None or self.on == today(self.settings)
            else looking_at(self.engine, self.settings, self.on)
        )
        with opened as connection, self.queries.on(connection):
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection on which all statements see one state, whoever loads meanwhile."""
        with (
            looking_at(self.engine, self.settings, self.on) as connection,
            self.queries.on(connection),
        ):
            yield connection


async def _database(request: Request, on: On = None) -> Database:
    settings = await _settings(request)
    return Database(await _engine(request), settings, queries(request.scope), on)


AppDatabase = Annotated[Database, Depends(_database)]


def _connection(database: AppDatabase) -> Iterator[Connection]:
    with database.reading() as connection:
        yield connection


Reading = Annotated[Connection, Depends(_connection, scope="function")]


class _Point(BaseModel):
    lon: float = Field(description="Longitude, or x in crs.")
    lat: float = Field(description="Latitude, or y in crs.")
    crs: str = Field("wgs84", description="wgs84, gcj02, bd09 or an EPSG code.")

    def place(self) -> tuple[float, float]:
        return place(self.lon, self.lat, self.crs)


class _Box(BaseModel):
    bbox: str | None = Field(None, description="west,south,east,north in degrees.")

    def box(self) -> BoundingBox | None:
        return None if self.bbox is None else BoundingBox.parse(self.bbox)


Headcount = Annotated[int | None, Field(ge=0, le=2**31 - 1)]


class _Filter(BaseModel):
    category: list[Category] = []
    coverage: list[Coverage] = []
    grade: list[Grade] = []
    needs_own_union: bool | None = None
    min_workers: Headcount = None
    max_workers: Headcount = None
    unknown_workers: bool = Field(False, description="Only without a headcount.")
    adcode: str | None = Field(None, description="Division; sites below it count too.")
    outside: str | None = Field(None, description="Level: in no division of it.")
    q: str | None = Field(None, description="Words in name, address or code.")

    def sites(self) -> SiteFilter:
        return SiteFilter(
            categories=tuple(self.category),
            coverages=tuple(self.coverage),
            grades=tuple(self.grade),
            needs_own_union=self.needs_own_union,
            min_workers=self.min_workers,
            max_workers=self.max_workers,
            unknown_workers=self.unknown_workers,
            division=self.adcode,
            outside=self.outside,
            search=self.q,
        )


Point = Annotated[tuple[float, float], read_by(_Point, _Point.place)]
Box = Annotated[BoundingBox | None, read_by(_Box, _Box.box)]
Wanted = Annotated[SiteFilter, read_by(_Filter, _Filter.sites)]
