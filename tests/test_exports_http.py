"""Downloads of the directory: the sites that pass, in every format, and they load again."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from ingesting import load

from geo.ingest.read import open_source

FORMATS = ("csv", "xlsx", "geojson", "gpkg", "fgb", "parquet")


def download(client: TestClient, path: Path, kind: str, **query: str) -> Path:
    answer = client.get(f"/api/export/{kind}{path.suffix}", params=query)
    assert answer.status_code == 200, answer.text
    assert f"antu-{kind}{path.suffix}" in answer.headers["content-disposition"]
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


def test_another_frame_is_written_and_said(demo_client: TestClient, tmp_path: Path) -> None:
    query = {"category": "labour_dispatch", "crs": "EPSG:4547"}
    path = download(demo_client, tmp_path / "sites.gpkg", "sites", **query)
    assert open_source(path).file_crs == "EPSG:4547"


def test_what_is_empty_or_unknown(demo_client: TestClient, tmp_path: Path) -> None:
    path = download(demo_client, tmp_path / "sites.csv", "sites", q="nothing is called like this")
    assert len(path.read_text(encoding="utf-8-sig").splitlines()) == 1
    assert demo_client.get("/api/export/sites.docx").status_code == 422
    assert demo_client.get("/api/export/people.csv").status_code == 422
    assert demo_client.get("/api/export/sites.csv?crs=mars").status_code == 422
