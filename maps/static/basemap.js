// The tiles that the administrator configured, below everything else; off until somebody asks.
import { data } from "antu/data.js";
import { el } from "antu/dom.js";

const L = window.L;

// `failing(yes)` is told when tiles do not come, and when they come again.
export function basemapLayer(key, failing) {
  const { addresses, subdomains, attribution } = data.basemap;
  const credit = L.control({ position: "bottomleft" });
  credit.onAdd = () => el("p.credit", {}, attribution);
  const tiles = addresses.map((address) => L.tileLayer(address, {
    subdomains, maxNativeZoom: 18, alt: "",
    // Providers want to know which site asks; they get its name and nothing else.
    referrerPolicy: "strict-origin-when-cross-origin",
  }).on("tileerror", () => failing(true)).on("tileload", () => failing(false)));
  const layer = L.layerGroup(tiles, { key });
  return layer.on("add", () => {
    layer._map.getContainer().classList.add("based");
    if (attribution) credit.addTo(layer._map);
  }).on("remove", () => {
    document.querySelector(".based")?.classList.remove("based");
    credit.remove();
    failing(false);
  });
}
