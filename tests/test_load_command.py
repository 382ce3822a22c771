"""`antu load` as a clerk uses it: look first, mend what is refused, use a mapping again."""

from __future__ import annotations

import csv
import getpass
import json
import os
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from commandline import CommandLine
from ingesting import csv_file, xlsx_file

from geo.domain.crs import from_wgs84
from geo.domain.kind import Kind
from geo.ingest.headings import fields

BOUNDARIES = Path(__file__).parents[1] / "data" / "boundaries" / "hefei_counties.geojson"


def gcj02_rows(per_division: int = 40) -> list[list[Any]]:
    """Sites near the inner edge of their division, written in GCJ-02: read as WGS 84 many are out
    of it."""
    rows: list[list[Any]] = []
    for division in gpd.read_file(BOUNDARIES).itertuples():
        edge = division.geometry.buffer(-0.0005).boundary
        for number in range(per_division):
            place = edge.interpolate(number / per_division, normalized=True)
            lon, lat = from_wgs84(place.x, place.y, "gcj02")
            name = f"{division.name}第{number}物流公司"
            rows.append([name, division.name, 30, f"{float(lon):.6f}", f"{float(lat):.6f}"])
    return rows


@pytest.fixture
def gcj02_table(antu: CommandLine, tmp_path: Path) -> Path:
    assert antu.run("load", "divisions", str(BOUNDARIES)).code == 0
    heading = ["企业名称", "所属区县", "职工人数", "经度", "纬度"]
    return csv_file(tmp_path / "gcj02.csv", [heading, *gcj02_rows()])


def test_preview_says_what_was_understood_and_writes_nothing(
    antu: CommandLine, tmp_path: Path
) -> None:
    rows = [["企业名称", "职工人数", "备注", "经度", "纬度"], ["甲厂", 30, "x", 117.2, 31.8]]
    table = csv_file(tmp_path / "sites.csv", [["某区汇总表"], *rows], encoding="gb18030")
    result = antu.run("load", "sites", str(table), "--category", "other", "--preview")
    assert result.code == 0, result.err
    for said in (
        "gb18030",
        "Heading in row: 2",
        "<- 职工人数",
        "left out: 备注",
        "甲厂",
        "1 added",
    ):
        assert said.casefold() in result.out.casefold()
    assert json.loads(antu.run("batches", "--json").out) == []


@pytest.mark.parametrize("cell", ["30", "many"])
def test_columns_that_are_left_out_are_told_of_after_every_load(
    antu: CommandLine, tmp_path: Path, cell: str
) -> None:
    rows = [["企业名称", "头数", "农民工人数"], ["甲厂", 30, cell]]
    load = ["load", "sites", str(csv_file(tmp_path / "in.csv", rows)), "--category", "other"]
    told = antu.run(*load)
    assert told.code == (0 if cell == "30" else 2)
    assert told.out.count("Columns that are left out: 头数") == 1
    assert antu.run(*load, "--preview").out.count("Columns that are left out: 头数") == 1
    assert json.loads(antu.run(*load, "--json").out)["unmapped"] == ["头数"]
    for batch in json.loads(antu.run("batches", "--json").out):
        shown = json.loads(antu.run("batches", "show", str(batch["id"])).out)
        assert shown["options"]["unmapped"] == ["头数"]
    assert "left out" not in antu.run(*load, "--map", "workers=头数").out


def test_columns_that_are_left_out_are_told_of_where_nothing_says_the_category(
    antu: CommandLine, tmp_path: Path
) -> None:
    table = csv_file(tmp_path / "in.csv", [["企业名称", "种类"], ["甲厂", "物流"]])
    told = antu.run("load", "sites", str(table))
    assert told.code == 2
    assert "category" in told.err
    assert "left out: 种类" in told.err
    bare = antu.run("load", "sites", str(csv_file(tmp_path / "in.csv", [["企业名称"], ["甲厂"]])))
    assert "left out: none" in bare.err


def test_a_better_frame_is_told_with_its_counts_and_taken_when_asked(
    antu: CommandLine, gcj02_table: Path
) -> None:
    arguments = ["load", "sites", str(gcj02_table), "--category", "logistics_hub"]
    plain = antu.run(*arguments, "--preview")
    assert "GCJ-02" in plain.err
    assert "--crs auto" in plain.err
    told = json.loads(antu.run(*arguments, "--preview", "--json").out)
    assert (told["crs"], told["better_crs"]) == ("wgs84", "gcj02")
    assert told["fit"]["gcj02"] == told["fit"]["rows"] == 360
    assert told["fit"]["wgs84"] < 300
    taken = json.loads(antu.run(*arguments, "--crs", "auto", "--json").out)
    assert (taken["crs"], taken["better_crs"], taken["added"]) == ("gcj02", None, 360)
    rows = json.loads(antu.run("coverage", "--level", "county", "--json").out)
    assert {row["sites"] for row in rows if row["adcode"]} == {40}


def test_a_table_that_says_its_frame_is_read_in_it(antu: CommandLine, tmp_path: Path) -> None:
    table = csv_file(tmp_path / "in.csv", [["id", "name", "lon", "lat"], ["A", "甲", 117.2, 31.8]])
    assert antu.run("load", "sites", str(table), "--category", "other").code == 0
    for form in ("csv", "xlsx"):
        out = tmp_path / f"out.{form}"
        assert antu.run("export", "sites", str(out), "--crs", "gcj02").code == 0
        told = json.loads(antu.run("load", "sites", str(out), "--json").out)
        assert (told["crs"], told["unchanged"]) == ("gcj02", 1)


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "geojson"])
def test_refused_rows_come_back_in_a_file_that_loads_once_mended(
    antu: CommandLine, tmp_path: Path, suffix: str
) -> None:
    heading = ["编号", "企业名称", "类别", "职工人数", "经度", "纬度"]
    good = ["A", "甲", "物流", 30, 117.2, 31.8]
    bad = [["B", "乙", "物流", "很多", 117.3, 31.9], ["C", "丙", "未知", 5, 117.4, 31.7]]
    table = tmp_path / f"sites.{suffix}"
    if suffix == "csv":
        csv_file(table, [heading, good, *bad])
    elif suffix == "xlsx":
        xlsx_file(table, [heading, good, *bad])
    else:
        points = gpd.points_from_xy([117.2, 117.3, 117.4], [31.8, 31.9, 31.7], crs=4326)
        columns = dict(zip(heading[:4], zip(good, *bad, strict=True), strict=False))
        columns["职工人数"] = tuple(str(value) for value in columns["职工人数"])
        gpd.GeoDataFrame(columns, geometry=points).to_file(table)
    rejects = tmp_path / f"refused.{suffix}"
    arguments = ["load", "sites", str(table), "--rejects", str(rejects)]
    kept_out = antu.run(*arguments)
    assert kept_out.code == 2
    assert "--accept-good" in kept_out.err
    taken = json.loads(antu.run(*arguments, "--accept-good", "--json").out)
    assert (taken["read"], taken["added"], taken["refused"]) == (3, 1, 2)
    mended = mend(rejects, {"很多": "50", "未知": "其他"})
    again = json.loads(antu.run("load", "sites", str(mended), "--json").out)
    assert (again["read"], again["added"], again["refused"]) == (2, 2, 0)


def test_refused_rows_are_kept_though_nobody_reads_the_report(
    antu: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the output goes to `head`."""

    def cut_off(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("api.cli.report.print_report", cut_off)
    table = csv_file(tmp_path / "sites.csv", [["name", "workers"], ["a", "x"], ["b", "1"]])
    rejects = tmp_path / "refused.csv"
    load = ["load", "sites", str(table), "--category", "other", "--accept-good"]
    assert antu.run(*load, "--rejects", str(rejects)).code == 1
    assert "is not a headcount" in rejects.read_text(encoding="utf-8-sig")


def mend(path: Path, corrections: dict[str, str]) -> Path:
    """The file with cells corrected, as a clerk would, and the column of problems left in."""
    if path.suffix == ".xlsx":
        import openpyxl

        book = openpyxl.load_workbook(path)
        sheet = book.active
        assert sheet is not None
        assert sheet.cell(2, 1).value, "the first column says what is wrong"
        for row in sheet.iter_rows(min_col=2):
            for cell in row:
                if cell.value in corrections:
                    cell.value = corrections[str(cell.value)]
        book.save(path)
        return path
    text = path.read_text(encoding="utf-8-sig")
    for wrong, right in corrections.items():
        for before, after in (('"', '"'), (",", ",")):
            text = text.replace(f"{before}{wrong}{after}", f"{before}{right}{after}")
    path.write_text(text, encoding="utf-8")
    return path


def test_batches_are_listed_told_and_taken_back(
    antu: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = csv_file(tmp_path / "一区.csv", [["id", "name", "workers"], ["A", "甲", "约30人"]])
    arguments = ["load", "sites", str(table), "--category", "other"]
    first = json.loads(antu.run(*arguments, "--json").out)["batch"]
    csv_file(table, [["id", "name", "workers"], ["A", "甲", "31"]])
    second = json.loads(antu.run(*arguments, "--json").out)["batch"]
    listed = antu.run("batches")
    assert "一区.csv" in listed.out
    assert "Holds" in listed.out
    assert "Only the last 1 batches" in antu.run("batches", "--limit", "1").out
    told = json.loads(antu.run("batches", "show", str(first)).out)
    assert told["checksum"] != json.loads(antu.run("batches", "show", str(second)).out)["checksum"]
    assert told["loaded_by"] == getpass.getuser()
    assert told["options"]["mapping"] == {"id": "id", "name": "name", "workers": "workers"}
    assert told["options"]["notes"][0]["row"] == 2
    monkeypatch.setenv("ANTU_LANGUAGE", "zh")
    kept = antu.run("undo", str(first))
    assert kept.code == 1
    assert f"A 后来被批次 {second} 改动" in kept.err
    assert antu.run("undo", str(second)).out == f"批次 {second} 已撤销。\n"
    assert antu.run("undo", str(first)).code == 0
    assert f"没有批次 {second + 1}" in antu.run("undo", str(second + 1)).err


def test_ranges_are_refused_or_read_as_their_lower_end(antu: CommandLine, tmp_path: Path) -> None:
    table = csv_file(tmp_path / "sites.csv", [["name", "workers"], ["one", "100-200"]])
    arguments = ["load", "sites", str(table), "--category", "other"]
    assert antu.run(*arguments).code == 2
    lower = antu.run(*arguments, "--ranges", "lower")
    assert lower.code == 0
    assert "100" in lower.err


def test_a_mapping_is_kept_and_used_again(antu: CommandLine, tmp_path: Path) -> None:
    first = csv_file(tmp_path / "one.csv", [["厂", "头数"], ["甲", 7]])
    arguments = ["load", "sites", str(first), "--category", "other", "--map", "name=厂"]
    assert antu.run(*arguments, "workers=头数", "--save-mapping", "某区").code == 0
    second = csv_file(tmp_path / "two.csv", [["厂", "头数"], ["乙", 8]])
    arguments = ["load", "sites", str(second), "--category", "other"]
    assert antu.run(*arguments).code == 2
    told = json.loads(antu.run(*arguments, "--mapping", "某区", "--json").out)
    assert told["mapping"] == {"name": "厂", "workers": "头数"}
    unknown = antu.run(*arguments, "--mapping", "别的")
    assert unknown.code == 2
    assert "某区" in unknown.err


def test_the_row_of_the_headings_may_be_said(antu: CommandLine, tmp_path: Path) -> None:
    rows = [["名称", "职工人数"], ["名称", "人数"], ["甲", 3]]
    table = csv_file(tmp_path / "in.csv", rows)
    arguments = ["load", "sites", str(table), "--category", "other", "--json", "--preview"]
    assert json.loads(antu.run(*arguments).out)["heading_row"] == 1
    told = json.loads(antu.run(*arguments, "--heading-row", "2", "--map", "workers=人数").out)
    assert (told["heading_row"], told["read"], told["added"]) == (2, 1, 1)
    beyond = antu.run(*arguments, "--heading-row", "9")
    assert (beyond.code, "no row 9" in beyond.err) == (2, True)


def test_the_source_of_a_site_is_kept(antu: CommandLine, tmp_path: Path) -> None:
    table = csv_file(tmp_path / "in.csv", [["企业名称", "数据来源"], ["甲厂", "2026年普查"]])
    assert antu.run("load", "sites", str(table), "--category", "other").code == 0
    assert antu.run("export", "sites", str(tmp_path / "out.csv")).code == 0
    (row,) = csv.DictReader((tmp_path / "out.csv").read_text("utf-8-sig").splitlines())
    assert row["source"] == "2026年普查"
    again = antu.run("load", "sites", str(tmp_path / "out.csv"), "--json")
    assert (json.loads(again.out)["unchanged"], again.code) == (1, 0)


@pytest.mark.parametrize("kind", Kind)
def test_the_help_names_every_field(antu: CommandLine, kind: Kind) -> None:
    told = antu.run("load", str(kind), "--help").out
    assert [name for name in fields(kind) if not re.search(rf"\b{name}\b", told)] == []


def test_one_sheet_or_layer_of_several_is_named(antu: CommandLine, tmp_path: Path) -> None:
    import openpyxl

    table = tmp_path / "book.xlsx"
    book = openpyxl.Workbook()
    for title, name in (("甲区", "甲"), ("乙区", "乙")):
        sheet = book.create_sheet(title)
        sheet.append(["企业名称", "职工人数"])
        sheet.append([name, 3])
    book.save(table)
    arguments = ["load", "sites", str(table), "--category", "other", "--preview"]
    assert "乙" in antu.run(*arguments, "--sheet", "乙区").out
    assert "甲" in antu.run(*arguments, "--layer", "甲区").out


def test_refused_rows_never_replace_the_file_that_is_read(
    antu: CommandLine, tmp_path: Path
) -> None:
    table = csv_file(tmp_path / "sites.csv", [["name", "workers"], ["a", "x"], ["b", "1"]])
    before = table.read_bytes()
    load = ["load", "sites", str(table), "--category", "other", "--accept-good", "--rejects"]
    itself = antu.run(*load, str(tmp_path / "." / "sites.csv"))
    assert (itself.code, table.read_bytes()) == (2, before)
    assert "the file that is read; name another" in itself.err
    nowhere = antu.run(*load, str(tmp_path / "nowhere" / "refused.csv"))
    assert nowhere.code == 2
    assert "cannot be written; see that its folder exists" in nowhere.err
    os.mkfifo(tmp_path / "pipe")
    for no_file in (tmp_path / "pipe", tmp_path):
        result = antu.run(*load, str(no_file))
        assert (result.code, no_file.is_file()) == (2, False)
        assert "is a folder or a pipe; name a file" in result.err
    assert json.loads(antu.run("batches", "--json").out) == []


@pytest.mark.parametrize("command", [["export", "sites"], ["map"]])
def test_a_file_that_cannot_be_written_is_said_to_be_so(
    antu: CommandLine, tmp_path: Path, command: list[str]
) -> None:
    suffix = ".csv" if command[0] == "export" else ".html"
    result = antu.run(*command, str(tmp_path / "nowhere" / f"out{suffix}"))
    assert result.code == 2
    assert f"out{suffix} cannot be written; see that its folder exists" in result.err
