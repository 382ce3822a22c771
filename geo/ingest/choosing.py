"""Which layer or sheet of a file is meant."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from geo.ingest.faults import FileInvalid


def chosen(
    kind: Literal["layer", "sheet"],
    path: Path,
    names: Sequence[str],
    likely: Sequence[str],
    asked: str | None,
) -> str:
    """The one that is asked for, else the only likely one; raises Invalid with the choice.

    `names` are all that the file has, `likely` those that may hold what is to be read.
    """
    if asked is not None and names:
        if asked not in names:
            raise FileInvalid(
                f"file.no_such_{kind}",
                field="layer",
                layers=names,
                name=path.name,
                listed=", ".join(names),
                **{kind: asked},
            )
        return asked
    if not likely:
        raise FileInvalid(
            f"file.no_{kind}",
            field="layer",
            layers=names,
            name=path.name,
            listed=", ".join(names),
        )
    if len(likely) > 1:
        raise FileInvalid(
            f"file.{kind}s",
            field="layer",
            layers=likely,
            name=path.name,
            n=len(likely),
            listed=", ".join(likely),
        )
    return likely[0]
