// The planner's page: one state in the address, and everything on the page follows it.
import { change, onChange, startAddress, state } from "antu/address.js";
import { data, layerOf, rooted } from "antu/data.js";
import { startDrawer } from "antu/drawer.js";
import { announce, fetched, failure, parsed } from "antu/fragments.js";
import { startHotspots } from "antu/hotspots.js";
import { startListing } from "antu/listing.js";
import { divisionsChanged, fade, followLayers, nearby, note, refreshSites, still } from "antu/map.js";
import { startChoices } from "antu/panels.js";
import { reveal, select, sortedBy, sortTable } from "antu/panel.js";
import { startPlace } from "antu/place.js";
import { startPopovers } from "antu/popovers.js";
import { startPrint } from "antu/print.js";
import { startShare } from "antu/share.js";
import { filtersOf, placeOf, serialise } from "antu/state.js";
import { startFilterForm } from "antu/filterform.js";
import { startTime } from "antu/time.js";
import { word } from "antu/words.js";

const FIRST_TAB = "overview";
const VIEW = ["lon", "lat", "zoom"];
// How the server sorts the ranking.
let usualRank = null;

export function startPlanner(map) {
  startAddress();
  startPopovers();
  startPrint(map);
  startView(map);
  const layers = followLayers(map, {
    first: () => data.firstHeat,
    usual: "sites,names",
    chosen: (key) => change({ layer: key }),
    overlaid: (keys) => change({ over: keys }, { replace: true }),
  });
  const showLayers = () => layers.show(state().layer, state().over);
  showLayers();
  document.addEventListener("antu:frame", showLayers);
  startOpacity(map);
  if (!document.getElementById("overview")) {
    startEmpty();
    return;
  }
  startFilterForm();
  startTime();
  startTabs();
  startUnits();
  startRanking();
  startChoices();
  const panels = [startListing(map), startHotspots(map)];
  startDrawer(map);
  startPlace(map);
  startShare(map);
  startConnection(() => {
    refresh(map);
    panels.forEach((panel) => panel.show());
  });
  nearby().onFind = (lon, lat) => change({ at: `${lon.toFixed(6)},${lat.toFixed(6)}`, tab: "nearby" });
  findAt();
  panels.forEach((panel) => panel.show());
  onChange((now, before) => {
    if (now.lang !== before.lang) window.location.reload();
    // Another division is shown as a whole, once its boundary is there.
    const whole = now.adcode !== before.adcode && !placeOf(now);
    if (filtersOf(now) !== filtersOf(before)) refresh(map, whole);
    if (now.layer !== before.layer || now.over !== before.over) {
      showLayers();
      sayHeading(now);
    }
    if (!whole && VIEW.some((name) => now[name] !== before[name])) setView(map, now);
    select(now.tab ?? FIRST_TAB);
    setUnit(now.unit);
    rank(now.rank);
    findAt();
    panels.forEach((panel) => panel.show());
  });
}

// The map follows the address, and the address the map, but not as a step of the history.
function startView(map) {
  setView(map, state(), true);
  map.on("moveend", () => {
    const { lng, lat } = map.getCenter().wrap();
    change({ lon: lng.toFixed(5), lat: lat.toFixed(5), zoom: map.getZoom() }, { replace: true });
  });
}

function setView(map, now, first = false) {
  const place = placeOf(now);
  if (place) map.setView(place.centre, place.zoom, { animate: false });
  else if (!first) map.fitBounds(data.bounds, { animate: !still() });
}

// Another filter, division or date: the numbers, the divisions and what is drawn of the sites.
async function refresh(map, whole = false) {
  const target = document.getElementById("overview-live");
  target.setAttribute("aria-busy", "true");
  refreshSites();
  try {
    // The section stays when what is in it is replaced: a newer question finds the older one.
    const text = await fetched(rooted(`/panels/frame${serialise(state())}`), target.closest("section"));
    if (text === null) return;
    const nodes = parsed(text);
    const fresh = JSON.parse(nodes.find((node) => node.id === "frame-data").textContent);
    nodes.filter((node) => node.id && node.dataset?.live !== undefined).forEach(replace);
    Object.assign(data, fresh);
    note(null, "frame");
    divisionsChanged(map);
    if (whole) map.fitBounds(data.bounds, { animate: !still() });
    setUnit(state().unit);
    rank(state().rank);
    sayHeading(state());
    announce(word("state.updated", { n: fresh.sites }));
    document.dispatchEvent(new Event("antu:frame"));
  } catch (error) {
    // Who looks at another panel is told too: the map's title and divisions are still the old ones.
    note(word("map.missing"), "frame");
    target.replaceChildren(failure(word("state.panel_failed"), error, () => refresh(map, whole)));
    target.removeAttribute("aria-busy");
  }
}

// Whoever worked with the keyboard in what is replaced goes on in what replaces it.
function replace(node) {
  const old = document.getElementById(node.id);
  if (!old) return;
  const within = old.contains(document.activeElement);
  const label = document.activeElement?.textContent;
  old.replaceWith(document.adoptNode(node));
  if (!within) return;
  const same = [...node.querySelectorAll("a, button, input")].find((each) => each.textContent === label);
  (same ?? node.closest("[tabindex]") ?? document.getElementById("panel")).focus({ preventScroll: true });
}

// A title that somebody gave stays as the server has written it.
function sayHeading({ layer, title }) {
  const heading = document.getElementById("heading");
  if (!title) heading.textContent = layerOf(layer).title;
  const place = document.querySelector("#crumbs [aria-current]").textContent;
  document.title = state().adcode ? `${heading.textContent} · ${place}` : heading.textContent;
}

function startTabs() {
  document.getElementById("panel").addEventListener("antu:tab", (event) => {
    if ((state().tab ?? FIRST_TAB) !== event.detail) {
      change({ tab: event.detail === FIRST_TAB ? null : event.detail });
    }
  });
  document.querySelector("[data-tab-link]").addEventListener("click", (event) => {
    event.preventDefault();
    reveal(event.currentTarget.dataset.tabLink);
    document.getElementById(event.currentTarget.dataset.tabLink).focus();
  });
  document.querySelectorAll("[data-lang]").forEach((link) => link.addEventListener("click", () => {
    link.href = rooted(`/${serialise({ ...state(), lang: link.dataset.lang })}`);
  }));
}

// Numbers or percentages in the ranking.
function startUnits() {
  document.getElementById("panel").addEventListener("click", (event) => {
    const unit = event.target.closest("[data-unit]:is(button)")?.dataset.unit;
    if (unit) change({ unit: unit === "percent" ? unit : null }, { replace: true });
    if (unit) setUnit(unit);
  });
}

function setUnit(unit = "number") {
  document.getElementById("overview-live").dataset.unit = unit;
  document.querySelectorAll("button[data-unit]").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.unit === unit));
  });
}

// The order of the ranking is in the address too: a column's key, with a minus from large to small.
function startRanking() {
  document.getElementById("panel").addEventListener("antu:sort", ({ detail }) => {
    change({ rank: detail === usualRank ? null : detail });
  });
  usualRank = sortedBy(document.getElementById("ranking"));
  rank(state().rank);
}

function rank(order) {
  const table = document.getElementById("ranking");
  if (table && sortedBy(table) !== (order ?? usualRank)) sortTable(table, order ?? usualRank);
}

// Loading the demo takes some seconds; its button says so.
function startEmpty() {
  document.getElementById("demo")?.addEventListener("submit", ({ currentTarget: form }) => {
    const button = form.querySelector("button");
    button.disabled = true;
    button.textContent = form.dataset.loading;
    announce(form.dataset.loading);
  });
}

function startOpacity(map) {
  const slider = document.getElementById("opacity");
  const show = () => fade(map, slider.value);
  slider.value = Number(state().opacity) || 100;
  slider.addEventListener("input", show);
  slider.addEventListener("change", () => change(
    { opacity: slider.value === "100" ? null : slider.value }, { replace: true }));
  show();
}

function findAt() {
  const [lon, lat] = (state().at ?? "").split(",").map(Number);
  if (state().at && Number.isFinite(lon) && Number.isFinite(lat)) {
    nearby().findOnce(lon, lat, { near: !state().zoom });
  } else {
    nearby().forget();
  }
}

function startConnection(back) {
  const line = document.getElementById("offline");
  line.hidden = navigator.onLine;
  window.addEventListener("offline", () => { line.hidden = false; });
  window.addEventListener("online", () => {
    line.hidden = true;
    back();
  });
}
