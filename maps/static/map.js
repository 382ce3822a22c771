// The map: panes, layers and what they do together. folium's script calls these functions.
import { cellCard, divisionTip, hexagonCard, siteCard, sitesCard, siteTip } from "antu/cards.js";
import { basemapLayer } from "antu/basemap.js";
import { data, inGcj02 } from "antu/data.js";
import { divisionName, divisionOf, Divisions, Names } from "antu/divisions.js";
import { el } from "antu/dom.js";
import { Eastward } from "antu/eastward.js";
import { Gcj02 } from "antu/gcj02.js";
import { inside } from "antu/geodesy.js";
import { heatTiles as tilesOfHeat, refreshHeat, saySmoothing } from "antu/heat.js";
import { Hexagons } from "antu/hexagons.js";
import { Nearby } from "antu/nearby.js";
import { startPanel } from "antu/panel.js";
import { startPrint } from "antu/print.js";
import { SiteLayer } from "antu/sites.js";
import { Territories } from "antu/territories.js";
import { distance, word } from "antu/words.js";

export { heatImage } from "antu/heat.js";

const L = window.L;
// Panes from below to above, with their z-index; those that only show let the pointer through.
const PANES = { divisions: 300, heat: 320, lines: 340, sites: 400, names: 450, focus: 460 };
const THROUGH = ["heat", "lines", "sites", "names", "focus"];

const divisions = new Divisions();
const siteLayer = new SiteLayer();
const nameLayer = new Names(() => siteLayer.circles());
const territoryLayer = new Territories();
const hexagonLayers = [];
// A map opens its legend if it is so many times as large.
const MAP_PER_LEGEND = 6;
// What the switch of layers offers: one of the first, any of the second.
const offered = { themes: [], overlays: [] };
const notes = new Map();
let finder = null;
let ring = null;

// Leaflet's, in the units of the language.
const Scale = L.Control.Scale.extend({
  _updateMetric(most) {
    const metres = this._getRoundNum(most);
    this._updateScale(this._mScale, distance(metres), metres / most);
  },
});

export function createMap(id, options) {
  const map = L.map(id, {
    ...options, zoomAnimation: !still(), fadeAnimation: !still(),
    crs: inGcj02 ? Gcj02 : Eastward,
  });
  for (const [name, order] of Object.entries(PANES)) {
    const pane = map.createPane(name);
    pane.style.zIndex = order;
    if (THROUGH.includes(name)) pane.style.pointerEvents = "none";
  }
  map.getContainer().setAttribute("role", "region");
  map.getContainer().setAttribute("aria-label", word("map.label"));
  L.control.zoom({
    position: "topright", zoomInTitle: word("map.zoom_in"), zoomOutTitle: word("map.zoom_out"),
  }).addTo(map);
  new Scale({ imperial: false, maxWidth: 120 }).addTo(map);
  return map;
}

export function rates(key) {
  return L.layerGroup([], { key })
    .on("add", () => divisions.colourBy(key)).on("remove", () => divisions.colourBy(null));
}

export function basemap(key) {
  return basemapLayer(key, (failing) => note(failing ? word("map.basemap_missing") : null, "basemap"));
}

export function heatTiles(url, options) {
  return tilesOfHeat(url, options, (failing) => note(failing ? word("map.missing") : null, "heat"));
}

export function hexagons(key) {
  const layer = new Hexagons(key).on("failed", () => note(word("map.missing")));
  hexagonLayers.push(layer);
  return layer;
}

export function boundaries(key) {
  return L.layerGroup([], { key });
}

export function sites() {
  return siteLayer;
}

export function names() {
  return nameLayer;
}

export function territories() {
  return territoryLayer;
}

// Leaflet takes names as markup; as the content of a text node they are nothing but text.
export function layerSwitch(map, themes, overlays, options) {
  offered.themes = themes.map(([, layer]) => layer);
  offered.overlays = overlays.map(([, layer]) => layer);
  const text = (pairs) => Object.fromEntries(
    pairs.map(([name, layer]) => [el("span", {}, name).innerHTML, layer]));
  const control = L.control.layers(text(themes), text(overlays), options).addTo(map);
  const toggle = control.getContainer().querySelector(".leaflet-control-layers-toggle");
  toggle.title = word("map.layers");
  toggle.replaceChildren(el("span", {}, word("map.layers")));
  return control;
}

// Once all layers are there: divisions below, legend, pointer, panel.
export function start(map) {
  divisions.addTo(map);
  startLegend(map);
  startPanel(map);
  startPointer(map);
  startTable(map);
  territoryLayer.on("failed", () => note(word("map.missing")));
  siteLayer.on("shown", ({ cells, far }) => {
    note(cells ? data.cellsNote : null);
    const line = document.getElementById("sites-far");
    if (line) line.hidden = !far;
    map.fire("labelled");
  });
  siteLayer.on("failed", () => note(word("map.missing")));
  if (data.mode === "file") startPrint(map);
  document.documentElement.dataset.ready = "yes";
}

function startPointer(map) {
  finder = new Nearby(map, document.getElementById("nearby-list"), {
    open: (site) => showSite(map, site),
    divisionAt,
  });
  map.on("click", (event) => {
    const found = siteLayer.at(event.containerPoint);
    const cell = siteLayer.cellAt(event.containerPoint);
    const layer = hexagonLayers.find((each) => map.hasLayer(each));
    const hexagon = layer?.at(event.latlng.wrap());
    if (found.length) openCard(map, found[0], found);
    else finder.find(event.latlng);
    if (hexagon && !found.length) popup(map, event.latlng, hexagonCard(hexagon, layer.density(hexagon)));
    else if (cell) popup(map, event.latlng, cellCard(cell));
  });
  document.getElementById("nearby-centre")?.addEventListener("click",
    () => finder.find(map.getCenter()));
  startTips(map);
}

function showSite(map, site) {
  map.setView([site.lat, site.lon], Math.max(map.getZoom(), 13), { animate: !still() });
  openCard(map, site, [site]);
}

function openCard(map, site, all) {
  const card = all.length === 1 ? siteCard(site)
    : sitesCard(all, (chosen) => openCard(map, chosen, [chosen]));
  popup(map, [site.lat, site.lon], card);
}

function popup(map, latlng, content) {
  const opened = L.popup({ maxWidth: 300, minWidth: 220, maxHeight: 320, offset: [0, -4] })
    .setLatLng(latlng).setContent(content).openOn(map);
  opened.getElement().querySelector(".leaflet-popup-close-button")
    .setAttribute("aria-label", word("map.close"));
}

// One tip follows the pointer: of the site below it, or else of the division.
function startTips(map) {
  const tip = L.tooltip({ direction: "top", offset: [0, -12], opacity: 1 });
  let shown = null;
  const show = (what, make, latlng) => {
    if (what !== shown && what) tip.setContent(make(what));
    shown = what;
    if (what) tip.setLatLng(latlng).addTo(map);
    else tip.remove();
  };
  map.on("mousemove", (event) => {
    // Numbered labels point into their list by themselves.
    if (event.originalEvent.target.closest(".numbered")) return;
    const [site] = siteLayer.at(event.containerPoint);
    map.getContainer().classList.toggle("pointing", Boolean(site));
    const row = divisionOf(event.originalEvent.target);
    pointedIn(site?.id);
    if (site) show(site, siteTip, event.latlng);
    else show(row ?? null, divisionTip, event.latlng);
  });
  map.on("mouseout movestart", () => show(null));
}

// The site below the pointer stands out in whatever list it is in.
function pointedIn(id) {
  document.querySelectorAll(".pointed").forEach((each) => each.classList.remove("pointed"));
  if (id === undefined) return;
  document.querySelectorAll(`[data-id="${CSS.escape(id)}"]`).forEach((each) => each.classList.add("pointed"));
}

function startLegend(map) {
  const update = () => {
    const keys = new Set();
    map.eachLayer((layer) => layer.options.key && keys.add(layer.options.key));
    siteLayer.lieOver({
      heat: [...keys].some((key) => /^(heat|hex)_/.test(key)),
      colours: offered.themes.some(({ options: { key } }) => key !== "plain" && keys.has(key)),
    });
    document.querySelectorAll("[data-legend], [data-brief]").forEach((part) => {
      part.hidden = !keys.has(part.dataset.legend ?? part.dataset.brief);
    });
  };
  map.on("layeradd layerremove legendchange", update);
  map.on("moveend legendchange", () => saySmoothing(map));
  update();
  saySmoothing(map);
  // On a small map the map comes first: the legend is a line then, and the whole at a touch.
  const legend = document.getElementById("legend");
  const { x, y } = map.getSize();
  legend.open = legend.offsetWidth * legend.offsetHeight * MAP_PER_LEGEND <= x * y;
}

// Rows about a division: pointed at, it is shown on the map; a button goes there.
function startTable(map) {
  const panel = document.getElementById("panel");
  const point = (event) => {
    const row = event.target.closest("tr, .crumbs li")?.querySelector("[data-adcode]");
    divisions.emphasise(row?.dataset.adcode ?? null);
  };
  panel.addEventListener("mouseover", point);
  panel.addEventListener("focusin", point);
  panel.addEventListener("mouseleave", () => divisions.emphasise(null));
  panel.addEventListener("focusout", () => divisions.emphasise(null));
  panel.addEventListener("click", (event) => {
    const adcode = event.target.closest("button[data-adcode]")?.dataset.adcode;
    const bounds = adcode && divisions.boundsOf(adcode);
    if (bounds) map.fitBounds(bounds, { animate: !still() });
  });
}

// What the planner's page does with the map beyond what every map does.

export function nearby() {
  return finder;
}

export function refreshSites() {
  refreshHeat();
  siteLayer.refresh();
  territoryLayer.refresh();
  hexagonLayers.forEach((each) => each.refresh());
  finder.refresh();
}

export function divisionsChanged(map) {
  divisions.refresh();
  nameLayer.refresh();
  map.fire("legendchange");
}

// A ring around a place that a list points at, or none.
export function pointAt(map, latlng) {
  ring ??= L.circleMarker([0, 0], { pane: "focus", radius: 12, className: "ring", interactive: false });
  if (latlng) ring.setLatLng(latlng.map(Number)).addTo(map);
  else ring.remove();
}

// Tells which layers are chosen on the map (their keys), and shows those that are named; without
// a name those that the map came with, or `first()` and the overlays `usual`.
export function followLayers(map, {
  chosen, overlaid, first = always(keysOf(map, offered.themes)), usual = keysOf(map, offered.overlays),
}) {
  let following = false;
  map.on("baselayerchange", ({ layer: { options: { key } } }) => {
    if (!following) chosen(key === first() ? null : key);
  });
  map.on("overlayadd overlayremove", () => {
    const keys = keysOf(map, offered.overlays);
    if (!following) overlaid(keys === usual ? null : keys || "none");
  });
  return {
    show(key, over) {
      following = true;
      const called = (name) => offered.themes.find((layer) => layer.options.key === name);
      const wanted = called(key) ?? called(first());
      offered.themes.forEach((layer) => layer !== wanted && map.removeLayer(layer));
      map.addLayer(wanted);
      const keys = (over ?? usual).split(",");
      for (const layer of offered.overlays) {
        if (keys.includes(layer.options.key)) map.addLayer(layer);
        else map.removeLayer(layer);
      }
      following = false;
    },
  };
}

const always = (value) => () => value;

function keysOf(map, layers) {
  return layers.filter((layer) => map.hasLayer(layer)).map((layer) => layer.options.key).join(",");
}

function divisionAt(lon, lat) {
  const holder = data.divisions.features.find(({ geometry }) => {
    const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    return polygons.some((rings) => inside(lon, lat, rings));
  });
  return holder ? divisionName(holder.properties) : null;
}

// What must be said of the map now, each thing once, whoever says it.
export function note(text, who = "sites") {
  notes.set(who, text);
  const said = new Set([...notes.values()].filter(Boolean));
  const line = document.getElementById("map-note");
  line.textContent = [...said].join(" ");
  line.hidden = !said.size;
}

// How much of the colours lets through what is below, in per cent as the address has it.
export function fade(map, percent) {
  const opacity = Math.max(10, Number(percent) || 100) / 100;
  for (const pane of ["heat", "divisions"]) map.getPane(pane).style.opacity = opacity;
}

export function still() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
