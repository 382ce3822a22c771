"""What is said about files: every key is in the catalogue, in the language that was asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ingesting import csv_file

from geo.domain.words import word, words
from geo.errors import Invalid
from geo.ingest.check import check_sites
from geo.ingest.faults import FileInvalid
from geo.ingest.headings import understand
from geo.ingest.read import open_source
from geo.ingest.rows import Options

SOURCES = sorted((Path(__file__).parent.parent / "geo/ingest").glob("*.py"))
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
    with pytest.raises(Invalid, match="是 JSON，但不是 GeoJSON") as caught:
        open_source(tmp_path / "in.json", language="zh")
    assert [problem.reason for problem in caught.value.problems] == [caught.value.message]


def test_a_file_that_breaks_while_it_is_read_says_so_in_chinese(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text('name,address\na,b\nc,"d\n' + "e,f\n" * 8_000_000)
    with pytest.raises(Invalid, match="双引号没有成对"):
        list(open_source(path, language="zh").batches())


def test_what_is_not_said_is_asked_for_in_chinese(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="不知哪一列是 name"):
        understand(["a", "b"], "sites", language="zh")
    with pytest.raises(Invalid, match="没有“x”这一列"):
        understand(["name"], "sites", {"name": "x"}, language="zh")
    source = open_source(csv_file(tmp_path / "in.csv", [["name"], ["a"]]))
    (batch, *_) = source.batches()
    with pytest.raises(Invalid, match="不知各行属于哪一类别"):
        check_sites(batch, understand(source.columns, "sites"), Options(language="zh"))


def test_an_error_keeps_its_meaning_in_every_language() -> None:
    fault = FileInvalid("file.columns", name="in.csv", n=3001, most=2000)
    assert fault.message == "in.csv has 3,001 columns, at most 2,000"
    assert fault.in_language("zh").message == word(
        "import.file.columns", "zh", name="in.csv", n=3001, most=2000
    )
