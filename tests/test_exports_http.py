"""Downloads of the directory: the sites that pass, in every format, and they load again."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from ingesting import load
from sqlalchemy import Engine

from geo.ingest.read import open_source
from geo.ingest.rows import Options

FORMATS = ("csv", "xlsx", "geojson", "gpkg", "fgb", "parquet")


def download(client: TestClient, path: Path, kind: str, **query: Any) -> Path:
    answer = client.get(f"/api/export/{kind}{path.suffix}", params=query)
    assert answer.status_code == 200, answer.text
    day = query.get("on", "2026-11-20")
    assert f"antu-{kind}-{day}{path.suffix}" in answer.headers["content-disposition"]
    path.write_bytes(answer.content)
    return path


@pytest.mark.parametrize("form", FORMATS)
def test_the_sites_that_pass_come_in_every_format(
    demo_client: TestClient, tmp_path: Path, form: str
) -> None:
    wanted = {"category": "logistics_hub", "min_workers": "25"}
    page = demo_client.get("/api/sites", params={**wanted, "limit": "10000"}).json()
    ids = [feature["id"] for feature in page["features"]]
    assert ids
    path = download(demo_client, tmp_path / f"sites.{form}", "sites", **wanted)
    loaded = load(path)
    assert loaded.column("id") == ids
    assert loaded.problems == []


@pytest.mark.parametrize(
    "wanted",
    [
        {"adcode": "340104", "coverage": ["none", "secondary"]},
        {"grade": "provincial", "max_workers": "5000"},
        {"needs_own_union": "true", "q": "物流"},
        {"bbox": "117.2,31.7,117.3,31.9"},
        {"on": "2024-06-30", "category": "building_project"},
    ],
)
def test_the_filters_are_those_of_the_api(
    demo_client: TestClient, tmp_path: Path, wanted: dict[str, Any]
) -> None:
    page = demo_client.get("/api/sites", params={**wanted, "limit": "10000"}).json()
    loaded = load(download(demo_client, tmp_path / "sites.csv", "sites", **wanted))
    # A file comes by id whatever was asked for, a page of a box from west to east.
    assert loaded.column("id") == sorted(feature["id"] for feature in page["features"]) != []


@pytest.mark.parametrize("kind", ["unions", "divisions"])
@pytest.mark.parametrize("form", FORMATS)
def test_unions_and_divisions_come_in_every_format(
    demo_client: TestClient, demo_engine: Engine, tmp_path: Path, kind: str, form: str
) -> None:
    path = download(demo_client, tmp_path / f"{kind}.{form}", kind)
    loaded = load(path, kind, Options())
    table = {"unions": "union_organisation", "divisions": "division"}[kind]
    with demo_engine.connect() as connection:
        assert len(loaded.frame) == connection.scalar(sa.text(f"SELECT count(*) FROM {table}"))
    assert loaded.problems == []
    refused = demo_client.get(f"/api/export/{kind}.{form}", params={"category": "other"})
    assert refused.status_code == 422
    assert "filters are for sites" in refused.json()["detail"]


def test_another_frame_is_written_and_said(demo_client: TestClient, tmp_path: Path) -> None:
    query = {"category": "labour_dispatch", "crs": "EPSG:4547"}
    path = download(demo_client, tmp_path / "sites.gpkg", "sites", **query)
    assert open_source(path).file_crs == "EPSG:4547"


def test_what_is_empty_or_unknown(demo_client: TestClient, tmp_path: Path) -> None:
    path = download(demo_client, tmp_path / "sites.csv", "sites", q="nothing is called like this")
    assert len(path.read_text(encoding="utf-8-sig").splitlines()) == 1
    assert demo_client.get("/api/export/sites.csv?adcode=999999").status_code == 404
    assert demo_client.get("/api/export/sites.docx").status_code == 422
    assert demo_client.get("/api/export/people.csv").status_code == 422
    assert demo_client.get("/api/export/sites.csv?crs=mars").status_code == 422


@pytest.mark.parametrize("part", ["bytes=0-9", "bytes=abc", "bytes=99999999-"])
def test_a_file_is_sent_whole_and_nothing_of_it_stays(
    demo_client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """Each answer is a file of its own, so that parts of two would not fit together."""
    whole = demo_client.get("/api/export/divisions.csv").content
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    answer = demo_client.get("/api/export/divisions.csv", headers={"Range": part})
    assert (answer.status_code, answer.content) == (200, whole)
    assert answer.headers["accept-ranges"] == "none"
    assert list(tmp_path.iterdir()) == []
