"""The state of the sites: how each is covered, by whom, and where it is counted.

The state is kept beside the site, as of one day and one policy (`data_state`). A change marks the
sites it touches; those alone are assessed again, so its cost grows with what it touches.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, text

from geo.database import pyramid, state, working
from geo.database.engine import query
from geo.database.state import DataState
from geo.domain.zone import Zone, remainders


def assess_touched(connection: Connection, on: date, threshold: int) -> None:
    """Assess the sites marked in `touched`, and the candidates that a load brought."""
    policy = {"on": on, "threshold": threshold}
    connection.execute(text("ANALYZE touched"))
    connection.execute(query("candidates_from_sites"))
    working.candidate_point.create(connection)
    connection.execute(text("ANALYZE candidate (id, category, point, located)"))
    connection.execute(query("assess"), policy)
    connection.execute(query("assessed_clean"))
    connection.execute(query("assess_own"), policy)
    connection.execute(text("ANALYZE assessed (site_id, former_zone_id, active, zone_id)"))
    connection.execute(query("zones_affected"))
    _count_zones(connection)


def refresh(connection: Connection, on: date, threshold: int) -> int:
    """Bring every site to the state of a day and a policy; returns how many sites changed.

    Looks only at the sites that something begins or ends for since the last such day, and at those
    that a changed policy is about. Does nothing when nothing is due.
    """
    before = state.lock(connection)
    if before.answers_for(on, threshold):
        return 0
    assess_difference(connection, before, on, threshold)
    if before.covered_on is None:
        changed = connection.execute(query("save_assessed")).rowcount
        pyramid.rebuild(connection)
    else:
        pyramid.note(connection)
        changed = save_assessed(connection)
    state.changed(connection, covered_on=on, own_union_threshold=threshold)
    return changed


def assess_difference(connection: Connection, before: DataState, on: date, threshold: int) -> None:
    """Assess the sites whose state may differ between two days or policies."""
    working.create(connection)
    if before.covered_on is None or before.own_union_threshold is None:
        connection.execute(query("touch_all"))
    else:
        period = {"before": before.covered_on, "on": on}
        connection.execute(query("touch_period"), period)
        lower, upper = sorted((before.own_union_threshold, threshold))
        connection.execute(query("touch_threshold"), {"lower": lower, "upper": upper})
    assess_touched(connection, on, threshold)


def save_assessed(connection: Connection) -> int:
    """Keep the assessment beside the sites, and in the counts; returns how many sites changed.

    What the sites count for must have been noted (pyramid.py) before any was written.
    """
    changed = connection.execute(query("save_assessed")).rowcount
    pyramid.put_in(connection)
    return changed


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
