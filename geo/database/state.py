"""The one row that says which state of the data this is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from geo.database.engine import fetch_one
from geo.database.schema import data_state


@dataclass(frozen=True)
class DataState:
    """Version of the data, when it last changed, and the day and policy of the coverage."""

    version: int
    changed_at: datetime
    covered_on: date | None
    own_union_threshold: int | None
    illustrative: bool

    def answers_for(self, on: date, threshold: int) -> bool:
        """Whether the stored coverage is that of a day and a policy."""
        return (self.covered_on, self.own_union_threshold) == (on, threshold)


def read(connection: Connection) -> DataState:
    """The present state."""
    return DataState(*fetch_one(connection, "state", {}))


def stamp(connection: Connection) -> str:
    """What tells the present state from every other; statements may bring it along."""
    return str(fetch_one(connection, "stamp", {})[0])


def lock(connection: Connection) -> DataState:
    """The present state, held: whoever else wants to change the data waits."""
    connection.execute(select(data_state.c.id).with_for_update())
    return read(connection)


def changed(connection: Connection, **values: object) -> None:
    """Give the data a new version; `values` are further columns to set."""
    connection.execute(
        data_state.update().values(
            version=data_state.c.version + 1, changed_at=func.now(), **values
        )
    )
