"""The scripts and styles of a page: served under /static/ and /vendor/, or put into a file."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal

from geo.domain.faults import fault
from geo.errors import NotFound, Unavailable

Mode = Literal["served", "file"]

_HERE = Path(__file__).parent
_STATIC = _HERE / "static"
_PACKAGES = _HERE / "node_modules"
# The only files of npm packages that are served, by the name in their address.
_VENDOR = {
    "leaflet/leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet/leaflet.css": "leaflet/dist/leaflet.css",
    "leaflet/images/layers.png": "leaflet/dist/images/layers.png",
    "leaflet/images/layers-2x.png": "leaflet/dist/images/layers-2x.png",
    "leaflet/images/marker-icon.png": "leaflet/dist/images/marker-icon.png",
    "swagger-ui/swagger-ui-bundle.js": "swagger-ui-dist/swagger-ui-bundle.js",
    "swagger-ui/swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
}
_IMPORTED = re.compile(r'from "antu/([\w.]+)"')
_TYPES = {".js": "text/javascript", ".css": "text/css", ".png": "image/png"}


def asset(address: str) -> Path:
    """The file behind `/static/...` or `/vendor/...`; raises NotFound for any other address."""
    room, _, name = address.removeprefix("/").partition("/")
    if room == "static" and name in _static_names():
        return _STATIC / name
    if room == "vendor" and name in _VENDOR:
        path = _PACKAGES / _VENDOR[name]
        if not path.is_file():
            raise fault(Unavailable, "error.package", name=name)
        return path
    raise fault(NotFound, "error.file", path=address)


def media_type(address: str) -> str:
    """The media type of an asset."""
    return _TYPES[Path(address).suffix]


def versioned(address: str, root: str = "") -> str:
    """The address below `root` with the digest of its content: a browser may keep it for ever."""
    return f"{root}{address}?v={hashlib.sha256(asset(address).read_bytes()).hexdigest()[:12]}"


def import_map(mode: Mode, entry: str, root: str = "") -> dict[str, dict[str, str]]:
    """Where `antu/<name>.js` comes from, for a module and all that it needs: an address, or in a
    file the module itself as data."""
    locate = partial(versioned, root=root) if mode == "served" else _data_url
    return {"imports": {f"antu/{name}": locate(f"/static/{name}") for name in _modules(entry)}}


@lru_cache
def _modules(entry: str) -> tuple[str, ...]:
    """A module, those that it imports, those that they import, and so on."""
    found = [entry]
    for name in found:
        imported = _IMPORTED.findall(asset(f"/static/{name}").read_text(encoding="utf-8"))
        found += [each for each in dict.fromkeys(imported) if each not in found]
    return tuple(found)


def text(address: str) -> str:
    """The content of a script or style for a file, with the pictures of a style inside it."""
    content = asset(address).read_text(encoding="utf-8")
    if address.endswith(".css"):
        folder = address.rpartition("/")[0]
        return re.sub(
            r"url\(([\w./-]+)\)", lambda match: f"url({_data_url(f'{folder}/{match[1]}')})", content
        )
    return re.sub(r"\n?//# sourceMappingURL=.*", "", content)


@lru_cache(maxsize=1)
def _static_names() -> tuple[str, ...]:
    return tuple(sorted(path.name for path in _STATIC.iterdir() if path.suffix in _TYPES))


def _data_url(address: str) -> str:
    encoded = base64.b64encode(asset(address).read_bytes()).decode("ascii")
    return f"data:{media_type(address)};base64,{encoded}"
