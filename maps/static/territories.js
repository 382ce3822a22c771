// The territories of federations, asked for when they are first to be seen.
import { withFilters } from "antu/filters.js";

const L = window.L;

export const Territories = L.Layer.extend({
  options: { key: "territories" },

  onAdd(map) {
    this._areas = L.geoJSON(null, {
      renderer: L.svg({ pane: "lines", padding: 0.3 }), pane: "lines", interactive: false,
      smoothFactor: 0.7, style: ({ properties }) => ({ className: `territory ${properties.kind}` }),
    }).addTo(map);
    this.refresh();
  },

  onRemove(map) {
    map.removeLayer(this._areas);
  },

  async refresh() {
    if (!this._map) return;
    const address = withFilters("/api/territories");
    try {
      const response = await fetch(address);
      if (!response.ok) throw new Error(response.statusText);
      const found = await response.json();
      this._areas.clearLayers().addData(found);
    } catch (error) {
      this.fire("failed", { error });
    }
  },
});
