"""What `scripts/system.sh` asks of the system, told by stand-ins for apt, sudo and the like."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SYSTEM = Path(__file__).parent.parent / "scripts/system.sh"
TOOLS = (
    "bash",
    "cut",
    "dirname",
    "env",
    "find",
    "grep",
    "head",
    "sed",
    "sort",
    "tail",
    "tr",
    "uname",
)


@dataclass
class Machine:
    """An empty system under `root`, on whose PATH only stand-ins and a few plain tools are."""

    root: Path

    def __post_init__(self) -> None:
        self.bin.mkdir(parents=True)
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found, f"{tool} is not on this machine"
            (self.bin / tool).symlink_to(found)
        self.python("3.13.1")
        self.file("etc/os-release", "ID=debian\n")

    @property
    def bin(self) -> Path:
        return self.root / "stand-ins"

    def program(self, name: str, script: str, folder: str = "stand-ins") -> None:
        path = self.root / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def file(self, path: str, text: str = "") -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def python(self, version: str, *, venv: bool = True) -> None:
        """One that knows the three questions which the script asks it."""
        old = int(version.split(".")[1]) < 11
        self.program(
            "python3",
            rf"""case "$*" in
                --version) echo Python {version} ;;
                *version_info*\<*) exit {int(old)} ;;
                *print*) echo python{version.rpartition(".")[0]}-venv ;;
                *ensurepip*) exit {int(not venv)} ;;
            esac""",
        )

    def user(self, uid: int) -> None:
        self.program("id", f"echo {uid}")

    def apt(self, postgresql: int = 17) -> None:
        self.program("apt-get", f'echo "$*" >> {self.root}/calls')
        depends = f"  Depends: postgresql-{postgresql}"
        self.program("apt-cache", f'echo "postgresql"; echo "{depends}"')

    def server(self, version: int, *, postgis: bool) -> None:
        folder = f"usr/lib/postgresql/{version}/bin"
        share = self.root / f"usr/share/postgresql/{version}"
        self.program("initdb", "", folder)
        self.program("postgres", f"echo 'postgres (PostgreSQL) {version}.1'", folder)
        self.program("pg_config", f"echo {share}", folder)
        if postgis:
            self.file(f"usr/share/postgresql/{version}/extension/postgis.control")

    def font(self) -> None:
        self.file("usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")

    def system(self, profile: str, **environment: str) -> subprocess.CompletedProcess[str]:
        paths = {"PATH": str(self.bin), "SYSTEM_ROOT": str(self.root), "HOME": str(self.root)}
        return subprocess.run(
            [SYSTEM, profile], env=paths | environment, capture_output=True, text=True
        )

    def installed(self) -> set[str]:
        """The packages that apt was asked for, once its lists were fresh."""
        calls = self.root / "calls"
        if not calls.exists():
            return set()
        update, install = calls.read_text().splitlines()
        assert update.startswith("update")
        options = ("-", "DPkg")
        return {w for w in install.split()[1:] if not w.startswith(options)}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_bare_debian_gets_all_of_it(machine: Machine) -> None:
    machine.apt()
    machine.user(0)
    machine.python("3.13.1", venv=False)
    done = machine.system("develop")
    assert done.returncode == 0, done.stderr
    assert machine.installed() == {
        "python3.13-venv",
        "postgresql-17",
        "postgresql-17-postgis-3",
        "fonts-noto-cjk",
        "chromium",
    }


def test_nothing_is_installed_where_nothing_is_missing(machine: Machine) -> None:
    machine.apt()
    machine.user(1000)
    machine.server(15, postgis=True)
    machine.font()
    machine.program("chromium", "")
    done = machine.system("develop")
    assert (done.returncode, done.stderr) == (0, "")
    assert machine.installed() == set()


def test_serving_needs_no_browser_and_with_a_database_url_no_server(machine: Machine) -> None:
    machine.apt()
    machine.user(0)
    assert machine.system("serve", DATABASE_URL="postgresql://db/antu").returncode == 0
    assert machine.installed() == {"fonts-noto-cjk"}


def test_postgis_for_the_newest_server_that_is_there(machine: Machine) -> None:
    machine.apt()
    machine.user(0)
    machine.font()
    machine.server(9, postgis=False)
    machine.server(16, postgis=False)
    assert machine.system("serve").returncode == 0
    assert machine.installed() == {"postgresql-16-postgis-3"}


def test_an_old_server_is_left_alone_and_a_newer_one_installed(machine: Machine) -> None:
    machine.apt()
    machine.user(0)
    machine.font()
    machine.server(14, postgis=True)
    assert machine.system("serve").returncode == 0
    assert machine.installed() == {"postgresql-17", "postgresql-17-postgis-3"}


def test_where_apt_has_old_ones_only_it_says_so(machine: Machine) -> None:
    machine.apt(postgresql=14)
    machine.user(0)
    done = machine.system("serve")
    assert done.returncode == 1
    assert "apt has no PostgreSQL 15 or newer" in done.stderr
    assert "install" not in (machine.root / "calls").read_text()


def test_ubuntu_is_not_asked_for_its_snap_of_chromium(machine: Machine) -> None:
    machine.apt()
    machine.user(0)
    machine.server(16, postgis=True)
    machine.file("etc/os-release", 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n')
    assert machine.system("develop").returncode == 0
    assert machine.installed() == {"fonts-noto-cjk"}


def test_not_root_means_sudo(machine: Machine) -> None:
    machine.apt()
    machine.user(1000)
    done = machine.system("serve")
    assert done.returncode == 1
    assert "install sudo, or run make as root once" in done.stderr
    assert machine.installed() == set()

    machine.program("sudo", f'echo >> {machine.root}/asked; exec "$@"')
    assert machine.system("serve").returncode == 0
    assert "postgresql-17" in machine.installed()
    assert len((machine.root / "asked").read_text()) == 2


def test_without_apt_it_says_what_to_install(machine: Machine) -> None:
    machine.user(0)
    done = machine.system("develop")
    assert done.returncode == 1
    assert "PostgreSQL server (15 or newer) with PostGIS 3" in done.stderr
    assert "font with Chinese" in done.stderr
    assert done.stderr.endswith("Install these, then run make again.\n")


def test_a_failing_apt_is_named(machine: Machine) -> None:
    machine.apt()
    machine.user(0)
    machine.program("apt-get", '[ "$1" = update ]')
    done = machine.system("serve")
    assert done.returncode == 1
    assert (
        "apt could not install: postgresql-17 postgresql-17-postgis-3 fonts-noto-cjk" in done.stderr
    )


def test_an_old_python_or_none_is_named(machine: Machine) -> None:
    machine.python("3.9.2")
    done = machine.system("serve")
    assert done.returncode == 1
    assert "Python 3.9.2 is too old: Antu needs Python 3.11" in done.stderr
    done = machine.system("serve", PYTHON="python4")
    assert done.returncode == 1
    assert "There is no python4" in done.stderr
