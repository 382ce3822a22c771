// Heat: tiles of the server, or a picture in the file; both in the colours of the theme.
import { data, inGcj02, rooted } from "antu/data.js";
import { withFilters } from "antu/filters.js";
import { MovedTiles } from "antu/gcj02.js";
import { onTheme, theme } from "antu/theme.js";
import { distance, word } from "antu/words.js";

const L = window.L;
// Cells across a tile, as in maps/cells.py.
const CELLS = 64;
const DEEPEST = 16;
const EQUATOR_M = 2 * Math.PI * 6378137;
// When a tile that did not come is asked for once more: a server with much to do may have it then.
const AGAIN_MS = 5000;
const tiled = [];

// Say in the legend what the tiles of now are smoothed with: from afar, more than the bandwidth.
export function saySmoothing(map) {
  if (data.mode !== "served") return;
  const across = CELLS * 2 ** Math.min(DEEPEST, Math.round(map.getZoom()));
  const cell = (EQUATOR_M * Math.cos((map.getCenter().lat * Math.PI) / 180)) / across;
  const sigma = distance(Math.max(data.bandwidthM, data.leastSigmaCells * cell));
  document.querySelectorAll("[data-smoothed]").forEach((line) => {
    line.textContent = word("legend.heat_note", { sigma });
  });
}

// Ask for the tiles again, with the filters of now.
export function refreshHeat() {
  tiled.forEach(([layer, url]) => layer.setUrl(withFilters(rooted(url))));
}

// `failing(yes)` is told when tiles do not come, and when all that are shown have come.
export function heatTiles(url, options, failing) {
  const Tiles = inGcj02 ? MovedTiles : L.TileLayer;
  const layer = new Tiles(withFilters(rooted(url)), { ...options, pane: "heat", theme: theme(), maxNativeZoom: DEEPEST });
  tiled.push([layer, url]);
  const missing = new Set();
  layer.on("tileerror", ({ tile, coords }) => {
    if (tile.again) failing(missing.add(tile).size > 0);
    else tile.again = setTimeout(() => { if (tile.isConnected) tile.src = layer.getTileUrl(coords); }, AGAIN_MS);
  }).on("tileload tileunload", ({ tile }) => {
    missing.delete(tile);
    failing(missing.size > 0);
  });
  onTheme(() => {
    layer.options.theme = theme();
    layer.redraw();
  });
  return layer;
}

export function heatImage(pictures, bounds, options) {
  const layer = L.imageOverlay(pictures[theme()], bounds, { ...options, pane: "heat", alt: "" });
  onTheme(() => layer.setUrl(pictures[theme()]));
  return layer;
}
