"""The owned PostgreSQL: one cluster in a home folder, reached through a socket and by nobody else.

    home/cluster/       or, where root's home is closed to the server, a link to /var/lib/antu/...
      data/             PostgreSQL's data folder; settings of one's own go into its postgresql.conf
      run/              the socket, 0700; in /tmp where this path is too long for a socket
      server.conf       what suits this machine, written anew at every start
      server.log        since the last start; server.log.1 is of the start before
      command.lock      held while a command starts or stops the server
      server.lock       handed down to every process of the server, so it is free when the last one
                        has ended, in whatever way: pid files lie after a kill -9, this does not
      users.lock        shared by the programs that use the cluster

A program that started the server stops it when it ends (`using`), unless another one still uses
it; `up` leaves it running until `down`. Only `pg_ctl` signals, and only our own postmaster.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import filelock
import psycopg
from psycopg.pq import PGconn, Ping

from geo.database.cluster import postgres
from geo.database.cluster.place import (
    SOCKET,
    Place,
    check_owner,
    give,
    make_place,
    make_sockets,
    owns_sockets,
    place_of,
    run,
)
from geo.domain.faults import fault
from geo.errors import Phrase, Unavailable

NAME = "antu"  # of the database and of its one role

# A crashed server replays at most max_wal_size. One that gives no sign at all has lost its socket,
# or is only leftover children that finish a statement.
RECOVERY_S = 600
SILENCE_S = 30

WAL_SEGMENT = 16 << 20  # bytes: the least that PostgreSQL asks of a disk to write at all

_DISK_FULL = (
    "No space left on device",
    "Disk quota exceeded",
    "File too large",
    "File size limit exceeded",
    "Check free disk space",
)


@dataclass(frozen=True)
class Cluster:
    """A running cluster: its URL, and whether this call started it."""

    url: str
    started: bool


@dataclass(frozen=True)
class Status:
    """What is known of a cluster.

    `version` is PostgreSQL's major one, None before the first start; `url` and `pid` are None
    while it does not accept connections.
    """

    running: bool
    data: Path
    log: Path
    version: int | None
    url: str | None
    pid: int | None


def up(home: Path, *, durable: bool = True) -> Cluster:
    """Start the cluster of `home`, made on first use, and leave it running.

    `durable=False` trades safety in a power cut for speed, for tests; it counts at a start only.
    Raises `Unavailable` saying what is missing or wrong.
    """
    with _explained(home):
        place = make_place(home)
        with _commanding(place):
            return _up(place, durable)


def down(home: Path) -> bool:
    """Stop the cluster of `home`, whoever uses it; False where it was not running."""
    with _explained(home):
        place = place_of(home)
        if _postmaster(place) is None:
            return False
        with _commanding(place):
            return _stop(place)


@contextmanager
def using(home: Path, *, durable: bool = True) -> Iterator[str]:
    """The URL of the running cluster; if it was started here, stop it after its last user."""
    with _explained(home):
        place = make_place(home)
        users = os.open(place.folder / "users.lock", _LOCK_FILE, 0o600)
    try:
        # Taken before the server is looked for, so that nobody stops it in between.
        fcntl.flock(users, fcntl.LOCK_SH)
        cluster = up(home, durable=durable)
        try:
            yield cluster.url
        finally:
            if cluster.started:
                with _explained(home), _commanding(place):
                    if _locked(users):
                        _stop(place)
    finally:
        os.close(users)


def status(home: Path) -> Status:
    """What is known of the cluster of `home`; changes nothing."""
    with _explained(home):
        place = place_of(home)
        running = _ping(place) == Ping.OK
        return Status(
            running=running,
            data=place.data,
            log=place.log,
            version=postgres.data_version(place.data) if place.data.exists() else None,
            url=_url(place) if running else None,
            pid=_postmaster(place) if running else None,
        )


def url(home: Path) -> str:
    """The URL of the running cluster, as libpq takes it (psql, QGIS, GDAL)."""
    found = status(home).url
    if found is None:
        raise fault(Unavailable, "error.cluster.stopped", path=home)
    return found


def _up(place: Place, durable: bool) -> Cluster:
    began = time.monotonic()
    started = False
    try:
        while (answer := _ping(place)) != Ping.OK:
            with _server_lock(place) as lock:
                if answer == Ping.NO_RESPONSE and lock is not None:
                    started = True
                    _start(place, lock, durable)
                    continue
            if time.monotonic() - began > (RECOVERY_S if answer == Ping.REJECT else SILENCE_S):
                path, sockets = place.folder, place.sockets
                raise fault(Unavailable, "error.cluster.silent", path=path, sockets=sockets)
            time.sleep(0.1)
        _make_database(place)
    except BaseException:
        if started:
            _stop(place)
        raise
    return Cluster(_url(place), started)


def _start(place: Place, lock: int, durable: bool) -> None:
    """Start the server and wait until it answers; holding `lock` shows that none of it is alive."""
    if not place.data.exists():
        _init(place, lock, durable)
    check_owner(place)
    programs = postgres.programs(postgres.data_version(place.data))
    make_sockets(place)
    conf = place.folder / "server.conf"
    conf.write_text(postgres.configuration(place.sockets, durable=durable), encoding="utf-8")
    conf.chmod(0o644)
    if place.log.exists():
        place.log.replace(place.log.with_suffix(".log.1"))
    place.log.touch(0o600)
    give(place, place.log)
    # Stale: the process they name is a zombie, or another one by now, which PostgreSQL would take
    # for a server of this data.
    for left in (place.data / "postmaster.pid", place.sockets / f"{SOCKET}.lock"):
        left.unlink(missing_ok=True)
    start = (programs / "pg_ctl", "start", "-l", place.log.name, "-s", "-w", "-t", str(RECOVERY_S))
    done = run(place, start, keep=lock)
    if done.returncode:
        said = place.log.read_text(encoding="utf-8", errors="replace")
        raise _failed(place, "start", said or done.stdout)


def _init(place: Place, lock: int, durable: bool) -> None:
    """Make the data folder: beside its place, and renamed when it is whole."""
    new = place.folder / "data.new"
    if new.exists():
        shutil.rmtree(new)
    new.mkdir(0o700)
    give(place, new)
    make = (postgres.programs() / "initdb", "-D", new, "-U", NAME, "--data-checksums")
    # Ordered by code point on every machine; upper and lower case known beyond ASCII.
    text = ("-E", "UTF8", "--locale=C.UTF-8", "--lc-collate=C", "--lc-messages=C")
    access = ("--auth-local=trust", "--auth-host=reject")
    done = run(place, (*make, *text, *access, *(() if durable else ("--no-sync",))), keep=lock)
    if done.returncode == 0:
        include = "include = '../server.conf'  # by Antu; settings of your own go below"
        append = ("/bin/sh", "-c", 'echo "$1" >> "$2"', "sh", include, new / "postgresql.conf")
        done = run(place, append)
    if done.returncode:
        raise _failed(place, "init", done.stdout)
    new.rename(place.data)


def _stop(place: Place) -> bool:
    """Stop the server if it runs; True where it did."""
    if _postmaster(place) is None:
        return False
    pg_ctl = postgres.programs(postgres.data_version(place.data)) / "pg_ctl"
    done = run(place, (pg_ctl, "stop", "-m", "fast", "-s", "-w"))
    if done.returncode:
        raise _failed(place, "stop", done.stdout)
    return True


def _make_database(place: Place) -> None:
    """Each step is whole or absent, so one that was cut off is made up for by the next `up`."""
    try:
        with psycopg.connect(_url(place, "postgres"), autocommit=True) as connection:
            if not connection.execute("select from pg_database where datname = 'antu'").rowcount:
                connection.execute("create database antu")
        with psycopg.connect(_url(place), autocommit=True) as connection:
            connection.execute("create extension if not exists postgis")
    except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile) as error:
        version = postgres.data_version(place.data)
        install = postgres.how_to_install(version)
        raise fault(
            Unavailable, "error.cluster.no_postgis", version=version, install=install
        ) from error
    except psycopg.Error as error:
        raise _failed(place, "create", str(error)) from error


def _url(place: Place, database: str = NAME) -> str:
    # The port is named because the user's PGPORT would change it.
    return f"postgresql://{NAME}@/{database}?host={place.sockets}&port=5432"


def _ping(place: Place) -> Ping:
    if not owns_sockets(place):
        return Ping.NO_RESPONSE
    return Ping(PGconn.ping(f"{_url(place, 'postgres')}&connect_timeout=5".encode()))


def _postmaster(place: Place) -> int | None:
    """The process id of the running server; None where there is none, or the pid file is stale."""
    try:
        pid = int((place.data / "postmaster.pid").read_text().split()[0])
        # A server's working folder is its data folder; without /proc its own word has to do.
        if not Path("/proc/self").exists() or Path(f"/proc/{pid}/cwd").samefile(place.data):
            return pid
    except (FileNotFoundError, ProcessLookupError, PermissionError, ValueError, IndexError):
        pass
    return None


_LOCK_FILE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW


@contextmanager
def _server_lock(place: Place) -> Iterator[int | None]:
    """The locked `server.lock`, to be handed down; None while a process of the server is alive."""
    fd = os.open(place.folder / "server.lock", _LOCK_FILE, 0o600)
    try:
        yield fd if _locked(fd) else None
    finally:
        os.close(fd)


def _locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _commanding(place: Place) -> Iterator[None]:
    """One command at a time starts or stops the server."""
    lock = filelock.FileLock(place.folder / "command.lock", timeout=RECOVERY_S, mode=0o600)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        minutes = RECOVERY_S // 60
        raise fault(Unavailable, "error.cluster.busy", n=minutes, log=place.log) from error
    try:
        yield
    finally:
        lock.release()


def _failed(place: Place, step: str, output: str) -> Unavailable:
    """The error for a person: the full disk by name, otherwise what PostgreSQL said is wrong.

    `step` is what failed: start, stop, init (of the data folder) or create (of the database).
    """
    what = Phrase(f"error.cluster.{step}")
    # Where the disk is quite full, the log could not be written either.
    free = shutil.disk_usage(place.folder).free
    if free < WAL_SEGMENT or any(sign in output for sign in _DISK_FULL):
        return fault(Unavailable, "error.cluster.disk_full", what=what, path=place.folder)
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if re.search("FATAL|PANIC|ERROR|HINT|error:", line)]
    why = " ".join((telling or lines)[-4:])
    return fault(Unavailable, "error.cluster.failed", what=what, why=why, log=place.log)


@contextmanager
def _explained(home: Path) -> Iterator[None]:
    """Errors of the file system become `Unavailable`."""
    try:
        yield
    except OSError as error:
        why: str | Phrase = error.strerror or str(error)
        if why in _DISK_FULL:
            why = Phrase("error.cluster.no_space")
        where = error.filename or home
        raise fault(
            Unavailable, "error.cluster.unusable", path=home, why=why, file=where
        ) from error
