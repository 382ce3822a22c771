// The territories of federations, asked for when they are first to be seen.
import { answer } from "antu/ask.js";
import { rooted } from "antu/data.js";
import { withFilters } from "antu/filters.js";
import { boxOf } from "antu/source.js";

const L = window.L;

export const Territories = L.Layer.extend({
  options: { key: "territories" },

  onAdd(map) {
    this._areas = L.geoJSON(null, {
      renderer: L.svg({ pane: "lines", padding: 0.3 }), pane: "lines", interactive: false,
      smoothFactor: 0.7, style: ({ properties }) => ({ className: `territory ${properties.kind}` }),
    }).addTo(map);
    map.on("moveend", this.refresh, this);
    this.refresh();
  },

  onRemove(map) {
    map.off("moveend", this.refresh, this);
    this._loading?.abort();
    map.removeLayer(this._areas);
  },

  async refresh() {
    if (!this._map) return;
    this._loading?.abort();
    this._loading = new AbortController();
    const { signal } = this._loading;
    const bbox = boxOf(this._map.getBounds().pad(0.3));
    const address = withFilters(rooted(`/api/territories?bbox=${bbox}&zoom=${Math.round(this._map.getZoom())}`));
    try {
      const found = await answer(address, { signal });
      this._areas.clearLayers().addData(found);
    } catch (error) {
      if (!signal.aborted) this.fire("failed", { error });
    }
  },
});
