"""What a wheel has in it: all that Antu reads when it runs, and no tool of its developers."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
USE = """
import geo
from geo.demo import demo_divisions, demo_sites, demo_unions
from maps.assets import asset

assert len(demo_divisions()) and len(demo_unions(demo_sites()))
for name in ("leaflet/leaflet.js", "leaflet/images/layers.png", "swagger-ui/swagger-ui.css"):
    assert asset(f"/vendor/{name}").read_bytes()
print(geo.__file__)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a wheel was unpacked into."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        files.extractall(folder / "site")
    return folder / "site"


def test_what_is_read_is_in_it(installed: Path) -> None:
    use = [sys.executable, "-c", USE]
    done = subprocess.run(use, cwd=installed, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(installed)


def test_nothing_for_developers_is_in_it(installed: Path) -> None:
    packages = {path.name for path in (installed / "maps" / "node_modules").iterdir()}
    assert packages == {"leaflet", "swagger-ui-dist"}
