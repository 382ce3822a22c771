"""The state of the sites: how each is covered, by whom, and where it is counted.

The state is kept beside the site, as of one day and one policy (`data_state`). A change marks the
sites it touches; those alone are assessed again, so its cost grows with what it touches.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, func, select, text

from geo.database import working
from geo.database.engine import query
from geo.database.schema import data_state
from geo.domain.zone import Zone, remainders


def assess_touched(connection: Connection, on: date, threshold: int) -> None:
    """Assess the sites marked in `touched`, and the candidates that a load brought."""
    connection.execute(query("candidates_from_sites"))
    connection.execute(text("ANALYZE candidate"))
    connection.execute(query("assess"), {"on": on, "threshold": threshold})
    connection.execute(query("zones_affected"))
    connection.execute(text("ANALYZE assessed"))
    _count_zones(connection)


def refresh(connection: Connection, on: date, threshold: int) -> int:
    """Bring every site to the state of a day and a policy; returns how many sites changed.

    Looks only at the sites that something begins or ends for since the last such day; at all of
    them where the policy changed. Does nothing when nothing is due.
    """
    state = connection.execute(select(data_state).with_for_update()).one()
    if (state.covered_on, state.own_union_threshold) == (on, threshold):
        return 0
    working.create(connection)
    if state.covered_on is None or state.own_union_threshold != threshold:
        connection.execute(query("touch_all"))
    else:
        first, last = sorted((state.covered_on, on))
        connection.execute(query("touch_period"), {"first": first, "last": last})
    assess_touched(connection, on, threshold)
    changed = save_assessed(connection)
    connection.execute(
        data_state.update().values(
            covered_on=on,
            own_union_threshold=threshold,
            version=data_state.c.version + 1,
            changed_at=func.now(),
        )
    )
    return changed


def save_assessed(connection: Connection) -> int:
    """Keep the assessment beside the sites; returns how many sites changed."""
    return connection.execute(query("save_assessed")).rowcount


def _count_zones(connection: Connection) -> None:
    rows = connection.execute(query("zone_figures")).all()
    if not rows:
        return
    workers = remainders(Zone(row.id, row.within, row.workers, row.workers_inside) for row in rows)
    members = remainders(Zone(row.id, row.within, row.members, row.members_inside) for row in rows)
    ids = list(workers)
    connection.execute(
        query("count_zones"),
        {
            "ids": ids,
            "workers": [workers[zone_id] for zone_id in ids],
            "members": [members[zone_id] for zone_id in ids],
        },
    )
