"""GET /api/hotspots: where most workers are not reached, as ranked areas."""

from __future__ import annotations

import json
from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Query

from api.dependencies import AppSettings, Box, Reading, Wanted
from api.hotspots import Hotspots, hotspots
from api.views import seen_first
from maps.colours import HEAT_BREAKS
from maps.view import plain

MOST = 50
# From this break of the heat of workers not reached on an area is called dense.
DENSE = float(HEAT_BREAKS["gap"][2])

AtLeast = Annotated[float, Query(gt=0, le=1e6, description="Workers not reached per km².")]

router = APIRouter(prefix="/api", tags=["hotspots"])


@router.get("/hotspots")
def areas(
    connection: Reading,
    settings: AppSettings,
    wanted: Wanted,
    box: Box,
    density: AtLeast = DENSE,
    limit: Annotated[int, Query(ge=1, le=1000)] = MOST,
) -> dict[str, Any]:
    """Contiguous areas whose smoothed gap per km² reaches `density`, the largest gap first.

    Without `bbox`: those of the wanted division, or of all data.
    """
    bbox = box.edges if box else seen_first(connection, wanted)
    found = hotspots(
        connection,
        wanted,
        bbox,
        at_least=density,
        bandwidth_m=settings.heat_bandwidth_m,
        most=limit,
    )
    return {
        "type": "FeatureCollection",
        "method": {
            "density_per_km2": found.at_least,
            "sigma_m": round(found.sigma_m, 1),
            "cell_m": round(found.cell_m, 1),
        },
        "count": found.count,
        "gap": found.gap,
        "gap_in_box": found.gap_in_box,
        "features": features(found),
    }


def features(found: Hotspots) -> list[dict[str, Any]]:
    """The areas as GeoJSON Features, with their box."""
    frame = found.areas
    columns = [name for name in frame.columns if name not in ("geometry", "area", "box")]
    listed = []
    rows = zip(frame[columns].to_dict("records"), frame["box"], frame.geometry, strict=True)
    for row, box, geometry in rows:
        properties = {str(name): plain(value) for name, value in row.items()}
        properties["area_km2"] = round(properties["area_km2"], 2)
        properties["peak"] = round(properties["peak"], 1)
        listed.append(
            {
                "type": "Feature",
                "bbox": [round(edge, 6) for edge in box],
                "geometry": json.loads(shapely.to_geojson(geometry)),
                "properties": properties,
            }
        )
    return listed
