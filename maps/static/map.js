// The map: panes, layers and what they do together. folium's script calls these functions.
import { cellCard, divisionTip, siteCard, sitesCard, siteTip } from "antu/cards.js";
import { data } from "antu/data.js";
import { divisionName, divisionOf, Divisions, Names } from "antu/divisions.js";
import { el } from "antu/dom.js";
import { inside } from "antu/geodesy.js";
import { Nearby } from "antu/nearby.js";
import { reveal, startPanel } from "antu/panel.js";
import { SiteLayer } from "antu/sites.js";
import { word } from "antu/words.js";

export { heatImage, heatTiles } from "antu/heat.js";

const L = window.L;
// Panes from below to above, with their z-index; those that only show let the pointer through.
const PANES = { divisions: 300, heat: 320, lines: 340, sites: 400, names: 450, focus: 460 };
const THROUGH = ["heat", "lines", "sites", "names", "focus"];

const divisions = new Divisions();
const siteLayer = new SiteLayer();

export function createMap(id, options) {
  const map = L.map(id, { ...options, zoomAnimation: !still(), fadeAnimation: !still() });
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
  L.control.scale({ imperial: false, maxWidth: 120 }).addTo(map);
  return map;
}

export function rates(key) {
  return L.layerGroup([], { key })
    .on("add", () => divisions.colourBy(key)).on("remove", () => divisions.colourBy(null));
}

export function boundaries(key) {
  return L.layerGroup([], { key });
}

export function sites() {
  return siteLayer;
}

export function names() {
  return new Names();
}

// Leaflet takes names as markup; as the content of a text node they are nothing but text.
export function layerSwitch(map, themes, overlays, options) {
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
  siteLayer.on("shown", ({ cells, far }) => {
    note(cells ? data.cellsNote : null);
    document.getElementById("sites-far").hidden = !far;
  });
  siteLayer.on("failed", () => note(word("map.missing")));
  document.documentElement.dataset.ready = "yes";
}

function startPointer(map) {
  const nearby = new Nearby(map, document.getElementById("nearby-list"), {
    open: (site) => showSite(map, site),
    divisionAt,
  });
  map.on("click", (event) => {
    const found = siteLayer.at(event.containerPoint);
    const cell = siteLayer.cellAt(event.containerPoint);
    if (found.length) openCard(map, found[0], found);
    else nearby.find(event.latlng);
    if (cell) popup(map, event.latlng, cellCard(cell));
  });
  document.getElementById("nearby-centre")?.addEventListener("click",
    () => nearby.find(map.getCenter()));
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
    const [site] = siteLayer.at(event.containerPoint);
    map.getContainer().classList.toggle("pointing", Boolean(site));
    const row = divisionOf(event.originalEvent.target);
    if (site) show(site, siteTip, event.latlng);
    else show(row ?? null, divisionTip, event.latlng);
  });
  map.on("mouseout movestart", () => show(null));
}

function startLegend(map) {
  const parts = [...document.querySelectorAll("[data-legend]")];
  // On a phone the map comes first, and the legend at a touch.
  if (window.innerWidth < 720) document.getElementById("legend").open = false;
  const update = () => {
    const keys = new Set();
    map.eachLayer((layer) => layer.options.key && keys.add(layer.options.key));
    siteLayer.setOverHeat([...keys].some((key) => key.startsWith("heat_")));
    parts.forEach((part) => { part.hidden = !keys.has(part.dataset.legend); });
  };
  map.on("layeradd layerremove", update);
  update();
}

function startTable(map) {
  document.querySelectorAll("[data-adcode]").forEach((button) => {
    const { adcode } = button.dataset;
    button.addEventListener("click", () => {
      const bounds = divisions.boundsOf(adcode);
      if (bounds) map.fitBounds(bounds, { animate: !still() });
    });
    const row = button.closest("tr");
    row.addEventListener("mouseenter", () => divisions.emphasise(adcode));
    row.addEventListener("mouseleave", () => divisions.emphasise(null));
    button.addEventListener("focus", () => divisions.emphasise(adcode));
    button.addEventListener("blur", () => divisions.emphasise(null));
  });
}

function divisionAt(lon, lat) {
  const holder = data.divisions.features.find(({ geometry }) => {
    const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    return polygons.some((rings) => inside(lon, lat, rings));
  });
  return holder ? divisionName(holder.properties) : null;
}

function note(text) {
  const line = document.getElementById("map-note");
  line.textContent = text ?? "";
  line.hidden = !text;
}

function still() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

export { reveal };
