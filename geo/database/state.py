"""The one row that says which state of the data this is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from geo.database.engine import fetch_one
from geo.database.schema import data_state
from geo.domain.faults import fault
from geo.errors import Unavailable


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


def may_be_changed(connection: Connection) -> bool:
    """Whether the database user may change the data."""
    return bool(
        connection.scalar(
            select(
                func.has_table_privilege(data_state.name, "UPDATE")
                & (func.current_setting("transaction_read_only") == "off")
            )
        )
    )


def check_other_days(connection: Connection) -> None:
    """Raise Unavailable where the database user may not make the temporary tables in which another
    day or policy than the stored one is assessed."""
    asked = select(
        func.has_database_privilege(func.current_database(), "TEMPORARY"),
        func.pg_is_in_recovery(),
        func.current_database(),
        func.current_user(),
    )
    may, is_standby, database, user = connection.execute(asked).one()
    if is_standby:
        raise fault(Unavailable, "error.database.standby")
    if not may:
        raise fault(Unavailable, "error.database.temporary", database=database, user=user)


def changed(connection: Connection, **values: object) -> None:
    """Give the data a new version; `values` are further columns to set."""
    connection.execute(
        data_state.update().values(
            version=data_state.c.version + 1, changed_at=func.now(), **values
        )
    )
