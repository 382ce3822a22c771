// Ranked areas beside the map, and their outlines and ranks on it.
import { state } from "antu/address.js";
import { Labels } from "antu/labels.js";
import { still } from "antu/map.js";
import { addressOf, fill } from "antu/panels.js";
import { FILTERS } from "antu/state.js";

const L = window.L;
const SHAPED_BY = [...FILTERS, "density", "lang"];

export function startHotspots(map) {
  const target = document.getElementById("hotspots-live");
  const drawn = L.layerGroup();
  const labels = new Labels();
  let shown = null;

  const draw = () => {
    drawn.clearLayers();
    const text = target.querySelector("script.areas")?.textContent;
    const found = text ? JSON.parse(text).features : [];
    found.forEach((each) => outline(drawn, each));
    labels.draw(found.map(({ properties, bbox }) => ({
      ...middle(bbox), key: String(properties.rank), text: String(properties.rank),
    })));
  };
  const show = async () => {
    if (target.closest("section").hidden) {
      drawn.remove();
      labels.remove();
      return;
    }
    drawn.addTo(map);
    labels.addTo(map);
    const wanted = addressOf("/panels/hotspots", SHAPED_BY, map);
    if (shown === wanted) return;
    shown = wanted;
    const filled = await fill(wanted, target);
    if (shown !== wanted) return;
    if (!filled) shown = null;
    draw();
  };
  target.addEventListener("click", (event) => {
    const box = event.target.closest("[data-bbox]")?.dataset.bbox.split(",").map(Number);
    if (box) map.fitBounds([[box[1], box[0]], [box[3], box[2] < box[0] ? box[2] + 360 : box[2]]], { padding: [40, 40], maxZoom: 15, animate: !still() });
  });
  const point = (rank) => {
    labels.emphasise(rank);
    target.querySelectorAll("[data-rank]").forEach((each) => {
      each.classList.toggle("pointed", each.dataset.rank === rank);
    });
    map.getContainer().querySelectorAll(".hotspot").forEach((each) => {
      each.classList.toggle("emphasis", each.classList.contains(`rank-${rank}`));
    });
  };
  ["mouseover", "focusin", "mouseleave"].forEach((kind) => target.addEventListener(kind,
    (event) => point(event.target.closest("[data-rank]")?.dataset.rank ?? null)));
  labels.on("mouseover", ({ layer }) => point(layer.options.key));
  labels.on("mouseout", () => point(null));
  labels.on("click", ({ layer }) => target.querySelector(`[data-rank="${layer.options.key}"]`)?.click());
  map.on("moveend", () => state().area === "view" && show());
  return { show };
}

function outline(drawn, feature) {
  const { rank } = feature.properties;
  L.geoJSON(feature, {
    renderer: L.svg({ pane: "lines", padding: 0.3 }), pane: "lines", interactive: false,
    style: { className: `hotspot rank-${rank}` },
  }).addTo(drawn);
}

function middle([west, south, east, north]) {
  return { lat: (south + north) / 2, lon: (west + (east < west ? east + 360 : east)) / 2 };
}
