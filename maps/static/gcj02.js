// GCJ-02, the frame of Chinese map providers, as geo/domain/crs.py has it; and a map in that frame:
// all that is drawn by its longitude and latitude lands where the provider draws the same place, and
// what is asked of the map (a click, its bounds) comes back as WGS 84.
const L = window.L;
const SEMI_MAJOR_M = 6378245.0;
const ECCENTRICITY_SQUARED = 0.00669342162296594323;
const INVERSE_STEPS = 6;
const [WEST, SOUTH, EAST, NORTH] = [72.004, 0.8293, 137.8347, 55.8271];
const { PI, sin, cos, sqrt, abs } = Math;
const Mercator = L.Projection.SphericalMercator;

export function toGcj02(lon, lat) {
  if (lon < WEST || lon > EAST || lat < SOUTH || lat > NORTH) return [lon, lat];
  const [x, y] = [lon - 105, lat - 35];
  const root = sqrt(abs(x));
  const waves = 20 * sin(6 * PI * x) + 20 * sin(2 * PI * x);
  const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    + (waves + 20 * sin(PI * x) + 40 * sin(PI / 3 * x) + 150 * sin(PI / 12 * x)
      + 300 * sin(PI / 30 * x)) * 2 / 3;
  const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    + (waves + 20 * sin(PI * y) + 40 * sin(PI / 3 * y) + 160 * sin(PI / 12 * y)
      + 320 * sin(PI / 30 * y)) * 2 / 3;
  const phi = lat * PI / 180;
  const magic = 1 - ECCENTRICITY_SQUARED * sin(phi) ** 2;
  const meridian = SEMI_MAJOR_M * (1 - ECCENTRICITY_SQUARED) / (magic * sqrt(magic));
  const parallel = SEMI_MAJOR_M / sqrt(magic) * cos(phi);
  return [lon + east / parallel * 180 / PI, lat + north / meridian * 180 / PI];
}

export function fromGcj02(lon, lat) {
  let [x, y] = [lon, lat];
  for (let step = 0; step < INVERSE_STEPS; step += 1) {
    const [movedX, movedY] = toGcj02(x, y);
    [x, y] = [x - (movedX - lon), y - (movedY - lat)];
  }
  return [x, y];
}

export const Gcj02 = {
  ...L.CRS.EPSG3857,
  code: "GCJ-02",
  projection: {
    ...Mercator,
    project({ lng, lat }) {
      const [x, y] = toGcj02(lng, lat);
      return Mercator.project(L.latLng(y, x));
    },
    unproject(point) {
      const { lng, lat } = Mercator.unproject(point);
      const [x, y] = fromGcj02(lng, lat);
      return L.latLng(y, x);
    },
  },
};

// Tiles in WGS 84 on a map in another frame: each is laid out by its own corners, so that it meets
// its neighbours and is right to within a pixel.
export const MovedTiles = L.TileLayer.extend({
  _getTiledPixelBounds(center) {
    const map = this._map;
    const zoom = map._animatingZoom ? Math.max(map._animateToZoom, map.getZoom()) : map.getZoom();
    const half = map.getSize().divideBy(map.getZoomScale(zoom, this._tileZoom) * 2);
    const middle = L.CRS.EPSG3857.latLngToPoint(center, this._tileZoom).floor();
    return L.bounds(middle.subtract(half), middle.add(half));
  },

  _getTilePos(coords) {
    return this._corner(coords).subtract(this._level.origin);
  },

  _addTile(coords, container) {
    L.TileLayer.prototype._addTile.call(this, coords, container);
    const { el } = this._tiles[this._tileCoordsToKey(coords)];
    const corner = this._corner(coords);
    el.style.width = `${this._corner(coords, 1, 0).x - corner.x}px`;
    el.style.height = `${this._corner(coords, 0, 1).y - corner.y}px`;
  },

  _corner({ x, y, z }, east = 0, south = 0) {
    const point = L.point(x + east, y + south).scaleBy(this.getTileSize());
    return this._map.project(L.CRS.EPSG3857.pointToLatLng(point, z), z).round();
  },
});
