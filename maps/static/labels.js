// Numbered labels on the map, which give way to each other: of two that would overlap, the later
// one is a dot until there is room.
import { el } from "antu/dom.js";

const L = window.L;
// More than any map is high: Leaflet stacks markers from north to south.
const OVER = 100_000;

export const Labels = L.FeatureGroup.extend({
  // [{ lat, lon, key, text }] in the order of their weight.
  draw(places) {
    this.clearLayers();
    for (const { lat, lon, key, text } of places) {
      const icon = L.divIcon({ className: "numbered", html: el("span", { "data-key": key }, text) });
      L.marker([lat, lon], { icon, pane: "focus", keyboard: false, key }).addTo(this);
    }
    this.spread();
    return this;
  },

  onAdd(map) {
    L.FeatureGroup.prototype.onAdd.call(this, map);
    map.on("zoomend resize", this.spread, this);
    this.spread();
  },

  onRemove(map) {
    map.off("zoomend resize", this.spread, this);
    L.FeatureGroup.prototype.onRemove.call(this, map);
  },

  spread() {
    if (!this._map) return;
    const taken = [];
    this.eachLayer((each) => {
      const label = each.getElement().firstChild;
      label.classList.remove("dot");
      const box = label.getBoundingClientRect();
      const free = !taken.some((other) => overlap(box, other));
      label.classList.toggle("dot", !free);
      if (free) taken.push(box);
      lift(each);
    });
    this._map.fire("labelled");
  },

  // Let the label of a key stand out, or with null none.
  emphasise(key) {
    if (!this._map) return;
    this.eachLayer((each) => {
      each.getElement().firstChild.classList.toggle("emphasis", each.options.key === key);
      lift(each);
    });
  },
});

// A number lies over all dots, and what stands out over all.
function lift(marker) {
  const { classList } = marker.getElement().firstChild;
  marker.setZIndexOffset(classList.contains("emphasis") ? OVER : classList.contains("dot") ? -OVER : 0);
}

export function overlap(one, other) {
  return one.left < other.right && one.right > other.left
    && one.top < other.bottom && one.bottom > other.top;
}
