// Heat: tiles of the server, or a picture in the file; both in the colours of the theme.
import { inGcj02 } from "antu/data.js";
import { withFilters } from "antu/filters.js";
import { MovedTiles } from "antu/gcj02.js";
import { onTheme, theme } from "antu/theme.js";

const L = window.L;
const tiled = [];

// Ask for the tiles again, with the filters of now.
export function refreshHeat() {
  tiled.forEach(([layer, url]) => layer.setUrl(withFilters(url)));
}

export function heatTiles(url, options) {
  const Tiles = inGcj02 ? MovedTiles : L.TileLayer;
  const layer = new Tiles(withFilters(url), { ...options, pane: "heat", theme: theme(), maxNativeZoom: 16 });
  tiled.push([layer, url]);
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
