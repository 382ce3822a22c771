// The map in somebody's page: it starts as the address says, and tells how high it wants to be.
import { rooted } from "antu/data.js";
import { fade, followLayers } from "antu/map.js";
import { CHOICES, FILTERS, parse, placeOf, serialise } from "antu/state.js";

const RATIO = 0.7;
const [LEAST, MOST] = [320, 720];

export function startEmbed(map) {
  const state = parse(window.location.search);
  const place = placeOf(state);
  if (place) map.setView(place.centre, place.zoom, { animate: false });
  followLayers(map, { chosen: () => {}, overlaid: () => {} }).show(state.layer, state.over);
  fade(map, state.opacity);
  const full = document.getElementById("full");
  map.on("moveend", () => {
    const { lng, lat } = map.getCenter().wrap();
    const seen = { ...state, lon: lng.toFixed(5), lat: lat.toFixed(5), zoom: String(map.getZoom()) };
    seen.lang = document.documentElement.lang.slice(0, 2);
    full.href = rooted(`/${serialise(seen, [...FILTERS, ...CHOICES])}`);
  });
  const tell = () => {
    const wanted = document.querySelector(".top").offsetHeight + window.innerWidth * RATIO;
    const height = Math.round(Math.max(LEAST, Math.min(MOST, wanted)));
    window.parent.postMessage({ type: "antu:height", height }, "*");
  };
  new ResizeObserver(tell).observe(document.body);
}
