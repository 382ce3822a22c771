"""The demo: a made-up directory of Hefei, so that Antu can be tried before there are data."""

from __future__ import annotations

from sqlalchemy import Engine

from geo.database import batches, loading, state
from geo.database.engine import reading, writing
from geo.demo import demo_divisions, demo_sites, demo_unions
from geo.domain.kind import Kind
from geo.operations.database import lock
from geo.settings import Settings

DEMO_FILE = "demo"


def load_demo(engine: Engine, settings: Settings) -> None:
    """Load the demo in one transaction, and mark the data as illustrative.

    Loading it again changes nothing; while nothing was undone, it is not even made again.
    """
    with reading(engine) as connection:
        if batches.is_loaded(connection, DEMO_FILE, tuple(Kind)):
            return
    sites = demo_sites()
    frames = {
        Kind.DIVISIONS: demo_divisions(),
        Kind.SITES: sites,
        Kind.UNIONS: demo_unions(sites),
    }
    with writing(engine) as connection:
        assessed_for = lock(connection, settings)
        for kind, frame in frames.items():
            frame["row"] = range(1, len(frame) + 1)
            loading.stage(connection, kind, [frame])
            counts = loading.compare(connection, kind)
            if counts.unchanged == len(frame):
                continue
            values = {"kind": kind, "file_name": DEMO_FILE, "read": len(frame), "refused": 0}
            batch_id = batches.record(connection, values | vars(counts))
            loading.write(connection, kind, batch_id, *assessed_for)
        state.changed(connection, illustrative=True)
