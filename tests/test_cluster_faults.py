"""The owned PostgreSQL, on real clusters: what it must survive."""

from __future__ import annotations

import fcntl
import os
import resource
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
from clusters import alive, kill, pid_of, up, up_elsewhere, value, wait_until

from geo.database import cluster
from geo.errors import Unavailable


def test_kill_of_the_server_loses_nothing(shared_home: Path) -> None:
    url = up(shared_home).url
    with psycopg.connect(url) as connection:
        connection.execute("create table kept as select generate_series(1, 1000) as n")
    kill(shared_home)
    assert not cluster.status(shared_home).running
    assert up(shared_home).started
    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (1000,)
        connection.execute("drop table kept")


def test_waits_for_the_children_of_a_killed_server(shared_home: Path) -> None:
    url = up(shared_home).url
    connection = psycopg.connect(url)
    child = connection.info.backend_pid

    def work() -> None:
        with suppress(psycopg.OperationalError), connection:
            connection.execute("select count(*) from generate_series(1, 12000000)")

    thread = threading.Thread(target=work)
    thread.start()
    wait_until(lambda: sum(psutil.Process(child).cpu_times()[:2]) > 0.2)
    kill(shared_home)
    assert alive(child), "it was to be busy still"
    assert up(shared_home).started
    assert not alive(child)
    thread.join()
    connection.close()


def test_says_so_when_leftover_children_do_not_end(
    shared_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    up(shared_home)
    cluster.down(shared_home)
    monkeypatch.setattr(cluster, "SILENCE_S", 0.3)
    with (shared_home / "cluster/server.lock").open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Unavailable, match="still running"):
            up(shared_home)
    assert up(shared_home).started


def test_two_starts_at_once(home: Path) -> None:
    both = [up_elsewhere(home), up_elsewhere(home)]
    assert sorted(process.communicate()[0].strip() for process in both) == ["False", "True"]
    assert pid_of(home)


def test_a_stale_pid_file_of_a_living_process(shared_home: Path) -> None:
    up(shared_home)
    data = shared_home / "cluster/data"
    lines = (data / "postmaster.pid").read_text().splitlines()
    cluster.down(shared_home)
    owner = data.stat()
    other = subprocess.Popen(["sleep", "60"], user=owner.st_uid, group=owner.st_gid)
    try:
        (data / "postmaster.pid").write_text("\n".join([str(other.pid), *lines[1:], ""]))
        os.chown(data / "postmaster.pid", owner.st_uid, owner.st_gid)
        assert not cluster.down(shared_home)
        assert up(shared_home).started
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


@pytest.mark.parametrize("sign", ["data.new/base", "data/postmaster.pid"])
def test_killed_while_it_makes_or_starts_the_cluster(home: Path, sign: str) -> None:
    starting = up_elsewhere(home)
    wait_until((home / "cluster" / sign).exists)
    starting.kill()
    starting.communicate()
    assert value(up(home).url, "select postgis_lib_version()").startswith("3.")
    assert not (home / "cluster/data.new").exists()


def test_a_database_that_was_not_finished_is_finished(shared_home: Path) -> None:
    url = up(shared_home).url
    with psycopg.connect(url.replace("/antu?", "/postgres?"), autocommit=True) as connection:
        connection.execute("drop database antu")
    assert not up(shared_home).started
    assert value(url, "select postgis_lib_version()").startswith("3.")


def test_data_of_another_version_names_both(shared_home: Path) -> None:
    up(shared_home)
    cluster.down(shared_home)
    file = shared_home / "cluster/data/PG_VERSION"
    version = file.read_text()
    file.write_text("9\n")
    with pytest.raises(Unavailable, match=f"by PostgreSQL 9; installed is .*{version.strip()}"):
        up(shared_home)
    file.write_text(version)
    assert up(shared_home).started


def test_a_damaged_data_folder_is_left_alone(shared_home: Path) -> None:
    up(shared_home)
    cluster.down(shared_home)
    data = shared_home / "cluster/data"
    control = (data / "global/pg_control").read_bytes()
    os.truncate(data / "global/pg_control", 100)
    with pytest.raises(Unavailable, match=r"did not start: .*pg_control"):
        up(shared_home)
    (data / "PG_VERSION").rename(data / "lost")
    with pytest.raises(Unavailable, match="damaged"):
        up(shared_home)

    (data / "lost").rename(data / "PG_VERSION")
    (data / "global/pg_control").write_bytes(control)
    assert up(shared_home).started


def test_a_full_disk_is_named_and_mended(home: Path) -> None:
    limit = f"import resource; resource.setrlimit({resource.RLIMIT_FSIZE}, (1 << 20, 1 << 20))"
    _, error = up_elsewhere(home, limit).communicate()
    assert error.strip().splitlines()[-1].startswith("geo.errors.Unavailable: ")
    assert "is full" in error
    assert up(home).started
