// The sites of the view on one canvas, or cells with their counts where the sites are too many.
import { colour, onTheme } from "antu/theme.js";
import { picture } from "antu/marks.js";
import { source } from "antu/source.js";
import { number } from "antu/words.js";

const L = window.L;
const ORDER = { direct: 0, secondary: 1, none: 2 };
const CELLS = 64;
// Narrower than this a mark is a dot.
const DOT = 6;

// A canvas that takes no pointer events, so that what lies below stays reachable.
const Sheet = L.Canvas.extend({
  initialize(paint) {
    L.Canvas.prototype.initialize.call(this, { pane: "sites", padding: 0.3 });
    this._paint = paint;
  },
  _initContainer() {
    this._container = document.createElement("canvas");
    this._ctx = this._container.getContext("2d");
  },
  _draw() {
    const { x, y } = this._bounds.getSize();
    this._ctx.clearRect(this._bounds.min.x, this._bounds.min.y, x, y);
    this._paint(this._ctx, this._bounds);
    if (document.body.classList.contains("printing")) this._settle();
  },
  // Chromium prints strokes on a white ground, which hides the map below; pixels it prints as such.
  _settle() {
    const { width, height } = this._container;
    const copy = Object.assign(document.createElement("canvas"), { width, height });
    const pen = copy.getContext("2d", { willReadFrequently: true });
    pen.drawImage(this._container, 0, 0);
    this._ctx.putImageData(pen.getImageData(0, 0, width, height), 0, 0);
  },
  _updatePaths() {
    this._draw();
  },
});

export const SiteLayer = L.Layer.extend({
  options: { key: "sites" },
  // What the sites lie over: heat makes them small, and circles would hide any colours below.
  overHeat: false,
  overColours: false,

  initialize() {
    this._shown = { sites: [] };
    this._sheet = new Sheet((context, bounds) => this._paint(context, bounds));
    onTheme(() => this._map && this._sheet._draw());
  },

  onAdd(map) {
    map.addLayer(this._sheet);
    map.on("moveend", this._load, this);
    this._load();
  },

  onRemove(map) {
    map.off("moveend", this._load, this);
    this._loading?.abort();
    map.removeLayer(this._sheet);
  },

  // Ask again, with the filters of now.
  refresh() {
    this._known = null;
    if (this._map) this._load();
  },

  // The sites under a point of the map's container, the topmost first; dots are too small to hit.
  at(point) {
    if (!this._map || !this._shown.sites || this._size() < DOT) return [];
    const near = Math.max(6, this._size() / 2 + 2);
    const place = this._map.containerPointToLayerPoint(point);
    return this._shown.sites
      .filter((site) => this._pixel(site).distanceTo(place) <= near)
      .sort((one, other) => ORDER[other.coverage] - ORDER[one.coverage]);
  },

  // The cell under a point of the map's container, or undefined.
  cellAt(point) {
    if (!this._map || !this._shown.cells || this.overColours) return undefined;
    const place = this._map.containerPointToLayerPoint(point);
    return this._shown.cells.find((cell) => cellPixel(this._map, cell).distanceTo(place)
      <= radius(cell));
  },

  // Where the circles of cells are in the window, so that names can keep away from them.
  circles() {
    if (!this._map || !this._shown.cells || this.overColours) return [];
    const { left, top } = this._map.getContainer().getBoundingClientRect();
    return this._shown.cells.map((cell) => {
      const { x, y } = this._map.layerPointToContainerPoint(cellPixel(this._map, cell));
      const wide = radius(cell);
      return { left: left + x - wide, right: left + x + wide, top: top + y - wide, bottom: top + y + wide };
    });
  },

  lieOver({ heat, colours }) {
    if (heat === this.overHeat && colours === this.overColours) return;
    Object.assign(this, { overHeat: heat, overColours: colours });
    if (!this._map) return;
    this._sheet._draw();
    this._tell();
  },

  // Whether the map shows cells, and whether it leaves them to the colours.
  _tell() {
    const cells = Boolean(this._shown.cells);
    this.fire("shown", { cells: cells && !this.overColours, far: cells && this.overColours });
  },

  async _load() {
    if (this._known?.contains(this._map.getBounds())) return;
    this._loading?.abort();
    this._loading = new AbortController();
    const { signal } = this._loading;
    try {
      const bounds = this._map.getBounds().pad(0.2);
      const shown = await source.sites(bounds, this._map.getZoom(), signal);
      if (signal.aborted) return;
      shown.sites?.sort((one, other) => ORDER[one.coverage] - ORDER[other.coverage]);
      this._shown = shown;
      // Where all sites are known, the map can be moved without asking again.
      this._known = shown.sites ? bounds : null;
      this._sheet._draw();
      this._tell();
    } catch (error) {
      if (!signal.aborted) this.fire("failed", { error });
    }
  },

  _paint(context, bounds) {
    if (!this._shown.cells) this._paintSites(context, bounds);
    else if (!this.overColours) this._paintCells(context, bounds);
  },

  _paintSites(context, bounds) {
    const zoom = this._map.getZoom();
    const wide = this._size();
    const ratio = L.Browser.retina ? 2 : 1;
    const seen = bounds.pad(0.05);
    if (zoom >= 11) this._paintOutlines(context);
    if (wide < DOT) {
      this._paintDots(context, seen, wide);
      return;
    }
    for (const site of this._shown.sites) {
      const at = this._pixel(site);
      if (!seen.contains(at)) continue;
      const image = picture(site.coverage, wide, ratio);
      context.drawImage(image, at.x - wide / 2, at.y - wide / 2, wide, wide);
    }
  },

  // From afar a mark's shape could not be told; dots let the heat below be seen.
  _paintDots(context, seen, wide) {
    context.save();
    context.globalAlpha = this.overHeat ? 0.4 : 0.9;
    for (const coverage of Object.keys(ORDER)) {
      context.fillStyle = colour(this.overHeat ? "ink" : `coverage-${coverage}`);
      context.beginPath();
      for (const site of this._shown.sites) {
        if (site.coverage !== coverage) continue;
        const { x, y } = this._pixel(site);
        if (seen.contains([x, y])) context.rect(x - wide / 2, y - wide / 2, wide, wide);
      }
      context.fill();
    }
    context.restore();
  },

  _paintOutlines(context) {
    context.save();
    context.lineWidth = 1.5;
    for (const site of this._shown.sites) {
      if (!site.parts) continue;
      context.beginPath();
      for (const part of site.parts) {
        part.forEach(([lon, lat], i) => {
          const { x, y } = this._map.latLngToLayerPoint([lat, lon]);
          if (i === 0) context.moveTo(x, y);
          else context.lineTo(x, y);
        });
      }
      context.strokeStyle = colour(`coverage-${site.coverage}-edge`);
      context.fillStyle = colour(`coverage-${site.coverage}`);
      context.globalAlpha = this.overHeat ? 0.08 : 0.22;
      if (site.isArea) context.fill("evenodd");
      context.globalAlpha = 0.9;
      context.stroke();
    }
    context.restore();
  },

  _paintCells(context, bounds) {
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = `600 14px ${getComputedStyle(document.body).fontFamily}`;
    const [fill, ink] = [colour("surface"), colour("ink")];
    for (const cell of this._shown.cells) {
      const at = cellPixel(this._map, cell);
      if (!bounds.contains(at)) continue;
      context.beginPath();
      context.arc(at.x, at.y, radius(cell), 0, 2 * Math.PI);
      context.globalAlpha = 0.85;
      context.fillStyle = fill;
      context.fill();
      context.globalAlpha = 1;
      context.lineWidth = 1;
      context.strokeStyle = ink;
      context.stroke();
      context.fillStyle = ink;
      context.fillText(number(cell.sites), at.x, at.y);
    }
  },

  // Width of a mark in px; over heat it is smaller from afar, where heat tells more.
  _size() {
    const zoom = this._map.getZoom();
    const [least, slope] = this.overHeat ? [1.5, 2.4] : [3.5, 2];
    return Math.max(least, Math.min(16, least + 0.5 + (zoom - 9) * slope));
  },

  // Where a site is on the map's panes; its place in the world is worked out once.
  _pixel(site) {
    site.world ??= this._map.project([site.lat, site.lon], 0);
    const scale = this._map.getZoomScale(this._map.getZoom(), 0);
    return site.world.multiplyBy(scale).subtract(this._map.getPixelOrigin());
  },
});

// In px; what a cell's number needs, and never more than its half of the screen.
function radius(cell) {
  return Math.min(32, 12 + 4 * Math.log10(Math.max(1, cell.sites)));
}

function cellPixel(map, { level, x, y }) {
  const world = 256 / (CELLS * 2 ** level);
  const middle = L.point((x + 0.5) * world, (y + 0.5) * world);
  return map.latLngToLayerPoint(L.CRS.EPSG3857.pointToLatLng(middle, 0));
}
