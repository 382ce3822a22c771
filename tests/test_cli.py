"""The command line, as a person or a script uses it."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import IO

import geopandas as gpd
import pandas as pd
import pytest
from commandline import CommandLine
from fastapi.testclient import TestClient
from PIL import Image

from geo.domain.words import word
from geo.settings import Settings


@pytest.fixture
def antu_demo(
    demo_settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    return CommandLine(demo_settings, capsys, monkeypatch)


def test_coverage_is_what_the_api_says_and_adds_up(
    antu_demo: CommandLine, demo_client: TestClient
) -> None:
    for arguments, parameters in (
        ([], {}),
        (["--level", "county"], {"level": "county"}),
        (["--parent", "340100"], {"parent": "340100"}),
        (
            ["--level", "county", "--category", "logistics_hub", "--on", "2020-01-01"],
            {"level": "county", "category": "logistics_hub", "on": "2020-01-01"},
        ),
    ):
        result = antu_demo.run("coverage", "--json", *arguments)
        assert result.code == 0, result.err
        assert json.loads(result.out) == demo_client.get("/api/coverage", params=parameters).json()
    frames = [
        pd.DataFrame(json.loads(antu_demo.run("coverage", "--json", "--level", level).out))
        for level in ("county", "prefecture", "province")
    ]
    sums = [
        frame.drop(columns=["site_rate", "worker_rate"]).sum(numeric_only=True) for frame in frames
    ]
    assert all(each.equals(sums[0]) for each in sums)


def test_coverage_prints_a_table_in_both_languages(antu_demo: CommandLine) -> None:
    chinese = antu_demo.run("coverage", "--level", "county", "--lang", "zh").out
    english = antu_demo.run("coverage", "--level", "county", "--lang", "en").out
    assert "未覆盖职工" in chinese
    assert "Not reached" in english
    assert "Outside every boundary" in english


def test_nearby_is_what_the_api_says(antu_demo: CommandLine, demo_client: TestClient) -> None:
    place = ["117.2272", "31.8206"]
    result = antu_demo.run("nearby", *place, "-k", "3", "--crs", "gcj02", "--json")
    expected = demo_client.get(
        "/api/nearby", params={"lon": place[0], "lat": place[1], "k": 3, "crs": "gcj02"}
    )
    assert json.loads(result.out) == expected.json()
    assert len(antu_demo.run("nearby", *place, "-k", "3").out.splitlines()) == 4


def test_a_map_that_fits_no_disk_leaves_the_one_before(
    antu_demo: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out = tmp_path / "map.svg"
    out.write_text("before")

    def half(path: Path, content: bytes) -> None:
        path.write_text(content.decode()[:100])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    result = antu_demo.run("map", str(out), "--dpi", "60")
    assert (result.code, "cannot be written" in result.err) == (2, True)
    assert [each.read_text() for each in tmp_path.iterdir()] == ["before"]


@pytest.mark.parametrize("asked", ["coverage", "coverage --json", "--help", "--version"])
@pytest.mark.parametrize("buffered", [True, False])
def test_an_output_without_room_says_so(
    demo_settings: Settings, asked: str, buffered: bool
) -> None:
    with Path("/dev/full").open("w") as full:
        result = printing(demo_settings, asked, full, PYTHONUNBUFFERED="" if buffered else "1")
    assert result.returncode == 1
    assert result.stderr == "The output cannot be written: No space left on device\n"


@pytest.mark.parametrize("asked", ["coverage", "coverage --json", "--help"])
def test_who_reads_no_further_is_not_complained_to(demo_settings: Settings, asked: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as gone:
        assert printing(demo_settings, asked, gone).stderr == ""


def printing(
    settings: Settings, asked: str, out: IO[str], **more: str
) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, with a stdout of its own."""
    command = [Path(sys.executable).with_name("antu"), *asked.split()]
    environment = {"DATABASE_URL": str(settings.database_url), "ANTU_LANGUAGE": "en"} | more
    return subprocess.run(
        command, env=environment, stdout=out, stderr=subprocess.PIPE, text=True, check=False
    )


@pytest.mark.parametrize("columns", ["80", "60"])
def test_a_narrow_terminal_cuts_nothing(
    antu_demo: CommandLine, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    asked = ("nearby", "117.2272", "31.8206", "-k", "1")
    (feature,) = json.loads(antu_demo.run(*asked, "--json").out)["features"]
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    monkeypatch.setenv("COLUMNS", columns)
    shown = antu_demo.run(*asked).out
    assert "…" not in shown
    last_column = re.findall(r"[0-9A-Z]+(?= *$)", shown, re.MULTILINE)
    assert feature["id"] in "".join(last_column)


def test_a_place_may_lie_in_the_west_and_south(antu_demo: CommandLine) -> None:
    found = antu_demo.run("nearby", "-117.2", "-31.8", "-k", "1", "--json")
    assert found.code == 0, found.err
    (feature,) = json.loads(found.out)["features"]
    assert feature["properties"]["distance_m"] > 10_000_000
    for mistyped in ("--raduis-m", "-x"):
        assert antu_demo.run("nearby", "117.2", "31.8", mistyped, "5").code == 2


def test_map_writes_every_format(antu_demo: CommandLine, tmp_path: Path) -> None:
    begins = {"html": b"<!doctype html>", "png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    small = ("--width-mm", "127", "--height-mm", "101.6", "--dpi", "60")
    for suffix, begin in begins.items():
        out = tmp_path / f"map.{suffix}"
        result = antu_demo.run("map", str(out), "--lang", "en", "--title", "Hefei <b>", *small)
        assert result.code == 0, result.err
        assert out.read_bytes().startswith(begin)
    assert "Hefei <b>" not in (tmp_path / "map.html").read_text(encoding="utf-8")
    with Image.open(tmp_path / "map.png") as image:
        assert image.size == (300, 240)
    frame = ["--bbox", "117.2,31.8,117.3,31.9", "--layer", "hex_gap"]
    result = antu_demo.run("map", str(tmp_path / "near.svg"), *frame, *small, "--lang", "en")
    assert result.code == 0, result.err
    near = (tmp_path / "near.svg").read_text(encoding="utf-8")
    assert word("figure.framed", "en").split(",")[0] in near
    assert "<!-- Hexagons 2.8 km wide -->" in near


def test_export_takes_the_filters_of_the_api(
    antu_demo: CommandLine, demo_client: TestClient, tmp_path: Path
) -> None:
    out = tmp_path / "sites.csv"
    asked = ["--grade", "provincial", "--max-workers", "5000", "--bbox", "117.1,31.7,117.4,32"]
    result = antu_demo.run("export", "sites", str(out), *asked, "-q", "公司", "--on", "2024-06-30")
    assert result.code == 0, result.err
    query = {"grade": "provincial", "max_workers": 5000, "bbox": asked[-1], "q": "公司"}
    page = demo_client.get("/api/sites", params={**query, "on": "2024-06-30", "limit": 1000}).json()
    written = [row.split(",")[0] for row in out.read_text(encoding="utf-8-sig").splitlines()[1:]]
    assert [each.strip('"') for each in written] == [each["id"] for each in page["features"]] != []
    wrong = antu_demo.run("export", "unions", str(out), "--grade", "provincial")
    assert (wrong.code, "filters are for sites" in wrong.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nearby", "31.8", "117.2"], "swapped"),
        (["nearby", "nan", "31.8"], "finite"),
        (["nearby", "117.2", "31.8", "--crs", "mars"], "EPSG code, wgs84, gcj02 or bd09"),
        (["nearby", "117.2", "31.8", "--radius-m", "-5"], "--radius-m"),
        (["coverage", "--level", "village"], "the levels are"),
        (["coverage", "--parent", "999"], "no division with the code 999"),
        (["coverage", "--stated", "--level", "county"], "stated does not go with level"),
        (["coverage", "--stated", "--parent", "340100"], "stated does not go with parent"),
        (["map", "map.docx"], ".html, .png, .svg, .pdf"),
        (["map", "map.html", "--division", "999"], "no division with the code 999"),
        (["load", "sites", "missing.csv"], "missing.csv"),
        (["load", "sites", "missing.csv", "--map", "nonsense"], "FIELD=COLUMN"),
        (["export", "sites", "sites.docx"], ".docx"),
    ],
)
def test_a_wrong_input_says_what_is_wrong_and_exits_with_2(
    antu_demo: CommandLine, arguments: list[str], said: str
) -> None:
    result = antu_demo.run(*arguments)
    assert result.code == 2
    assert said in result.err
    assert "Traceback" not in result.err


def test_an_unreachable_database_is_a_failure(
    antu: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setattr("api.cli.serving._check_free", lambda *_: None)
    for command in (["coverage"], ["db", "status"], ["serve", "--workers", "2"]):
        result = antu.run(*command)
        assert result.code == 1
        assert "does not answer" in result.err
        assert "port 1 failed: Connection refused" in result.err  # in the words of the driver
        assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("ANTU_TODAY", "tomorrow"),
        ("ANTU_LANGUAGE", "EN"),
        ("ANTU_POOL_SIZE", "-1"),
        ("ANTU_STATEMENT_TIMEOUT_MS", "9" * 12),
        ("ANTU_OWN_UNION_THRESHOLD", "9" * 12),
        ("ANTU_HEAT_BANDWIDTH_M", "inf"),
        ("ANTU_FRAME_ANCESTORS", "按图"),
        ("ANTU_TRUSTED_PROXIES", "127.0.0.1 proxy.example.org"),
        ("ANTU_TRUSTED_PROXIES", "10.0.0.1/8"),
    ],
)
def test_a_wrong_setting_is_named(
    antu: CommandLine, monkeypatch: pytest.MonkeyPatch, setting: str, value: str
) -> None:
    monkeypatch.setenv(setting, value)
    result = antu.run("coverage")
    assert result.code == 2
    assert setting in result.err
    assert "Traceback" not in result.err


def test_a_wrong_address_is_said_without_its_password(
    antu: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address in ("postgresql://a:se@cret@h:x/d", "postgresql://a:secret@127.0.0.1:1/d?x=y"):
        monkeypatch.setenv("DATABASE_URL", address)
        result = antu.run("coverage")
        assert result.code in (1, 2)
        assert "cret" not in result.err
        assert "Traceback" not in result.err


def test_an_empty_setting_is_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTU_TODAY", "ANTU_POOL_SIZE", "DATABASE_URL", "ANTU_HOME"):
        monkeypatch.setenv(name, "")
    settings = Settings()
    assert (settings.today, settings.database_url) == (None, None)
    assert settings.pool_size == Settings.model_fields["pool_size"].default
    assert settings.home.is_absolute()


def test_load_then_export_then_load_changes_nothing(antu: CommandLine, tmp_path: Path) -> None:
    boundaries = Path(__file__).parents[1] / "data" / "boundaries" / "hefei_counties.geojson"
    assert antu.run("load", "divisions", str(boundaries)).code == 0
    table = tmp_path / "sites.csv"
    table.write_text(
        "id,name,category,workers,lon,lat\nA,甲,logistics_hub,30,117.2,31.8\nB,乙,other,,,\n",
        encoding="utf-8",
    )
    loaded = antu.run("load", "sites", str(table), "--json")
    assert (loaded.code, json.loads(loaded.out)["added"]) == (0, 2)
    for suffix in ("csv", "xlsx", "geojson", "gpkg", "fgb", "parquet"):
        out = tmp_path / f"out.{suffix}"
        assert antu.run("export", "sites", str(out)).code == 0
        again = json.loads(antu.run("load", "sites", str(out), "--json").out)
        assert (again["added"], again["updated"], again["unchanged"]) == (0, 0, 2), suffix
    out = tmp_path / "logistics.csv"
    assert antu.run("export", "sites", str(out), "--category", "logistics_hub").code == 0
    assert pd.read_csv(out)["id"].tolist() == ["A"]
    rows = json.loads(antu.run("coverage", "--level", "county", "--json").out)
    assert sum(row["sites"] for row in rows) == 2
    assert rows[-1]["sites_unknown_workers"] == 1


def test_a_column_mapping_may_follow_one_option_or_many(antu: CommandLine, tmp_path: Path) -> None:
    table = tmp_path / "areas.gpkg"
    source = Path(__file__).parents[1] / "data" / "boundaries" / "hefei_counties.geojson"
    frame = gpd.read_file(source)[["adcode", "name", "geometry"]]
    frame.rename(columns={"adcode": "C", "name": "N"}).to_file(table)
    together = ["--map", "adcode=C", "name=N"]
    apart = ["--map", "adcode=C", "--map", "name=N"]
    first = antu.run("load", "divisions", str(table), "--level", "county", *together, "--json")
    again = antu.run("load", "divisions", str(table), "--level", "county", *apart, "--json")
    assert json.loads(first.out)["added"] == 9
    assert json.loads(again.out)["unchanged"] == 9


def test_the_version_is_the_packages(antu: CommandLine) -> None:
    assert antu.run("--version").out == f"antu {version('antu')}\n"
