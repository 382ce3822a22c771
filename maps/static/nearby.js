// The nearest uncovered sites of a place, listed beside the map and linked with it.
import { el, mark } from "antu/dom.js";
import { headcount, kind } from "antu/cards.js";
import { data } from "antu/data.js";
import { withFilters } from "antu/filters.js";
import { covered, reveal } from "antu/panel.js";
import { copy, failure, skeleton } from "antu/fragments.js";
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

  // Find once for a place that the address names, however often it is told.
  findOnce(lon, lat) {
    const place = this.place.getLatLng();
    const known = this.map.hasLayer(this.place)
      && Math.abs(place.lng - lon) < 1e-5 && Math.abs(place.lat - lat) < 1e-5;
    if (!known) this.find({ lat, lng: lon });
  }

  async find(place) {
    const latlng = L.latLng(place);
    const [lon, lat] = [latlng.wrap().lng, latlng.lat].map((each) => Number(each.toFixed(6)));
    this.loading?.abort();
    this.loading = new AbortController();
    const { signal } = this.loading;
    this.place.setLatLng(latlng).addTo(this.map);
    this.ring.remove();
    this.onFind?.(lon, lat);
    reveal("nearby");
    this.map.panInside(latlng, { padding: [40, 40], paddingBottomRight: [40, 40 + covered()] });
    this.show([this.heading(lon, lat), skeleton()], true);
    try {
      const found = await source.nearby(lon, lat, signal);
      if (!signal.aborted) this.show([this.heading(lon, lat), ...this.results(found)]);
    } catch (error) {
      if (!signal.aborted) this.show([this.heading(lon, lat), failure(word("nearby.failed"), error, () => this.find(latlng))]);
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
      ...(data.mode === "served" ? [this.tools(found)] : []),
      el("ol.nearby", {}, ...found.map((each) => this.item(each))),
    ];
  }

  // To take along: the list as text, as a table, and as way points for a device.
  tools(found) {
    const { lat, lng } = this.place.getLatLng().wrap();
    const asked = `lon=${lng.toFixed(6)}&lat=${lat.toFixed(6)}&lang=${data.language}`;
    const link = (form) => el("a.button.small", {
      href: withFilters(`/downloads/nearby.${form}?${asked}`), download: true,
    }, word(`nearby.${form}`));
    const text = found.map(({ site, distance_m: metres, bearing_deg: bearing }) => [
      site.name, kind(site), headcount(site.workers), far(metres, bearing),
      `${site.lon.toFixed(6)}, ${site.lat.toFixed(6)}`].join("\t")).join("\n");
    return el("p.buttons", {},
      el("button.button.small", { type: "button", click: (event) => copy(text, event.currentTarget) },
        word("nearby.copy")),
      link("csv"), link("gpx"));
  }

  item({ site, distance_m: metres, bearing_deg: bearing }) {
    const focus = () => this.ring.setLatLng([site.lat, site.lon]).addTo(this.map);
    const blur = () => this.ring.remove();
    return el("li", { "data-id": site.id }, el("button.row", {
      type: "button", click: () => this.open(site),
      mouseenter: focus, mouseleave: blur, focus, blur,
    }, mark(site.coverage), el("span.name", {}, site.name), el("span.far", {}, far(metres, bearing)),
    el("span.more", {}, kind(site), " · ", headcount(site.workers),
      site.needs_own_union ? el("strong.flag", {}, word("site.needs_own_union")) : null)));
  }
}

function far(metres, bearing) {
  return metres === 0 ? word("nearby.inside")
    : `${distance(metres)} ${bearing === undefined ? "" : direction(bearing)}`;
}
