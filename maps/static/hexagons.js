// Counts by hexagon, coloured by their density in the classes of the legend.
import { data } from "antu/data.js";
import { inside } from "antu/geodesy.js";
import { source } from "antu/source.js";
import { distance, word } from "antu/words.js";

const L = window.L;
// As in maps/hexagons.py.
const AROUND = 6;
const ROW = Math.sqrt(3) / 2;
const RADIUS = 1 / Math.sqrt(3);

export const Hexagons = L.Layer.extend({
  initialize(key) {
    this.options = { key };
    this.measure = key.replace("hex_", "");
    this._shown = [];
  },

  onAdd(map) {
    this._drawn = L.layerGroup([], { pane: "heat" }).addTo(map);
    this._renderer = L.svg({ pane: "heat", padding: 0.3 });
    map.on("moveend", this._load, this);
    this._load();
  },

  onRemove(map) {
    map.off("moveend", this._load, this);
    this._loading?.abort();
    map.removeLayer(this._drawn);
    map.removeLayer(this._renderer);
  },

  refresh() {
    if (this._map) this._load();
  },

  // The hexagon that holds a place, or undefined.
  at({ lat, lng }) {
    const turns = [lng, lng - 360, lng + 360];
    return this._map && this._shown.find(({ ring }) => turns.some((x) => inside(x, lat, [ring])));
  },

  density(hexagon) {
    return hexagon[this.measure] / hexagon.area_km2;
  },

  async _load() {
    this._loading?.abort();
    this._loading = new AbortController();
    const { signal } = this._loading;
    try {
      const found = await source.hexagons(this._map.getBounds().pad(0.1), this._map.getZoom(), signal);
      if (signal.aborted) return;
      this._shown = found.hexagons.map((each) => ({ ...each, ring: ring(found.level, each) }));
      this._draw();
      const width = word("legend.hex_width", { width: distance(found.width_m) });
      document.querySelectorAll("[data-hex-width]").forEach((line) => { line.textContent = width; });
    } catch (error) {
      if (!signal.aborted) this.fire("failed", { error });
    }
  },

  _draw() {
    this._drawn.clearLayers();
    const breaks = data.heatBreaks[this.measure];
    for (const each of this._shown) {
      const density = this.density(each);
      const shade = density > 0 ? `heat-${breaks.filter((upper) => upper <= density).length}` : "heat-none";
      L.polygon(each.ring.map(([lon, lat]) => [lat, lon]), {
        renderer: this._renderer, pane: "heat", interactive: false, className: `hexagon ${shade}`,
      }).addTo(this._drawn);
    }
  },
});

// Lon, lat of the corners.
function ring(level, { i, j }) {
  const world = AROUND * 2 ** level;
  return [0, 60, 120, 180, 240, 300, 0].map((degrees) => {
    const angle = (degrees * Math.PI) / 180;
    const x = (i / 2 + RADIUS * Math.sin(angle)) / world;
    const y = (j * ROW - RADIUS * Math.cos(angle)) / world;
    return [x * 360 - 180, (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI];
  });
}
