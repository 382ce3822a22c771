"""Loading as set work: frames are copied beside the tables, compared, and written in one go.

stage -> take_out_repeated -> compare -> write, all in the transaction of the caller. What a file
does not speak of (a field it has no column for) stays as it is in the database.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.csv
import shapely
import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text

from geo.database import coverage, pyramid, working
from geo.database.engine import query
from geo.database.schema import TABLES, VERSIONS, file_fields, state_columns
from geo.domain.crs import SRID
from geo.domain.kind import Kind
from geo.errors import Problem

# How a file may name the site of an enterprise union, other than by its id.
ATTACHED_BY = ("site_credit_code", "site_name", "site_division")
# A share of the rows; with fewer new ones the server's own statistics still hold.
_MUCH = 0.1


@dataclass(frozen=True)
class Comparison:
    """How the staged rows differ from the table."""

    added: int
    updated: int
    unchanged: int


def fields(kind: Kind) -> list[Column[Any]]:
    """The columns that a file may bring, the key first."""
    return file_fields(TABLES[kind])


def stage(connection: Connection, kind: Kind, frames: Iterable[gpd.GeoDataFrame]) -> None:
    """Copy canonical frames (columns named like the fields, `geometry`, `row`) into `staged`.

    All frames have the columns of the first; the fields that they lack are taken from the table
    for rows that it knows.
    """
    staged = _make_staged(connection, kind)
    brought: set[str] = set()
    for frame in frames:
        batch = frame.rename_geometry("geom") if "geometry" in frame else frame
        columns = [column for column in staged.columns if column.name in batch.columns]
        brought = {column.name for column in columns}
        _copy(connection, staged, columns, batch)
    connection.execute(sa.text("ANALYZE staged"))
    _fill_in(connection, kind, staged, brought)
    if kind is Kind.UNIONS:
        connection.execute(query("territories_of_staged"))


def stage_from(connection: Connection, kind: Kind, rows: sa.FromClause) -> None:
    """Stage rows that are in the database, such as kept versions, with all their fields."""
    staged = _make_staged(connection, kind)
    names = [column.name for column in fields(kind)]
    source = sa.select(*(rows.c[name] for name in names))
    connection.execute(staged.insert().from_select(names, source))
    connection.execute(sa.text("ANALYZE staged"))


def take_out_repeated(
    connection: Connection, kind: Kind, reason: Callable[[int], str]
) -> list[Problem]:
    """Take out of `staged` every row whose id an earlier row has; `reason` words it, given that
    row."""
    staged = _staged(kind)
    key = staged.c[key_of(TABLES[kind]).name]
    first = sa.func.first_value(staged.c.row).over(partition_by=key, order_by=staged.c.row)
    numbered = sa.select(key.label("id"), staged.c.row, first.label("first")).subquery()
    found = connection.execute(
        sa.select(numbered).where(numbered.c.row != numbered.c.first).order_by(numbered.c.row)
    ).all()
    _take_out(connection, kind, [repeated.row for repeated in found])
    return [Problem(reason(repeated.first), field=key.name, row=repeated.row) for repeated in found]


def attach(connection: Connection, reason: Callable[[int], str]) -> list[Problem]:
    """Find the site of staged enterprise unions that do not give its id; take out those for which
    there is none or more than one. `reason` words it, given how many there are."""
    found = connection.execute(query("attachments")).all()
    unique = [union for union in found if union.matches == 1]
    if unique:
        rows, site_ids = [union.row for union in unique], [union.site_id for union in unique]
        connection.execute(query("attach"), {"rows": rows, "site_ids": site_ids})
    unclear = [union for union in found if union.matches != 1]
    _take_out(connection, Kind.UNIONS, [union.row for union in unclear])
    return [Problem(reason(union.matches), field="site_id", row=union.row) for union in unclear]


def without_site(connection: Connection, reason: Callable[[str], str]) -> list[Problem]:
    """Notes on staged enterprise unions whose site is not in the directory; `reason` words them,
    given its id."""
    site, staged = TABLES[Kind.SITES], _staged(Kind.UNIONS)
    unknown = (
        sa.select(staged.c.row, staged.c.site_id)
        .select_from(staged.outerjoin(site, site.c.id == staged.c.site_id))
        .where(staged.c.site_id.is_not(None), site.c.id.is_(None))
        .order_by(staged.c.row)
    )
    return [
        Problem(reason(each.site_id), field="site_id", row=each.row)
        for each in connection.execute(unknown)
    ]


def take_out_unknown_territories(
    connection: Connection, reason: Callable[[str, str], str]
) -> list[Problem]:
    """Take out of `staged` every federation whose territory names what the database does not have;
    `reason` words it, given the field and what is not known."""
    found = connection.execute(query("unknown_territories")).all()
    _take_out(connection, Kind.UNIONS, [unknown.row for unknown in found])
    return [
        Problem(reason(unknown.field, unknown.value), field=unknown.field, row=unknown.row)
        for unknown in found
    ]


def take_out_circular(
    connection: Connection, reason: Callable[[str, str], str]
) -> tuple[list[Problem], list[Problem]]:
    """Take out of `staged` every division that lies in itself by its parents; return why, and notes
    on those whose parent is unknown or missing. `reason` words them, given the fault and the
    parent."""
    found = connection.execute(query("unfit_parents")).all()
    _take_out(
        connection, Kind.DIVISIONS, [unfit.row for unfit in found if unfit.fault == "circular"]
    )
    problems: list[Problem] = []
    notes: list[Problem] = []
    for unfit in found:
        said = Problem(reason(unfit.fault, unfit.parent), field="parent", row=unfit.row)
        (problems if unfit.fault == "circular" else notes).append(said)
    return problems, notes


def compare(connection: Connection, kind: Kind) -> Comparison:
    """Find what differs between the staged rows and the table; fills `change`."""
    table, staged, change = TABLES[kind], _staged(kind), working.change
    key, staged_key = key_of(table), staged.c[key_of(table).name]
    names = [column.name for column in fields(kind)]
    differs = sa.tuple_(*(table.c[name] for name in names)).is_distinct_from(
        sa.tuple_(*(staged.c[name] for name in names))
    )
    connection.execute(
        change.insert().from_select(
            ["id", "added"],
            sa.select(staged_key, key.is_(None))
            .select_from(staged.outerjoin(table, key == staged_key))
            .where(key.is_(None) | differs),
        )
    )
    connection.execute(sa.text("ANALYZE change"))
    read = connection.scalar(sa.select(sa.func.count()).select_from(staged)) or 0
    counts = sa.select(
        sa.func.count().filter(change.c.added).label("added"),
        sa.func.count().filter(~change.c.added).label("updated"),
    )
    added, updated = connection.execute(counts).one()
    return Comparison(added=added, updated=updated, unchanged=read - added - updated)


def write(connection: Connection, kind: Kind, batch_id: int, on: date, threshold: int) -> None:
    """Write what differs, and bring the state of every site that it touches up to date.

    The rows that are overwritten are kept as they were, so that the batch can be undone.
    """
    _keep_versions(connection, kind, batch_id)
    write_changed(connection, kind, batch_id, on, threshold)


def write_changed(
    connection: Connection, kind: Kind, batch_id: int, on: date, threshold: int
) -> None:
    """Write what differs without keeping what it overwrites."""
    if kind is Kind.SITES:
        connection.execute(query("candidates_from_staged"))
        connection.execute(query("touch_zones"))
        connection.execute(query("territories_of_zones"))
        coverage.assess_touched(connection, on, threshold)
        pyramid.note(connection)
        _write_changes(connection, kind, batch_id, working.assessed)
    else:
        connection.execute(query(f"touch_{kind}"))
        _write_changes(connection, kind, batch_id)
        if kind is Kind.DIVISIONS:
            _follow_divisions(connection)
        coverage.assess_touched(connection, on, threshold)
        pyramid.note(connection)
    coverage.save_assessed(connection)


def _take_out(connection: Connection, kind: Kind, rows: list[int]) -> None:
    if rows:
        staged = _staged(kind)
        connection.execute(staged.delete().where(staged.c.row == sa.any_(sa.literal(rows))))


def remove(
    connection: Connection, kind: Kind, ids: sa.Select[Any], on: date, threshold: int
) -> None:
    """Delete rows, and bring the state of every site that this touches up to date."""
    table, change = TABLES[kind], working.change
    _make_staged(connection, kind)
    connection.execute(change.insert().from_select(["id", "added"], ids.add_columns(sa.false())))
    connection.execute(query("touch_removed_sites" if kind is Kind.SITES else f"touch_{kind}"))
    if kind is Kind.SITES:
        pyramid.note_removed(connection)
    connection.execute(table.delete().where(key_of(table).in_(sa.select(change.c.id))))
    if kind is Kind.DIVISIONS:
        _follow_divisions(connection)
    elif kind is Kind.SITES:
        connection.execute(query("territories_of_removed_zones"))
    coverage.assess_touched(connection, on, threshold)
    pyramid.note(connection)
    coverage.save_assessed(connection)


def _follow_divisions(connection: Connection) -> None:
    connection.execute(query("depth_of_divisions"))
    connection.execute(query("territories_of_divisions"))


def _keep_versions(connection: Connection, kind: Kind, batch_id: int) -> None:
    table, change = TABLES[kind], working.change
    names = [column.name for column in fields(kind)]
    before = sa.select(
        *(table.c[name] for name in names), sa.literal(batch_id), table.c.batch_id
    ).select_from(change.join(table, key_of(table) == change.c.id))
    connection.execute(
        VERSIONS[kind].insert().from_select([*names, "by_batch_id", "batch_id"], before)
    )


def _make_staged(connection: Connection, kind: Kind) -> Table:
    working.create(connection)
    staged = _staged(kind)
    staged.metadata.drop_all(connection)
    staged.metadata.create_all(connection)
    return staged


def _staged(kind: Kind) -> Table:
    columns = [
        Column(column.name, column.type, server_default=column.server_default)
        for column in fields(kind)
    ]
    if kind is Kind.UNIONS:
        columns += [Column(name, Text) for name in ATTACHED_BY]
    return working.transient("staged", MetaData(), Column("row", Integer), *columns)


def key_of(table: Table) -> Column[Any]:
    """The column of its key."""
    (key,) = table.primary_key.columns
    return key


def _copy(
    connection: Connection, staged: Table, columns: list[Column[Any]], batch: gpd.GeoDataFrame
) -> None:
    names = ", ".join(f'"{column.name}"' for column in columns)
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY {staged.name} ({names}) FROM STDIN (FORMAT csv)") as copy:
        copy.write(_csv(columns, batch))


def _csv(columns: list[Column[Any]], batch: gpd.GeoDataFrame) -> bytes:
    """Rows as COPY reads them: every value quoted, so that an empty text is not a NULL."""
    arrays = [_arrow(column, batch[column.name]) for column in columns]
    table = pa.Table.from_arrays(arrays, names=[column.name for column in columns])
    buffer = io.BytesIO()
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="all_valid")
    pyarrow.csv.write_csv(table, buffer, options)
    return buffer.getvalue()


def _arrow(column: Column[Any], values: Any) -> pa.Array:
    if isinstance(column.type, Geometry):
        geometries = shapely.set_srid(values.to_numpy(), SRID)
        if column.type.geometry_type == "MULTIPOLYGON":
            plain = np.flatnonzero(shapely.get_type_id(geometries) == shapely.GeometryType.POLYGON)
            geometries[plain] = shapely.multipolygons(
                geometries[plain], indices=np.arange(len(plain))
            )
        return pa.array(shapely.to_wkb(geometries, hex=True, include_srid=True), pa.string())
    if isinstance(column.type, sa.ARRAY):
        return pa.array([_array_literal(value) for value in values], pa.string())
    return pa.array(values, from_pandas=True)


def _array_literal(value: list[str] | None) -> str | None:
    if not isinstance(value, list | tuple):
        return None
    quoted = ('"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"' for item in value)
    return "{" + ",".join(quoted) + "}"


def _fill_in(connection: Connection, kind: Kind, staged: Table, brought: set[str]) -> None:
    """Take from the table what the file does not speak of; new rows get the column's default."""
    table = TABLES[kind]
    lacking = [column for column in fields(kind) if column.name not in brought]
    key = key_of(table).name
    if lacking:
        connection.execute(
            staged.update()
            .values({column.name: table.c[column.name] for column in lacking})
            .where(staged.c[key] == table.c[key])
        )
    for column in fields(kind):
        if column.server_default is not None:
            missing = staged.c[column.name].is_(None)
            connection.execute(
                staged.update().values({column.name: sa.literal_column("DEFAULT")}).where(missing)
            )


def _write_changes(
    connection: Connection, kind: Kind, batch_id: int, state: Table | None = None
) -> None:
    """Insert the added and update the changed rows of `staged`, sites with their new state."""
    table, staged, change = TABLES[kind], _staged(kind), working.change
    key = key_of(table).name
    source: Any = change.join(staged, staged.c[key] == change.c.id)
    values: dict[str, Any] = {column.name: staged.c[column.name] for column in fields(kind)}
    if state is not None:
        source = source.join(state, state.c.site_id == change.c.id)
        values |= {
            column.name: state.c[column.name]
            for column in state_columns()
            if column.computed is None
        }
    values["batch_id"] = sa.literal(batch_id)
    added = connection.execute(
        table.insert().from_select(
            list(values), sa.select(*values.values()).select_from(source).where(change.c.added)
        )
    ).rowcount
    _know(connection, table, added)
    rows = sa.select(*(value.label(name) for name, value in values.items()))
    changed = rows.select_from(source).where(~change.c.added).subquery("changed")
    connection.execute(
        table.update()
        .values({name: changed.c[name] for name in values if name != key})
        .where(table.c[key] == changed.c[key])
    )


def _know(connection: Connection, table: Table, added: int) -> None:
    """Let the planner know at once of a load that makes another table of this one."""
    known = "SELECT reltuples FROM pg_class WHERE oid = cast(:name AS regclass)"
    before = connection.scalar(sa.text(known), {"name": table.name}) or 0
    if added > _MUCH * max(before, 0):
        connection.execute(sa.text(f"ANALYZE {table.name}"))
