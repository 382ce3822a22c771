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


def test_every_parameter_is_described(demo_client: TestClient) -> None:
    described = demo_client.get("/openapi.json").json()
    operation = described["paths"]["/api/nearby"]["get"]
    found = {parameter["name"]: parameter for parameter in operation["parameters"]}
    assert set(found) == {
        *("lon", "lat", "crs", "k", "radius_m", "on"),
        *("category", "coverage", "grade", "needs_own_union", "adcode", "outside", "q"),
        *("min_workers", "max_workers", "unknown_workers"),
    }
    assert {name for name, each in found.items() if each["required"]} == {"lon", "lat"}
    named = re.findall(r'"#/components/schemas/(\w+)"', demo_client.get("/openapi.json").text)
    assert set(named) <= set(described["components"]["schemas"])
    assert "logistics_hub" in described["components"]["schemas"]["Category"]["enum"]
