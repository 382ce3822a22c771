// One site with all that is known of it, over the panel; its id is in the address.
import { change, onChange, state } from "antu/address.js";
import { rooted } from "antu/data.js";
import { load } from "antu/fragments.js";
import { serialise } from "antu/state.js";
import { pointAt, still } from "antu/map.js";

export function startDrawer(map) {
  const drawer = document.getElementById("drawer");
  const target = document.getElementById("drawer-live");
  let shown = null;
  let before = null;

  const show = async () => {
    const { site, lang, on } = state();
    const key = site && `${site} ${on}`;
    if (key === shown) return;
    shown = key;
    if (!site) {
      drawer.hidden = true;
      pointAt(map, null);
      if (before?.isConnected) before.focus();
      return;
    }
    if (drawer.hidden) before = document.activeElement;
    drawer.hidden = false;
    target.replaceChildren();
    // A slash in an id stays one: the route takes the whole rest of the path.
    const path = site.split("/").map(encodeURIComponent).join("/");
    await load(rooted(`/panels/sites/${path}${serialise({ lang, on })}`), target);
    if (shown !== key) return;
    target.focus({ preventScroll: true });
    const { lon, lat } = target.querySelector(".site-card")?.dataset ?? {};
    pointAt(map, lat ? [lat, lon] : null);
  };
  document.getElementById("drawer-close").addEventListener("click", () => change({ site: null }));
  drawer.addEventListener("keydown", (event) => {
    if (event.key === "Escape") change({ site: null });
  });
  target.addEventListener("click", (event) => {
    if (!event.target.closest("[data-show-site]")) return;
    const { lon, lat } = target.querySelector(".site-card").dataset;
    map.setView([lat, lon], Math.max(map.getZoom(), 15), { animate: !still() });
  });
  onChange(show);
  show();
}
