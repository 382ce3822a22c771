// The nearest uncovered sites of a place, listed beside the map and linked with it.
import { el, mark } from "antu/dom.js";
import { headcount, kind } from "antu/cards.js";
import { covered, reveal } from "antu/panel.js";
import { source } from "antu/source.js";
import { direction, distance, word } from "antu/words.js";

const L = window.L;

export class Nearby {
  // `open(site)` shows a site on the map, `divisionAt(point)` names the division there or is null.
  constructor(map, list, { open, divisionAt }) {
    Object.assign(this, { map, list, open, divisionAt });
    this.ring = L.circleMarker([0, 0], {
      pane: "focus", radius: 12, className: "ring", interactive: false,
    });
    const icon = L.divIcon({ className: "chosen", iconSize: [22, 22], html: el("span") });
    this.place = L.marker([0, 0], {
      icon, pane: "focus", interactive: false, keyboard: false, alt: word("nearby.here"),
    });
  }

  async find(latlng) {
    const { lat, lng: lon } = latlng.wrap();
    this.loading?.abort();
    this.loading = new AbortController();
    const { signal } = this.loading;
    this.place.setLatLng(latlng).addTo(this.map);
    this.ring.remove();
    reveal("nearby");
    this.map.panInside(latlng, { padding: [40, 40], paddingBottomRight: [40, 40 + covered()] });
    this.show([this.heading(lon, lat), skeleton()], true);
    try {
      const found = await source.nearby(lon, lat, signal);
      if (!signal.aborted) this.show([this.heading(lon, lat), ...this.results(found)]);
    } catch (error) {
      if (!signal.aborted) this.show([this.heading(lon, lat), this.failure(error, latlng)]);
    }
  }

  show(content, busy = false) {
    this.list.setAttribute("aria-busy", String(busy));
    this.list.replaceChildren(...content);
  }

  heading(lon, lat) {
    const division = this.divisionAt(lon, lat);
    const values = { lon: lon.toFixed(5), lat: lat.toFixed(5), division };
    return el("p.quiet", {}, word(division ? "nearby.in" : "nearby.at", values));
  }

  results(found) {
    if (!found.length) {
      return [el("p.nothing", {}, el("strong", {}, word("nearby.empty")), el("br"),
        word("nearby.empty_why"))];
    }
    return [
      el("p.quiet", {}, word("nearby.shown", { n: found.length })),
      el("ol.nearby", {}, ...found.map((each) => this.item(each))),
    ];
  }

  item({ site, distance_m: metres, bearing_deg: bearing }) {
    const far = metres === 0 ? word("nearby.inside")
      : `${distance(metres)} ${bearing === undefined ? "" : direction(bearing)}`;
    const focus = () => this.ring.setLatLng([site.lat, site.lon]).addTo(this.map);
    const blur = () => this.ring.remove();
    return el("li", {}, el("button.row", {
      type: "button", click: () => this.open(site),
      mouseenter: focus, mouseleave: blur, focus, blur,
    }, mark(site.coverage), el("span.name", {}, site.name), el("span.far", {}, far),
    el("span.more", {}, kind(site), " · ", headcount(site.workers),
      site.needs_own_union ? el("strong.flag", {}, word("site.needs_own_union")) : null)));
  }

  failure(error, latlng) {
    const offline = error instanceof TypeError;
    return el("div.failed", { role: "alert" },
      el("p", {}, el("strong", {}, word("nearby.failed")), el("br"),
        offline ? word("state.offline") : error.message),
      error.id ? el("p.quiet", {}, word("state.failed_id", { id: error.id })) : null,
      el("button.button", { type: "button", click: () => this.find(latlng) }, word("state.retry")));
  }
}

// Grey lines that the style sheet lets appear after 300 ms only.
function skeleton() {
  return el("div.skeleton", { "aria-label": word("state.loading") },
    ...Array.from({ length: 5 }, () => el("div")));
}
