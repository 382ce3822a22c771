"""Loading a file step by step: upload, look, correct, look again, load; state is in the upload.

Checking and loading run in a thread of the process that was asked. If it dies, whoever asks next
sees that nobody works on the upload any more; the load itself was whole or not at all.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any

import geopandas as gpd
import pandas as pd
import shapely
from filelock import FileLock
from sqlalchemy import Engine

from geo.database.engine import reading
from geo.domain.faults import fault
from geo.domain.faults import told as told_in
from geo.domain.kind import Kind
from geo.domain.site import Category
from geo.domain.union import UnionKind
from geo.domain.words import word
from geo.errors import Conflict, GeoError, Invalid, NotFound
from geo.ingest import headings
from geo.ingest.read import Source
from geo.ingest.refused import suffix, write_refused
from geo.ingest.rows import Options
from geo.operations import uploads
from geo.operations.loading import Progress, Report, Step, load
from geo.operations.understanding import Request, Understood, source_of, understand
from geo.operations.uploads import State, Upload
from geo.settings import Language, Settings

log = logging.getLogger(__name__)

MAX_TOLD = 200
_FIRST_ROWS = 5
_TOLD_EVERY_S = 0.3
_SIMPLE_DEGREES = 0.002
_BUSY = ("checking", "loading")
_READING = {"layer", "encoding", "crs", "heading_row"}

# What a user may say of a file, and what holds where nothing is said.
ASKED: dict[str, Any] = {
    "kind": "sites",
    "mapping": {},
    "saved": None,
    "save_as": None,
    "crs": None,
    "layer": None,
    "encoding": None,
    "heading_row": None,
    "category": None,
    "union_kind": None,
    "level": None,
    "ranges": "refuse",
    "accept_good": False,
}


class _Superseded(Exception):
    """Somebody has asked for something else meanwhile."""


def start(
    engine: Engine,
    settings: Settings,
    name: str,
    content: IO[bytes],
    asked: Mapping[str, Any],
    language: Language,
) -> State:
    """Keep an uploaded file and begin to check it."""
    state = {"asked": ASKED | dict(asked), "language": language, "status": "new", "run": ""}
    upload = uploads.keep(settings, name, content, state)
    return _begin(engine, settings, upload, "checking")


def told(settings: Settings, upload_id: str) -> State:
    """All that is known of an upload; raises NotFound."""
    upload = uploads.find(settings, upload_id)
    state = upload.read()
    if state["status"] in _BUSY and not upload.is_worked_on:
        state = upload.read()
        if state["status"] in _BUSY:
            message = word("load.interrupted", state["language"])
            state = upload.update(status="failed", error={"message": message, "problems": []})
    return state


def correct(
    engine: Engine, settings: Settings, upload_id: str, asked: Mapping[str, Any], language: Language
) -> State:
    """Say how a file is to be understood, and begin to check it anew."""
    upload = uploads.find(settings, upload_id)
    _refuse_while(upload, "loading")
    state = upload.read()
    upload.update(asked=state["asked"] | dict(asked), language=language, run="")
    return _begin(engine, settings, upload, "checking")


def commit(engine: Engine, settings: Settings, upload_id: str) -> State:
    """Begin to load a file that was checked; raises Conflict where it cannot be loaded so."""
    upload = uploads.find(settings, upload_id)
    state = upload.read()
    if state["status"] == "loaded":
        raise fault(Conflict, "error.upload.loaded", batch=str(state["report"]["batch"]))
    if state["status"] != "checked":
        raise fault(Conflict, "error.upload.unchecked")
    if state["report"]["refused"] and not state["asked"]["accept_good"]:
        raise fault(Conflict, "load.blocked", n=state["report"]["refused"])
    return _begin(engine, settings, upload, "loading")


def forget(settings: Settings, upload_id: str) -> None:
    """Forget an upload; what was loaded from it stays."""
    upload = uploads.find(settings, upload_id)
    _refuse_while(upload, "loading")
    upload.remove()


def _refuse_while(upload: Upload, status: str) -> None:
    if upload.read()["status"] == status and upload.is_worked_on:
        raise fault(Conflict, "error.upload.loading")


def _begin(engine: Engine, settings: Settings, upload: Upload, status: str) -> State:
    """Start the thread; the right to work on the upload is taken here and released there."""
    lock = upload.work()
    run = uuid.uuid4().hex
    known = {"file": None, "mapping": None, "report": None} if status == "checking" else {}
    progress = {"step": None, "rows": 0, "total": None}
    state = upload.update(status=status, run=run, progress=progress, error=None, **known)
    arguments = (engine, settings, upload, run, lock)
    threading.Thread(target=_run, args=arguments, name=f"import-{upload.id}", daemon=True).start()
    return state


def _run(engine: Engine, settings: Settings, upload: Upload, run: str, lock: FileLock) -> None:
    try:
        _work(engine, settings, upload, run)
    except _Superseded:
        pass
    except Exception as error:  # noqa: BLE001 - a thread has nobody above it to tell
        if upload.is_kept:  # else it was forgotten meanwhile
            with suppress(NotFound):  # or is just now
                upload.update(status="failed", error=_failure(error, upload.read()["language"]))
    finally:
        lock.release()


def _failure(error: Exception, language: Language) -> dict[str, Any]:
    if isinstance(error, GeoError):
        message, said = told_in(error, language)
        return {"message": message, "problems": [each.as_dict() for each in said[:MAX_TOLD]]}
    reference = uuid.uuid4().hex[:12]
    log.error("import failed [%s]", reference, exc_info=error)
    message = word("error.unexpected", language, reference=reference)
    return {"message": message, "problems": [], "id": reference}


def _work(engine: Engine, settings: Settings, upload: Upload, run: str) -> None:
    state = upload.read()
    loads = state["status"] == "loading"
    language: Language = state["language"]
    request = _request(upload, state, preview=not loads)
    try:
        source = source_of(request)
    except Invalid as error:
        # What can be said otherwise must remain to be said.
        if {problem.field for problem in error.problems} & _READING:
            upload.update(file={"layers": list(getattr(error, "layers", ()))})
        raise
    upload.update(file=_file(source))
    with reading(engine) as connection:
        understood = understand(connection, request, source)
    upload.update(mapping=_mapping(understood, language), file=_file(understood.source))
    before = state.get("report") or {}
    progress = _progress(upload, run, before.get("read") or understood.source.n_rows)
    report = load(engine, settings, request, progress, understood)
    if report.problems:
        out = upload.folder / f"refused{suffix(understood.source)}"
        write_refused(understood.source, report.problems, out, language)
    elif upload.refused is not None:
        upload.refused.unlink()
    result = _report(report)
    if upload.read()["run"] == run:
        upload.update(status="loaded" if report.batch_id else "checked", report=result)


def _request(upload: Upload, state: State, *, preview: bool) -> Request:
    asked = state["asked"]
    return Request(
        path=upload.file,
        kind=Kind(asked["kind"]),
        mapping=asked["mapping"],
        saved=asked["saved"] or None,
        save_as=asked["save_as"] or None,
        options=Options(
            category=Category(asked["category"]) if asked["category"] else None,
            kind=UnionKind(asked["union_kind"]) if asked["union_kind"] else None,
            level=asked["level"] or None,
            ranges=asked["ranges"],
            language=state["language"],
        ),
        crs=asked["crs"] or None,
        layer=asked["layer"] or None,
        encoding=asked["encoding"] or None,
        heading_row=asked["heading_row"] or None,
        accept_good=asked["accept_good"],
        preview=preview,
        file_name=state["file_name"],
        loaded_by="web",
    )


def _progress(upload: Upload, run: str, total: int | None) -> Progress:
    """Keeps how far it is a few times a second; ends the work where something else was asked."""
    told_at = 0.0
    last: Step | None = None

    def progress(step: Step, rows: int) -> None:
        nonlocal told_at, last
        now = time.monotonic()
        if step == last and now - told_at < _TOLD_EVERY_S:
            return
        told_at, last = now, step
        if upload.read()["run"] != run:
            raise _Superseded
        upload.update(progress={"step": step, "rows": rows, "total": total})

    return progress


def _file(source: Source) -> dict[str, Any]:
    """What the file is, and its first rows as they are written in it."""
    first = next(source.batches(_FIRST_ROWS), None)
    columns = [name for name in source.columns if name != headings.GEOMETRY]
    rows = []
    if first is not None:
        part = first.rows.select(columns).slice(0, _FIRST_ROWS)
        rows = [list(row.values()) for row in part.to_pylist()]
    return {
        "format": source.format.value,
        "encoding": source.encoding,
        "layer": source.layer,
        "layers": list(source.layers),
        "heading_row": source.heading_row,
        "crs": source.crs,
        "file_crs": source.file_crs,
        "columns": columns,
        "has_geometry": headings.GEOMETRY in source.columns,
        "rows": rows,
    }


def _mapping(understood: Understood, language: Language) -> dict[str, Any]:
    return {
        "columns": understood.mapping.as_dict(),
        "unmapped": list(understood.mapping.unmapped),
        "fit": dict(understood.fit),
        "better_crs": understood.better,
        "warning": understood.warning(language),
    }


def _report(report: Report) -> dict[str, Any]:
    told = report.as_dict(MAX_TOLD)
    return {name: told[name] for name in _TOLD} | {"sample": _sample(report.sample)}


_TOLD = (
    *("batch", "read", "added", "updated", "unchanged", "refused"),
    *("unmapped", "problems", "n_problems", "notes", "n_notes"),
)


def _sample(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """The first good rows as GeoJSON, for a small map and a table; areas without their detail."""
    if "geometry" in frame.columns:
        shapes = shapely.simplify(frame.geometry.to_numpy(), _SIMPLE_DEGREES)
        texts = shapely.to_geojson(shapes)
    else:
        texts = [None] * len(frame)
    names = [name for name in frame.columns if name != headings.GEOMETRY]
    features = [
        {
            "type": "Feature",
            "geometry": None if text is None else json.loads(text),
            "properties": {name: _plain(frame[name].iloc[place]) for name in names},
        }
        for place, text in enumerate(texts)
    ]
    return {"type": "FeatureCollection", "features": features}


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return "; ".join(map(str, value))
    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else str(value)
