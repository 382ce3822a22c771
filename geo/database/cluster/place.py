"""Where the owned cluster lives on disk, whose it is, and programs run as that user."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import stat
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.domain.faults import fault
from geo.errors import Unavailable

SYSTEM_FOLDER = Path("/var/lib/antu")
SOCKET = ".s.PGSQL.5432"
# The shortest limit of a socket's path is that of macOS: 104 bytes with the closing zero.
LONGEST_SOCKET_PATH = 103


@dataclass(frozen=True)
class Place:
    """The folder of a cluster, and the user its server runs as where we may not be that one."""

    folder: Path
    user: pwd.struct_passwd | None

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What the server has said since its last start."""
        return self.folder / "server.log"

    @property
    def sockets(self) -> Path:
        """The folder of the socket: `run`, or one in /tmp where that is too long or too odd."""
        run = self.folder / "run"
        socket = os.fsencode(run / SOCKET)
        if len(socket) <= LONGEST_SOCKET_PATH and re.fullmatch(rb"[\w/.+-]+", socket):
            return run
        return Path("/tmp") / f"antu-{_digest(self.folder)}"  # noqa: S108 - 0700, owner checked


def place_of(home: Path) -> Place:
    """The place of the cluster of `home`, made or not."""
    home = home.resolve()
    link = home / "cluster"
    if link.exists():
        folder = link.resolve()
        return Place(folder, _server_user(folder / "data"))
    user = _server_user(link / "data")
    if user is None or _can_enter(home, user):
        return Place(link, user)
    return Place(SYSTEM_FOLDER / _digest(home), user)


def make_place(home: Path) -> Place:
    """The place of the cluster of `home`, with its folder made, by whoever comes first."""
    home.mkdir(parents=True, exist_ok=True)
    place = place_of(home)
    if place.user is None:
        place.folder.mkdir(mode=0o700, exist_ok=True)
        return place
    if place.folder.parent == SYSTEM_FOLDER and not SYSTEM_FOLDER.exists():
        SYSTEM_FOLDER.mkdir(exist_ok=True)
        SYSTEM_FOLDER.chmod(0o755)
    if not place.folder.exists():
        # Root's, so that the server's user can put nothing where root writes.
        place.folder.mkdir(exist_ok=True)
        place.folder.chmod(0o711)
    link = home / "cluster"
    if not link.exists():
        link.unlink(missing_ok=True)
        with suppress(FileExistsError):
            link.symlink_to(place.folder)
    return place


def check_owner(place: Place) -> None:
    """Refuse the data of another user, which PostgreSQL would not open."""
    owner = place.data.stat().st_uid
    if place.user is None and owner != os.geteuid():
        raise fault(Unavailable, "error.cluster.owner", path=place.data, uid=str(owner))


def make_sockets(place: Place) -> None:
    """Make the socket folder; refuse one that somebody else has put in its place."""
    try:
        place.sockets.mkdir(mode=0o700)
    except FileExistsError:
        if not owns_sockets(place):
            raise fault(Unavailable, "error.cluster.sockets", path=place.sockets) from None
    place.sockets.chmod(0o700)
    give(place, place.sockets)


def owns_sockets(place: Place) -> bool:
    """Whether the socket folder is there and nobody else's: what listens in it can be trusted."""
    try:
        found = place.sockets.lstat()
    except FileNotFoundError:
        return False
    owners = {os.geteuid()} | ({place.user.pw_uid} if place.user else set())
    return stat.S_ISDIR(found.st_mode) and found.st_uid in owners


def give(place: Place, path: Path) -> None:
    """Hand a file or folder to the server's user."""
    if place.user is not None:
        os.chown(path, place.user.pw_uid, place.user.pw_gid, follow_symlinks=False)


def run(
    place: Place, command: Sequence[str | Path], *, keep: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program as the server's user, out of reach of the terminal's Ctrl-C.

    It runs in the folder of the cluster and finds the data by PGDATA: `pg_ctl` hands what is on its
    command line to a shell, badly quoted. Of the environment only the paths go along: the rest may
    hold secrets, and PG... would count. `keep` is a file descriptor to hand down. Output and errors
    are both in `stdout`.
    """
    paths = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return subprocess.run(
        command,
        check=False,
        cwd=place.folder,
        env=paths | {"LC_ALL": "C", "PGDATA": str(place.data)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        umask=0o077,
        start_new_session=True,
        pass_fds=() if keep is None else (keep,),
        **_as(place.user),
    )


def _as(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """What makes a subprocess run as this user."""
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def _server_user(data: Path) -> pwd.struct_passwd | None:
    """For root, as whom PostgreSQL refuses to run: the data's owner, `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return pwd.getpwuid(data.stat().st_uid)
    users = {user.pw_name: user for user in pwd.getpwall()}
    return users.get("postgres") or users["nobody"]


def _can_enter(folder: Path, user: pwd.struct_passwd) -> bool:
    enter = ("/bin/sh", "-c", 'cd "$1" 2> /dev/null', "sh", folder)
    return subprocess.run(enter, check=False, cwd="/", **_as(user)).returncode == 0


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
