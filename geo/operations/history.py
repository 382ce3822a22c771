"""What was loaded, and taking it back."""

from __future__ import annotations

from sqlalchemy import Engine

from geo.database import history, state
from geo.database.engine import writing
from geo.operations.database import lock
from geo.settings import Settings


def undo(engine: Engine, settings: Settings, batch_id: int) -> None:
    """Take back what a batch changed, whole or not at all; raises NotFound and Conflict."""
    with writing(engine) as connection:
        history.undo(connection, batch_id, *lock(connection, settings))
        state.changed(connection)
