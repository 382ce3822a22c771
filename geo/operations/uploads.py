"""Uploaded files and what is known of each, kept in a folder that all worker processes share."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from filelock import FileLock, Timeout

from geo.domain.faults import fault
from geo.errors import Conflict, NotFound
from geo.settings import Settings

KEPT_S = 24 * 3600
_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_CHUNK = 2**20
_PATIENCE_S = 20

State = dict[str, Any]


@dataclass(frozen=True)
class Upload:
    """One uploaded file: its folder holds the file, `state.json`, and refused rows."""

    id: str
    folder: Path

    @property
    def file(self) -> Path:
        """The file as it was uploaded, under its own name made harmless."""
        return next((self.folder / "file").iterdir())

    @property
    def refused(self) -> Path | None:
        """The refused rows, where there are any."""
        return next(iter(sorted(self.folder.glob("refused.*"))), None)

    @property
    def is_kept(self) -> bool:
        """Whether it is there, and not forgotten."""
        return (self.folder / "state.json").is_file()

    def read(self) -> State:
        """What is known; raises NotFound once it is forgotten."""
        try:
            text = (self.folder / "state.json").read_text(encoding="utf-8")
        except FileNotFoundError:
            raise fault(NotFound, "error.upload") from None
        state: State = json.loads(text)
        return state

    def write(self, state: Mapping[str, Any]) -> None:
        """Keep what is known; readers see all of it or what was there before."""
        temporary = self.folder / f"state.{secrets.token_hex(4)}"
        temporary.write_text(json.dumps(state, ensure_ascii=False, default=str), encoding="utf-8")
        temporary.replace(self.folder / "state.json")

    def update(self, **changes: Any) -> State:
        """Change parts of what is known; returns all of it."""
        with FileLock(self.folder / "state.lock"):
            state = self.read() | changes
            self.write(state)
        return state

    def work(self, patience_s: float = _PATIENCE_S) -> FileLock:
        """The right to work on the file, held until it is released or the process dies.

        Raises Conflict where somebody else has it for too long.
        """
        lock = FileLock(self.folder / "work.lock", thread_local=False)
        try:
            lock.acquire(timeout=patience_s)
        except Timeout:
            raise fault(Conflict, "error.upload.busy") from None
        return lock

    @property
    def is_worked_on(self) -> bool:
        """Whether a process is at it now."""
        try:
            with FileLock(self.folder / "work.lock").acquire(blocking=False):
                return False
        except Timeout:
            return True

    def remove(self) -> None:
        """Forget the file; first that it is there, for whoever is at work on it."""
        (self.folder / "state.json").unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def keep(settings: Settings, name: str, content: IO[bytes], state: State) -> Upload:
    """Keep a file that was uploaded, and clear away those of yesterday."""
    room = settings.home / "imports"
    room.mkdir(parents=True, exist_ok=True)
    room.chmod(0o700)
    for old in _outdated(room):
        shutil.rmtree(old, ignore_errors=True)
    upload_id = secrets.token_urlsafe(16)
    upload = Upload(upload_id, room / upload_id)
    with _whole(upload.folder):
        (upload.folder / "file").mkdir(parents=True)
        with (upload.folder / "file" / harmless(name)).open("wb") as file:
            shutil.copyfileobj(content, file, _CHUNK)
        upload.write(state | {"id": upload_id, "file_name": harmless(name)})
    return upload


def find(settings: Settings, upload_id: str) -> Upload:
    """An upload by its id; raises NotFound."""
    upload = Upload(upload_id, settings.home / "imports" / upload_id)
    if not _ID.fullmatch(upload_id) or not upload.is_kept:
        raise fault(NotFound, "error.upload")
    return upload


def harmless(name: str) -> str:
    """The name of a file without what could lead anywhere else."""
    last = PurePosixPath(name.replace("\\", "/")).name
    plain = re.sub(r"[^\w.()（）【】 -]+", "_", last).strip(". ")
    stem, dot, suffix = plain.rpartition(".")
    return (f"{stem[:60]}{dot}{suffix[:20]}" if dot else plain[:60]) or "upload"


@contextmanager
def _whole(folder: Path) -> Iterator[None]:
    """What goes into a folder is there as a whole or not at all."""
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _outdated(room: Path) -> Iterator[Path]:
    for entry in os.scandir(room):
        with suppress(FileNotFoundError):  # somebody else clears away too
            if entry.is_dir(follow_symlinks=False) and time.time() - entry.stat().st_mtime > KEPT_S:
                yield Path(entry.path)
