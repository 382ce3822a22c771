"""The owned PostgreSQL, on real clusters: what it must be."""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from clusters import pid_of, up, value

from geo.database import cluster
from geo.database.cluster import postgres
from geo.database.cluster.place import place_of, run
from geo.errors import Unavailable


def test_from_nothing_to_postgis_and_back(open_home: Path) -> None:
    home = open_home
    first = up(home)
    assert first.started
    assert value(first.url, "select postgis_lib_version()").startswith("3.")
    assert (home / "cluster/run/.s.PGSQL.5432").is_socket()
    assert up(home) == cluster.Cluster(first.url, started=False)

    status = cluster.status(home)
    assert status.running
    assert value(first.url, "show server_version").startswith(f"{status.version}.")
    assert status.pid == pid_of(home)
    assert cluster.url(home) == first.url

    assert cluster.down(home)
    assert not cluster.down(home)
    assert not cluster.status(home).running
    with pytest.raises(Unavailable, match="antu db up"):
        cluster.url(home)


def test_nothing_to_tell_of_a_cluster_not_yet_made(home: Path) -> None:
    status = cluster.status(home)
    assert (status.running, status.version, status.url, status.pid) == (False, None, None, None)
    assert not cluster.down(home)
    assert list(home.iterdir()) == []


def test_text_is_ordered_by_code_point_and_folded_beyond_ascii(shared_home: Path) -> None:
    url = up(shared_home).url
    assert value(url, "show server_encoding") == "UTF8"
    query = "select string_agg(w, ' ' order by w) from unnest('{a,B,z,É,中,安}'::text[]) w"
    assert value(url, query) == "B a z É 中 安"
    assert value(url, "select upper('é')") == "É"


def test_reached_by_the_socket_only(shared_home: Path) -> None:
    url = up(shared_home).url
    pid = pid_of(shared_home)
    assert pid is not None
    server = psutil.Process(pid)
    assert server.net_connections("inet") == []
    assert server.net_connections("unix") != []

    sockets = Path(value(url, "show unix_socket_directories"))
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert sockets.stat().st_uid == server.uids().real != 0
    rules = "select array_agg(distinct type || ' ' || auth_method) from pg_hba_file_rules"
    assert sorted(value(url, rules)) == ["host reject", "local trust"]


def test_out_of_reach_of_the_terminal(shared_home: Path) -> None:
    up(shared_home)
    pid = pid_of(shared_home)
    assert pid is not None
    assert os.getsid(pid) != os.getsid(0)


def test_the_users_environment_neither_counts_nor_leaks(
    shared_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.down(shared_home)
    for name in ("PGPORT", "PGDATA", "PGHOST", "DATABASE_URL"):
        monkeypatch.setenv(name, "1")
    assert value(up(shared_home).url, "select 1") == 1
    handed = run(place_of(shared_home), ("env",)).stdout.splitlines()
    names = {line.split("=")[0] for line in handed}
    assert names <= {"PATH", "LD_LIBRARY_PATH", "LC_ALL", "PGDATA", "PWD", "_", "SHLVL"}


def test_own_settings_survive_a_start(shared_home: Path) -> None:
    up(shared_home)
    conf = shared_home / "cluster/data/postgresql.conf"
    before = conf.read_text()
    conf.write_text(before + "work_mem = '5MB'\n")
    cluster.down(shared_home)
    assert value(up(shared_home).url, "show work_mem") == "5MB"
    cluster.down(shared_home)
    conf.write_text(before)


def test_who_starts_it_stops_it_after_its_last_user(shared_home: Path) -> None:
    cluster.down(shared_home)
    with cluster.using(shared_home, durable=False) as url:
        assert value(url, "select 1") == 1
    assert not cluster.status(shared_home).running

    up(shared_home)
    with cluster.using(shared_home):
        pass
    assert cluster.status(shared_home).running
    cluster.down(shared_home)

    with ExitStack() as other:
        with cluster.using(shared_home, durable=False):
            other.enter_context(cluster.using(shared_home))
        assert cluster.status(shared_home).running
    assert cluster.status(shared_home).running


def test_stopped_when_its_user_fails(shared_home: Path) -> None:
    cluster.down(shared_home)
    with pytest.raises(KeyboardInterrupt), cluster.using(shared_home, durable=False):
        raise KeyboardInterrupt
    assert not cluster.status(shared_home).running


def test_without_postgresql_it_says_what_to_install(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_PLACES", ())
    monkeypatch.setenv("PATH", str(home))
    with pytest.raises(Unavailable, match=r"No PostgreSQL server .* Install it: .*DATABASE_URL"):
        up(home)


@pytest.mark.parametrize(
    ("memory", "buffers", "work"),
    [(1 << 30, "131072kB", "4096kB"), (256 << 30, "4194304kB", "65536kB")],
)
def test_memory_settings_follow_the_machine(
    memory: int, buffers: str, work: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "memory_bytes", lambda: memory)
    lines = postgres.configuration(Path("/run"), durable=True).splitlines()
    assert f"shared_buffers = '{buffers}'" in lines
    assert f"work_mem = '{work}'" in lines
    assert not any("fsync" in line for line in lines)
