// Heat: tiles of the server, or a picture in the file; both in the colours of the theme.
import { withFilters } from "antu/filters.js";
import { onTheme, theme } from "antu/theme.js";

const L = window.L;

export function heatTiles(url, options) {
  const layer = L.tileLayer(withFilters(url), { ...options, pane: "heat", theme: theme(), maxNativeZoom: 16 });
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
