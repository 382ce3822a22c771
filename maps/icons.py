"""The signs of pages: marks of coverage, and icons of categories and buttons, as SVG paths."""

from __future__ import annotations

from geo.domain.site import Category, Coverage
from maps.colours import COVERAGE, Shape

# Shapes in a box of 16 x 16, of about the same area; static/marks.js draws the same paths.
SHAPES: dict[Shape, str] = {
    "circle": "M8 2a6 6 0 1 1 0 12a6 6 0 1 1 0-12Z",
    "square": "M2.8 2.8h10.4v10.4h-10.4Z",
    "triangle": "M8 1.2L15 14h-14Z",
}
MARKS = {coverage: SHAPES[COVERAGE[coverage].shape] for coverage in Coverage}

# Lines in the same box, drawn with a pen 1.5 wide.
CATEGORIES: dict[Category, str] = {
    Category.DEVELOPMENT_ZONE: "M1.5 13.5h13M2.5 13.5v-7l3.5 2v-2l3.5 2v-6h4v11",
    Category.BUILDING_PROJECT: "M5 14V2M2.5 14h5M2 4.5h12M5 2l6 2.5M12 4.5v4M10.5 8.5h3v3h-3Z",
    Category.LOGISTICS_HUB: (
        "M3 11.5H1.5v-8h8v8H6M9.5 6h3l2 2.5v3h-1.5M9.5 11.5H10M3 11.8a1.5 1.5 0 1 0 3 0"
        "a1.5 1.5 0 1 0-3 0M10 11.8a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0"
    ),
    Category.HOUSEHOLD_SERVICE: "M1.5 8L8 2.5L14.5 8M3.5 6.5v7h9v-7M6.5 13.5v-4h3v4",
    Category.FARM_COOPERATIVE: (
        "M8 14V7M8 10C8 7 6 5.5 2.5 5.5C2.5 8.5 4.5 10 8 10"
        "M8 7C8 4 10 2.5 13.5 2.5C13.5 5.5 11.5 7 8 7"
    ),
    Category.LABOUR_DISPATCH: (
        "M4 5a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0-4.4 0M1.8 13.5c0-3 1.6-4.6 4.4-4.6"
        "c1.4 0 2.5.4 3.2 1.2M9 12.5h5.5M12.3 10.3l2.2 2.2l-2.2 2.2"
    ),
    Category.OTHER: "M2 5.5h12v8H2ZM6 5.5v-2.5h4v2.5M2 9h12",
}
TOOLS = {
    "search": "M2.5 6.5a4 4 0 1 0 8 0a4 4 0 1 0-8 0M9.5 9.5l4.5 4.5",
    "filters": "M2 4h12M4.5 8h7M6.5 12h3",
    "caret": "M4 6l4 4l4-4",
}
ICONS = {str(name): path for name, path in (*CATEGORIES.items(), *TOOLS.items())}
