"""The PostgreSQL that is installed on this machine: its programs, versions and fitting settings."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from geo.domain.faults import fault
from geo.errors import Phrase, Unavailable

OLDEST_VERSION = 15  # which brought MERGE; scripts/system.sh asks for the same

_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
_PROGRAMS = ("initdb", "pg_ctl", "postgres")

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


def programs(version: int | None = None) -> Path:
    """The folder of the server's programs: of this major version, or the newest that will do.

    Raises `Unavailable` with what to install.
    """
    found = installed()
    if version is not None:
        if version not in found:
            present = ", ".join(map(str, sorted(found))) or "–"
            raise fault(
                Unavailable,
                "error.cluster.version",
                version=version,
                present=present,
                install=how_to_install(version),
            )
        return found[version]
    fit = [number for number in found if number >= OLDEST_VERSION]
    if not fit:
        install = how_to_install()
        raise fault(Unavailable, "error.cluster.none", oldest=OLDEST_VERSION, install=install)
    return found[max(fit, key=lambda number: (_has_postgis(number, found[number]), number))]


def installed() -> dict[int, Path]:
    """The folders of server programs on this machine, by major version."""
    folders = [folder for place in _PLACES for folder in sorted(Path("/").glob(place[1:]))]
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).resolve().parent)
    whole = (f for f in folders if all(os.access(f / name, os.X_OK) for name in _PROGRAMS))
    versions: dict[int, Path] = {}
    for folder in whole:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True)
        if match := re.search(r"\(PostgreSQL\) (\d+)", said.stdout):
            versions.setdefault(int(match[1]), folder)
    return versions


def data_version(data: Path) -> int:
    """The major version that made a data folder."""
    try:
        return int((data / "PG_VERSION").read_text())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise fault(Unavailable, "error.cluster.damaged", path=data) from None


def how_to_install(version: int | None = None) -> Phrase:
    """What a person types to get the server, for the systems Antu knows."""
    if shutil.which("apt-get"):
        packages = (
            f"postgresql-{version} postgresql-{version}-postgis-3"
            if version
            else "postgresql postgresql-postgis"
        )
        return Phrase("error.cluster.apt", {"packages": packages})
    return Phrase("error.cluster.other_systems")


def configuration(sockets: Path, *, durable: bool) -> str:
    """The text of `server.conf`: the one socket, and what suits this machine's memory."""
    memory = memory_bytes()
    settings: dict[str, str] = {
        "cluster_name": "antu",
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "port": "5432",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "shared_buffers": _kib(memory / 8, 32 * MIB, 4 * GIB),
        "effective_cache_size": _kib(memory / 2, 64 * MIB, 64 * GIB),
        "work_mem": _kib(memory / 256, 4 * MIB, 64 * MIB),
        "maintenance_work_mem": _kib(memory / 16, 64 * MIB, 1 * GIB),
        "dynamic_shared_memory_type": _shared_memory(),
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        # Nothing reads the log but crash recovery.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "random_page_cost": "1.1",
        "jit": "off",
    }
    if not durable:
        settings |= {"fsync": "off", "full_page_writes": "off"}
    lines = [f"{name} = '{value}'" for name, value in settings.items()]
    return "\n".join(["# Written by Antu at every start; see postgresql.conf", *lines, ""])


def memory_bytes() -> int:
    """The memory of this machine, or of the container where that is less."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            memory = min(memory, int(Path(limit).read_text()))
        except (OSError, ValueError):
            continue
    return memory


def _kib(wanted: float, least: int, most: int) -> str:
    return f"{int(min(max(wanted, least), most)) // KIB}kB"


def _shared_memory() -> str:
    """Containers often give /dev/shm 64 MB, too little for parallel queries; `sysv` needs none."""
    try:
        size = os.statvfs("/dev/shm")  # noqa: S108 - only its size is looked at
    except OSError:
        return "sysv"
    return "posix" if size.f_blocks * size.f_frsize >= GIB else "sysv"


def _has_postgis(version: int, folder: Path) -> bool:
    share = folder.parent / "share"
    roots = (Path(f"/usr/share/postgresql/{version}"), share, share / "postgresql", share / "pgsql")
    return any((root / "extension/postgis.control").exists() for root in roots)
