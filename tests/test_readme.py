"""Every command of the README, run; what it prints there is what it prints."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from commandline import CommandLine
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from geo.demo import demo_sites, demo_unions
from geo.domain.crs import from_wgs84
from geo.operations.demo import load_demo
from geo.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(?:sh|json)\n.*?^```", re.MULTILINE | re.DOTALL)
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]


def test_make_has_the_targets() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = [command.split()[1] for command in COMMANDS if command.startswith("make ")]
    assert targets == ["demo", "test"]
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_curl_prints_what_the_readme_says(demo_client: TestClient) -> None:
    (command,) = (command for command in COMMANDS if command.startswith("curl "))
    (answer,) = re.findall(r"^```json\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    url = shlex.split(command)[1].removeprefix("http://127.0.0.1:8000")
    assert demo_client.get(url).json() == json.loads(answer)


def test_gdal_reads_the_address_that_the_readme_gives_it_to_the_end(
    demo_address: str, demo_client: TestClient
) -> None:
    (named,) = re.findall(r"`(/vsicurl_streaming/SERVER[^`]+)`", README)
    # In a process of its own: who waits inside GDAL keeps the server of this one from answering.
    reading = "import sys, pyogrio; print(pyogrio.read_info(sys.argv[1])['features'])"
    for filters in ("", "?category=logistics_hub"):
        address = named.replace("SERVER", demo_address) + filters
        told = subprocess.run(
            [sys.executable, "-c", reading, address], capture_output=True, text=True, check=True
        )
        rows = demo_client.get(f"/api/coverage{filters}").json()
        assert int(told.stdout) == sum(row["sites"] for row in rows) > 100


def test_antu_does_what_the_readme_says(
    engine: Engine,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    load_demo(engine, settings)
    _write_files_of_the_readme(tmp_path)
    monkeypatch.chdir(tmp_path)
    antu = CommandLine(settings, capsys, monkeypatch)
    commands = [command for command in COMMANDS if command.startswith("antu ")]
    assert len(commands) > 5
    for command in commands:
        result = antu.run(*shlex.split(command)[1:])
        assert result.code == 0, (command, result.err)
        assert result.out.strip(), command
    assert {"hefei.html", "hefei.pdf", "sites.parquet"} <= {
        path.name for path in tmp_path.iterdir()
    }


def test_no_command_is_left_untested() -> None:
    assert {command.split()[0] for command in COMMANDS} == {"make", "curl", "antu"}


def test_every_setting_is_described() -> None:
    for name, field in Settings.model_fields.items():
        variable = "DATABASE_URL" if name == "database_url" else f"ANTU_{name.upper()}"
        assert re.search(rf"`{variable}`.*{re.escape(str(field.description))}", README)


@pytest.mark.parametrize("readme", [README, CHINESE])
def test_every_file_it_names_exists(readme: str) -> None:
    for path in re.findall(r"`((?:geo|api|maps)/[\w/.]+)`", readme):
        assert (ROOT / path).exists(), path
    for path in re.findall(r"\]\(((?!http)[^)]+)\)|src=\"([^\"]+)\"", readme):
        assert (ROOT / "".join(path)).exists(), path


def test_the_chinese_readme_has_the_same_commands_answers_addresses_and_settings() -> None:
    assert BLOCK.findall(CHINESE) == BLOCK.findall(README)
    said = [
        set(re.findall(r"`(/[^`]+|ANTU_[^`]+|SERVER[^`]*)`", each)) for each in (README, CHINESE)
    ]
    assert said[0] == said[1]
    settings = [
        re.findall(r"^(\| `[A-Z_]+` \| (?:`.*?`)?)", each, re.MULTILINE)
        for each in (README, CHINESE)
    ]
    assert settings[0] == settings[1]
    assert len(settings[0]) == len(Settings.model_fields)


def _write_files_of_the_readme(folder: Path) -> None:
    districts = gpd.read_file(ROOT / "data" / "boundaries" / "hefei_counties.geojson")
    districts[["adcode", "name", "geometry"]].rename(
        columns={"adcode": "CODE", "name": "NAME"}
    ).to_file(folder / "districts.gpkg")
    sites = demo_sites()
    sites = sites[sites.geometry.notna() & (sites.geom_type == "Point")].head(50)
    lon, lat = from_wgs84(sites.geometry.x, sites.geometry.y, "gcj02")
    pd.DataFrame(
        {"单位名称": sites["name"], "职工人数": sites["workers"], "经度": lon, "纬度": lat}
    ).to_excel(folder / "workplaces.xlsx", index=False)
    unions = pd.DataFrame(demo_unions(demo_sites()).query("kind == 'enterprise'").head(20))
    unions[["id", "name", "kind", "site_id", "members", "founded_on"]].to_csv(
        folder / "unions.csv", index=False
    )
