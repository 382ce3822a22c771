"""The description of the API asks no other host for anything."""

from __future__ import annotations

import re

from fastapi.testclient import TestClient


def test_docs_load_nothing_from_elsewhere(demo_client: TestClient) -> None:
    page = demo_client.get("/docs").text
    addresses = re.findall(r"""(?:src|href|url)\s*[=:]\s*["']([^"']+)["']""", page)
    assert any("swagger-ui-bundle.js" in address for address in addresses)
    for address in addresses:
        if not address.startswith("data:"):
            assert address.startswith("/")
            assert demo_client.get(address).status_code == 200


def test_every_route_says_what_it_is(demo_client: TestClient) -> None:
    paths = demo_client.get("/openapi.json").json()["paths"]
    assert {"/api/nearby", "/api/coverage", "/api/sites", "/api/heat"} <= set(paths)
    for path, methods in paths.items():
        for method, operation in methods.items():
            assert operation.get("description"), (method, path)
