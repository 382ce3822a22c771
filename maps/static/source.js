// Where sites come from: the page itself (a file) or the server. Both answer alike:
//   sites(bounds, zoom, signal) -> { sites } or, where they are too many, { cells }
//   hexagons(bounds, zoom, signal) -> { level, width_m, hexagons }
//   nearby(lon, lat, signal)    -> [{ site, distance_m, bearing_deg }], nearest first
// A site has id, name, category, grade, workers, members, coverage, needs_own_union, gap, adcode,
// lon, lat, parts (rings or lines of an outline, or null) and isArea.
import { answer } from "antu/ask.js";
import { data, rooted } from "antu/data.js";
import { withFilters } from "antu/filters.js";
import { geodesic, outlineDistance, sphericalDistance, SPHERE_ERROR } from "antu/geodesy.js";

const NEAREST = 20;
// So many sites are drawn one by one, asked for in pages; more are counted in cells.
const SITES_LIMIT = 5000;
const SITES_PAGE = 1500;
// Cells of this many levels above the zoom are 64 px wide on the screen.
const CELL_LEVELS = 4;

export const source = data.mode === "file" ? embedded() : served();

function needsAttention(site) {
  return site.coverage === "none" || site.needs_own_union;
}

function embedded() {
  const sites = data.sites ? unpacked(data.sites) : [];
  const wanted = sites.filter(needsAttention);
  return {
    sites: async (bounds, zoom) => (data.cells
      ? { cells: coarser(data.cells, Math.max(0, Math.round(zoom) - CELL_LEVELS)) } : { sites }),
    hexagons: async (bounds, zoom) => hexagonsOf(data.hexagons.findLast(
      ({ level }) => level <= Math.round(zoom)) ?? data.hexagons[0]),
    nearby: async (lon, lat) => nearest(wanted, lon, lat),
  };
}

function served() {
  const json = (address, signal) => answer(withFilters(rooted(address)), { signal });
  return {
    async sites(bounds, zoom, signal) {
      const bbox = boxOf(bounds);
      const level = Math.max(0, Math.round(zoom) - CELL_LEVELS);
      const cells = await json(`/api/heat?bbox=${bbox}&zoom=${level}&measure=sites`, signal);
      const total = cells.cells.reduce((sum, cell) => sum + cell.sites, 0);
      if (total > SITES_LIMIT) return { cells: cells.cells.map((c) => ({ ...c, level: cells.level })) };
      const sites = [];
      let page = withFilters(rooted(`/api/sites?bbox=${bbox}&limit=${SITES_PAGE}`));
      while (page) {
        const found = await answer(page, { signal });
        sites.push(...found.features.map(fromFeature));
        page = found.links.find(({ rel }) => rel === "next")?.href;
      }
      return { sites };
    },
    async hexagons(bounds, zoom, signal) {
      const bbox = boxOf(bounds);
      return hexagonsOf(await json(`/api/hexagons?bbox=${bbox}&zoom=${Math.round(zoom)}`, signal));
    },
    async nearby(lon, lat, signal) {
      const found = await json(`/api/nearby?lon=${lon}&lat=${lat}&k=${NEAREST}`, signal);
      return found.features.map((feature) => ({
        site: fromFeature(feature),
        distance_m: feature.properties.distance_m,
        bearing_deg: feature.properties.bearing_deg,
      }));
    },
  };
}

// The exact nearest: candidates by the sphere, in an order that lets the search stop early.
function nearest(sites, lon, lat) {
  const candidates = sites
    .map((site) => ({
      site,
      least: sphericalDistance(lon, lat, site.lon, site.lat) * (1 - SPHERE_ERROR) - reach(site),
    }))
    .sort((one, other) => one.least - other.least);
  const found = [];
  for (const { site, least } of candidates) {
    if (found.length >= NEAREST && least > found[NEAREST - 1].distance_m) break;
    const { metres, bearing } = geodesic(lon, lat, site.lon, site.lat);
    const distance_m = site.parts
      ? outlineDistance(lon, lat, site.parts, site.isArea) : metres;
    found.push({ site, distance_m, bearing_deg: bearing });
    found.sort((one, other) => one.distance_m - other.distance_m);
    found.length = Math.min(found.length, NEAREST);
  }
  return found;
}

// How far a site reaches from its point, in metres.
function reach(site) {
  if (!site.parts) return 0;
  site.reach_m ??= 1.01 * Math.max(...site.parts.flat()
    .map(([x, y]) => sphericalDistance(site.lon, site.lat, x, y)));
  return site.reach_m;
}

// Sites from their columns, see maps/payload.py.
function unpacked({ count, columns, lon, lat, outlines }) {
  const read = Object.entries(columns).map(([name, column]) => [name, Array.isArray(column)
    ? (i) => column[i] : (i) => column.values[column.at[i]] ?? null]);
  return Array.from({ length: count }, (_, i) => {
    const parts = outlines[i]?.map(fromSteps) ?? null;
    const site = { lon: lon[i], lat: lat[i], parts, isArea: closed(parts) };
    for (const [name, value] of read) site[name] = value(i);
    return site;
  });
}

function fromSteps(steps) {
  const part = [];
  let [x, y] = [0, 0];
  for (let i = 0; i < steps.length; i += 2) {
    x += steps[i];
    y += steps[i + 1];
    part.push([x / 1e5, y / 1e5]);
  }
  return part;
}

function fromFeature({ id, geometry, properties }) {
  const { type, coordinates } = geometry;
  const parts = type === "Point" ? null
    : type === "LineString" ? [coordinates]
      : type === "MultiPolygon" ? coordinates.flat() : coordinates;
  const [lon, lat] = parts ? middle(parts) : coordinates;
  return { ...properties, id, lon, lat, parts, isArea: closed(parts) };
}

function closed(parts) {
  return parts !== null && parts.every((part) => part.length > 3
    && part[0][0] === part.at(-1)[0] && part[0][1] === part.at(-1)[1]);
}

function middle(parts) {
  const xs = parts[0].map(([x]) => x);
  const ys = parts[0].map(([, y]) => y);
  return [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
}

// Columns of cells as cells of a coarser level, or of their own.
function coarser({ level, x, y, sites, workers, gap }, wanted) {
  const shift = Math.max(0, level - wanted);
  const sums = new Map();
  x.forEach((_, i) => {
    const [cx, cy] = [x[i] >> shift, y[i] >> shift];
    const key = `${cx},${cy}`;
    const sum = sums.get(key) ?? { level: level - shift, x: cx, y: cy, sites: 0, workers: 0, gap: 0 };
    sum.sites += sites[i];
    sum.workers += workers[i];
    sum.gap += gap[i];
    sums.set(key, sum);
  });
  return [...sums.values()];
}

// Columns of hexagons as one object each.
function hexagonsOf({ level, width_m, ...columns }) {
  const names = Object.keys(columns);
  return { level, width_m, hexagons: columns.i.map((_, at) => Object.fromEntries(
    names.map((name) => [name, columns[name][at]]))) };
}

// "west,south,east,north" of a map's bounds, as the API takes them.
export function boxOf(bounds) {
  const box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  return wrapped(box).map((each) => each.toFixed(6)).join(",");
}

function wrapped([west, south, east, north]) {
  if (east - west >= 360) return [-180, clamp(south), 180, clamp(north)];
  const turn = (lon) => ((((lon + 180) % 360) + 360) % 360) - 180;
  return [turn(west), clamp(south), turn(east), clamp(north)];
}

const clamp = (lat) => Math.max(-85, Math.min(85, lat));
