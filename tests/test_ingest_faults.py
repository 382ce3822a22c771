"""What is said about files: every key is in the catalogue, in the language that was asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from ingesting import csv_file

from geo.domain.faults import told
from geo.domain.words import word, words
from geo.errors import Invalid
from geo.ingest.check import check_sites
from geo.ingest.faults import FileInvalid
from geo.ingest.headings import understand
from geo.ingest.read import open_source

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "geo/ingest").glob("*.py"))
ERRORS = "NotFound|Invalid|Conflict|Forbidden|Unauthenticated|Unavailable"
SPOKEN = re.compile(rf'\b(?:{ERRORS}|Problem)\(\s*f?["\'][^)]*\)')
RAISED = re.compile(r'(?:FileInvalid|RefusedError|Reason|Misfit)\([^"()]*"([a-z0-9_.]+)"')
SAID = re.compile(r'\.(?:refuse|note|require)\([^"]*?(?:"\w+",\s*)?"([a-z0-9_.]+)"\s*[,)]')


def test_every_reason_has_words() -> None:
    known = words("en")
    keys = {
        key
        for source in SOURCES
        for pattern in (RAISED, SAID)
        for key in pattern.findall(source.read_text(encoding="utf-8"))
    }
    assert len(keys) > 80
    assert sorted(key for key in keys if f"import.{key}" not in known) == []


def test_a_file_is_refused_in_chinese(tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text('{"a": 1}')
    with pytest.raises(Invalid) as caught:
        open_source(tmp_path / "in.json")
    message, problems = told(caught.value, "zh")
    assert "是 JSON，但不是 GeoJSON" in message
    assert [problem.reason for problem in problems] == [message]


def test_a_file_that_breaks_while_it_is_read_says_so_in_chinese(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text('name,address\na,b\nc,"d\n' + "e,f\n" * 8_000_000)
    with pytest.raises(Invalid) as caught:
        list(open_source(path).batches())
    assert "双引号没有成对" in told(caught.value, "zh")[0]


def test_what_is_not_said_is_asked_for_in_chinese(tmp_path: Path) -> None:
    assert "不知哪一列是“名称”" in chinese(lambda: understand(["a", "b"], "sites"))
    assert "没有“x”这一列" in chinese(lambda: understand(["name"], "sites", {"name": "x"}))
    source = open_source(csv_file(tmp_path / "in.csv", [["name"], ["a"]]))
    (batch, *_) = source.batches()
    mapping = understand(source.columns, "sites")
    assert "不知各行属于哪一类别" in chinese(lambda: check_sites(batch, mapping))


def chinese(wrong: Callable[[], object]) -> str:
    with pytest.raises(Invalid) as caught:
        wrong()
    return told(caught.value, "zh")[0]


def test_an_error_keeps_its_meaning_in_every_language() -> None:
    fault = FileInvalid("file.columns", name="in.csv", n=3001, most=2000)
    assert fault.message == "in.csv has 3,001 columns, at most 2,000"
    words_of_it = word("import.file.columns", "zh", name="in.csv", n=3001, most=2000)
    assert told(fault, "zh")[0] == words_of_it


def test_no_error_is_raised_in_one_language_only() -> None:
    spoken = [
        f"{source.name}: {match[0]}"
        for folder in ("geo", "api", "maps")
        for source in (ROOT / folder).rglob("*.py")
        for match in SPOKEN.finditer(source.read_text(encoding="utf-8"))
    ]
    assert spoken == []
