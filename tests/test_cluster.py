"""The owned PostgreSQL, on real clusters: what it must be, and what it must survive."""

import fcntl
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, LiteralString

import psutil
import psycopg
import pytest

from geo.database import cluster
from geo.database.cluster import postgres
from geo.database.cluster.place import make_place, place_of, run
from geo.errors import Unavailable


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield from _home(tmp_path / "home")


@pytest.fixture
def open_home() -> Iterator[Path]:
    """A home which the server's user can enter, whoever runs the tests."""
    parent = Path(tempfile.mkdtemp(prefix="antu-test-", dir="/tmp"))
    parent.chmod(0o755)
    yield from _home(parent / "home")
    shutil.rmtree(parent)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose cluster is made; the tests that take it leave its data as it was."""
    yield from _home(tmp_path_factory.mktemp("shared"))


def _home(home: Path) -> Iterator[Path]:
    home.mkdir(exist_ok=True)
    yield home
    folder = (home / "cluster").resolve()
    if pid := _pid(home):
        os.kill(pid, signal.SIGQUIT)
        _wait_until(lambda: not _alive(pid))
    shutil.rmtree(folder, ignore_errors=True)


def _pid(home: Path) -> int | None:
    """The postmaster, if the pid file names a living PostgreSQL."""
    try:
        pid = int((home / "cluster/data/postmaster.pid").read_text().split()[0])
        return pid if _alive(pid) and psutil.Process(pid).name() == "postgres" else None
    except (FileNotFoundError, NotADirectoryError):
        return None


def _alive(pid: int) -> bool:
    """Not ended; a zombie, which nobody has asked how it ended, is not alive."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _up(home: Path) -> cluster.Cluster:
    return cluster.up(home, durable=False)


def _up_elsewhere(home: Path, before: str = "") -> subprocess.Popen[str]:
    """`up` in a process of its own, which prints whether it started the server."""
    code = f"""
from pathlib import Path
from geo.database import cluster
{before}
print(cluster.up(Path({str(home)!r}), durable=False).started)
"""
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _value(url: str, query: LiteralString) -> Any:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def _wait_until(condition: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.005)


def _kill(home: Path) -> None:
    pid = _pid(home)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    _wait_until(lambda: not _alive(pid))


def test_from_nothing_to_postgis_and_back(open_home: Path) -> None:
    home = open_home
    first = _up(home)
    assert first.started
    assert _value(first.url, "select postgis_lib_version()").startswith("3.")
    assert (home / "cluster/run/.s.PGSQL.5432").is_socket()
    assert _up(home) == cluster.Cluster(first.url, started=False)

    status = cluster.status(home)
    assert status.running
    assert _value(first.url, "show server_version").startswith(f"{status.version}.")
    assert status.pid == _pid(home)
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


def test_text_is_ordered_by_code_point_and_folded_beyond_ascii(shared: Path) -> None:
    url = _up(shared).url
    assert _value(url, "show server_encoding") == "UTF8"
    query = "select string_agg(w, ' ' order by w) from unnest('{a,B,z,É,中,安}'::text[]) w"
    assert _value(url, query) == "B a z É 中 安"
    assert _value(url, "select upper('é')") == "É"


def test_reached_by_the_socket_only(shared: Path) -> None:
    url = _up(shared).url
    pid = _pid(shared)
    assert pid is not None
    server = psutil.Process(pid)
    assert server.net_connections("inet") == []
    assert server.net_connections("unix") != []

    sockets = Path(_value(url, "show unix_socket_directories"))
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert sockets.stat().st_uid == server.uids().real != 0
    rules = "select array_agg(distinct type || ' ' || auth_method) from pg_hba_file_rules"
    assert sorted(_value(url, rules)) == ["host reject", "local trust"]


def test_out_of_reach_of_the_terminal(shared: Path) -> None:
    _up(shared)
    pid = _pid(shared)
    assert pid is not None
    assert os.getsid(pid) != os.getsid(0)


def test_the_users_environment_neither_counts_nor_leaks(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.down(shared)
    for name in ("PGPORT", "PGDATA", "PGHOST", "DATABASE_URL"):
        monkeypatch.setenv(name, "1")
    assert _value(_up(shared).url, "select 1") == 1
    handed = run(place_of(shared), ("env",)).stdout.splitlines()
    names = {line.split("=")[0] for line in handed}
    assert names <= {"PATH", "LD_LIBRARY_PATH", "LC_ALL", "PGDATA", "PWD", "_", "SHLVL"}


def test_own_settings_survive_a_start(shared: Path) -> None:
    _up(shared)
    conf = shared / "cluster/data/postgresql.conf"
    before = conf.read_text()
    conf.write_text(before + "work_mem = '5MB'\n")
    cluster.down(shared)
    assert _value(_up(shared).url, "show work_mem") == "5MB"
    cluster.down(shared)
    conf.write_text(before)


def test_kill_of_the_server_loses_nothing(shared: Path) -> None:
    url = _up(shared).url
    with psycopg.connect(url) as connection:
        connection.execute("create table kept as select generate_series(1, 1000) as n")
    _kill(shared)
    assert not cluster.status(shared).running
    assert _up(shared).started
    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (1000,)
        connection.execute("drop table kept")


def test_waits_for_the_children_of_a_killed_server(shared: Path) -> None:
    url = _up(shared).url
    connection = psycopg.connect(url)
    child = connection.info.backend_pid

    def work() -> None:
        with suppress(psycopg.OperationalError), connection:
            connection.execute("select count(*) from generate_series(1, 12000000)")

    thread = threading.Thread(target=work)
    thread.start()
    _wait_until(lambda: sum(psutil.Process(child).cpu_times()[:2]) > 0.2)
    _kill(shared)
    assert _alive(child), "it was to be busy still"
    assert _up(shared).started
    assert not _alive(child)
    thread.join()
    connection.close()


def test_says_so_when_leftover_children_do_not_end(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _up(shared)
    cluster.down(shared)
    monkeypatch.setattr(cluster, "SILENCE_S", 0.3)
    with (shared / "cluster/server.lock").open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Unavailable, match="still running"):
            _up(shared)
    assert _up(shared).started


def test_two_starts_at_once(home: Path) -> None:
    both = [_up_elsewhere(home), _up_elsewhere(home)]
    assert sorted(process.communicate()[0].strip() for process in both) == ["False", "True"]
    assert _pid(home)


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


def test_a_stale_pid_file_of_a_living_process(shared: Path) -> None:
    _up(shared)
    data = shared / "cluster/data"
    lines = (data / "postmaster.pid").read_text().splitlines()
    cluster.down(shared)
    owner = data.stat()
    other = subprocess.Popen(["sleep", "60"], user=owner.st_uid, group=owner.st_gid)
    try:
        (data / "postmaster.pid").write_text("\n".join([str(other.pid), *lines[1:], ""]))
        os.chown(data / "postmaster.pid", owner.st_uid, owner.st_gid)
        assert not cluster.down(shared)
        assert _up(shared).started
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


@pytest.mark.parametrize("sign", ["data.new/base", "data/postmaster.pid"])
def test_killed_while_it_makes_or_starts_the_cluster(home: Path, sign: str) -> None:
    starting = _up_elsewhere(home)
    _wait_until((home / "cluster" / sign).exists)
    starting.kill()
    starting.communicate()
    assert _value(_up(home).url, "select postgis_lib_version()").startswith("3.")
    assert not (home / "cluster/data.new").exists()


def test_a_database_that_was_not_finished_is_finished(shared: Path) -> None:
    url = _up(shared).url
    with psycopg.connect(url.replace("/antu?", "/postgres?"), autocommit=True) as connection:
        connection.execute("drop database antu")
    assert not _up(shared).started
    assert _value(url, "select postgis_lib_version()").startswith("3.")


def test_data_of_another_version_names_both(shared: Path) -> None:
    _up(shared)
    cluster.down(shared)
    file = shared / "cluster/data/PG_VERSION"
    version = file.read_text()
    file.write_text("9\n")
    with pytest.raises(Unavailable, match=f"by PostgreSQL 9; installed is .*{version.strip()}"):
        _up(shared)
    file.write_text(version)
    assert _up(shared).started


def test_a_damaged_data_folder_is_left_alone(shared: Path) -> None:
    _up(shared)
    cluster.down(shared)
    data = shared / "cluster/data"
    control = (data / "global/pg_control").read_bytes()
    os.truncate(data / "global/pg_control", 100)
    with pytest.raises(Unavailable, match=r"did not start: .*pg_control"):
        _up(shared)
    (data / "PG_VERSION").rename(data / "lost")
    with pytest.raises(Unavailable, match="damaged"):
        _up(shared)

    (data / "lost").rename(data / "PG_VERSION")
    (data / "global/pg_control").write_bytes(control)
    assert _up(shared).started


def test_a_full_disk_is_named_and_mended(home: Path) -> None:
    limit = f"import resource; resource.setrlimit({resource.RLIMIT_FSIZE}, (1 << 20, 1 << 20))"
    _, error = _up_elsewhere(home, limit).communicate()
    assert error.strip().splitlines()[-1].startswith("geo.errors.Unavailable: ")
    assert "is full" in error
    assert _up(home).started


def test_a_home_that_the_servers_user_cannot_enter(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for home in _home(closed / "home"):
        data = Path(_value(_up(home).url, "show data_directory"))
        assert data.stat().st_uid != 0
        assert (home / "cluster").is_symlink() == (os.geteuid() == 0)
        assert (home / "cluster/data").samefile(data)
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        cluster.down(home)
        assert _up(home).started


def test_a_home_with_a_long_and_odd_name(open_home: Path, tmp_path: Path) -> None:
    for home in _home(open_home / ('按图, it\'s "odd" & $(false) ' + "long" * 30)):
        url = _up(home).url
        sockets = Path(_value(url, "show unix_socket_directories"))
        assert sockets.parent == Path("/tmp")
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert _value(url, "show data_directory") == str(home / "cluster/data")

        cluster.down(home)
        sockets.rmdir()
        sockets.symlink_to(tmp_path)
        with pytest.raises(Unavailable, match="not a private folder"):
            _up(home)
        sockets.unlink()
        assert _up(home).started
        cluster.down(home)
        sockets.rmdir()


def test_a_home_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="cannot be used: Not a directory"):
        _up(tmp_path / "file/home")


def test_who_starts_it_stops_it_after_its_last_user(shared: Path) -> None:
    cluster.down(shared)
    with cluster.using(shared, durable=False) as url:
        assert _value(url, "select 1") == 1
    assert not cluster.status(shared).running

    _up(shared)
    with cluster.using(shared):
        pass
    assert cluster.status(shared).running
    cluster.down(shared)

    with ExitStack() as other:
        with cluster.using(shared, durable=False):
            other.enter_context(cluster.using(shared))
        assert cluster.status(shared).running
    assert cluster.status(shared).running


def test_stopped_when_its_user_fails(shared: Path) -> None:
    cluster.down(shared)
    with pytest.raises(KeyboardInterrupt), cluster.using(shared, durable=False):
        raise KeyboardInterrupt
    assert not cluster.status(shared).running


def test_without_postgresql_it_says_what_to_install(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_PLACES", ())
    monkeypatch.setenv("PATH", str(home))
    with pytest.raises(Unavailable, match=r"No PostgreSQL server .* Install it: .*DATABASE_URL"):
        _up(home)


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
