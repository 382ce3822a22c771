"""The owned PostgreSQL, on real clusters: where it can live."""

from __future__ import annotations

import os
import shutil
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from clusters import cluster_home, up, value

from geo.database import cluster
from geo.database.cluster.place import make_place
from geo.errors import Unavailable


def test_many_make_the_place_at_once(tmp_path: Path) -> None:
    """Also where root's home is closed to the server's user, and the data lie elsewhere."""
    tmp_path.chmod(0o700)
    for number in range(20):
        home, ready = tmp_path / str(number), threading.Barrier(4)
        with ThreadPoolExecutor(4) as makers:
            made = [makers.submit(_make_place, home, ready) for _ in range(4)]
        try:
            assert len({each.result() for each in made}) == 1
        finally:
            shutil.rmtree((home / "cluster").resolve())


def _make_place(home: Path, ready: threading.Barrier) -> Path:
    ready.wait(10)
    return make_place(home).folder


def test_a_home_that_the_servers_user_cannot_enter(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with cluster_home(closed / "home") as home:
        data = Path(value(up(home).url, "show data_directory"))
        assert data.stat().st_uid != 0
        assert (home / "cluster").is_symlink() == (os.geteuid() == 0)
        assert (home / "cluster/data").samefile(data)
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        cluster.down(home)
        assert up(home).started


def test_a_home_with_a_long_and_odd_name(open_home: Path, tmp_path: Path) -> None:
    with cluster_home(open_home / ('按图, it\'s "odd" & $(false) ' + "long" * 30)) as home:
        url = up(home).url
        sockets = Path(value(url, "show unix_socket_directories"))
        assert sockets.parent == Path("/tmp")
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert value(url, "show data_directory") == str(home / "cluster/data")

        cluster.down(home)
        sockets.rmdir()
        sockets.symlink_to(tmp_path)
        with pytest.raises(Unavailable, match="not a private folder"):
            up(home)
        sockets.unlink()
        assert up(home).started
        cluster.down(home)
        sockets.rmdir()


def test_a_home_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="cannot be used: Not a directory"):
        up(tmp_path / "file/home")
