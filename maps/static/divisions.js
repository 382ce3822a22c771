// Divisions: filled by a rate or plain, with their borders above the heat and their names.
import { data } from "antu/data.js";
import { el } from "antu/dom.js";
import { overlap } from "antu/labels.js";

const L = window.L;
const isEnglish = data.language === "en";
const byPath = new WeakMap();

export function divisionName({ name, name_en: english }) {
  return (isEnglish && english) || name;
}

// The division whose shape an event hit, or undefined.
export function divisionOf(target) {
  return byPath.get(target);
}

export function divisionByCode(adcode) {
  return data.divisions.features.find(({ properties }) => properties.adcode === adcode);
}

export const Divisions = L.Layer.extend({
  onAdd(map) {
    const renderer = L.svg({ pane: "divisions", padding: 0.3 });
    this._fill = L.geoJSON(data.divisions, {
      renderer, pane: "divisions", smoothFactor: 0.7, style: { className: "division" },
    }).addTo(map);
    this._lines = L.geoJSON(data.divisions, {
      renderer: L.svg({ pane: "lines", padding: 0.3 }), pane: "lines", interactive: false,
      smoothFactor: 0.7, style: { className: "border", fill: false },
    }).addTo(map);
    this._fill.eachLayer((shape) => byPath.set(shape.getElement(), shape.feature.properties));
    this.colourBy(this._column ?? null);
  },

  onRemove(map) {
    map.removeLayer(this._fill);
    map.removeLayer(this._lines);
  },

  // Draw the divisions that the page has now.
  refresh() {
    const map = this._map;
    if (!map) return;
    this.onRemove(map);
    this.onAdd(map);
  },

  // Fill by a rate's class, or with null by nothing.
  colourBy(column) {
    this._column = column;
    this._map?.getContainer().classList.toggle("rated", Boolean(column));
    this._fill?.eachLayer((shape) => {
      const path = shape.getElement();
      path.setAttribute("class", `division leaflet-interactive ${classOf(shape.feature, column)}`);
    });
  },

  boundsOf(adcode) {
    let found = null;
    this._fill.eachLayer((shape) => {
      if (shape.feature.properties.adcode === adcode) found = shape.getBounds();
    });
    return found;
  },

  emphasise(adcode) {
    this._lines.eachLayer((shape) => shape.getElement()
      .classList.toggle("emphasis", shape.feature.properties.adcode === adcode));
  },
});

function classOf({ properties }, column) {
  if (!column) return "rate-plain";
  const value = properties[column];
  if (value === null || value === undefined) return "rate-no-data";
  return `rate-${data.rateBreaks.filter((upper) => upper <= value).length}`;
}

// Where a name may stand, in px below its point.
const SHIFTS = [0, 20, -20];

// Names at a point inside each division, or beside it where a numbered label or one of the boxes of
// `taken()` is; where two would overlap, the larger division's stays.
export const Names = L.Layer.extend({
  options: { key: "names" },

  initialize(taken) {
    this._taken = taken;
  },

  onAdd(map) {
    this._marks = data.divisions.features.map(({ properties }) => {
      const [lon, lat] = properties.label;
      const icon = L.divIcon({ className: "place", html: el("span", {}, divisionName(properties)) });
      return L.marker([lat, lon], { icon, pane: "names", interactive: false, keyboard: false });
    });
    this._marks.forEach((each) => each.addTo(map));
    map.on("zoomend resize labelled", this._spread, this);
    this._spread();
  },

  onRemove(map) {
    map.off("zoomend resize labelled", this._spread, this);
    this._marks.forEach((each) => map.removeLayer(each));
  },

  refresh() {
    const map = this._map;
    if (!map) return;
    this.onRemove(map);
    this.onAdd(map);
  },

  _spread() {
    const boxOf = (node) => node.getBoundingClientRect();
    const numbered = document.querySelectorAll(".numbered span:not(.dot)");
    const taken = [...[...numbered].map(boxOf), ...this._taken()];
    for (const each of this._marks) {
      const label = each.getElement().firstChild;
      label.hidden = false;
      label.hidden = !SHIFTS.some((shift) => {
        label.style.marginTop = `${shift}px`;
        const box = boxOf(label);
        if (taken.some((other) => overlap(box, other))) return false;
        taken.push(box);
        return true;
      });
    }
  },
});
