// The nearest uncovered sites of a place, listed beside the map and linked with it.
import { el, icon, mark } from "antu/dom.js";
import { headcount, kind } from "antu/cards.js";
import { data, rooted } from "antu/data.js";
import { withFilters } from "antu/filters.js";
import { covered, reveal } from "antu/panel.js";
import { Labels } from "antu/labels.js";
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
    this.labels = new Labels();
    list?.closest(".panel").addEventListener("antu:tab", () => this.showLabels());
    this.labels.on("mouseover", ({ layer }) => this.point(layer.options.key));
    this.labels.on("mouseout", () => this.point(null));
    this.labels.on("click", ({ layer }) => this.row(layer.options.key)?.click());
    const chosen = L.divIcon({ className: "chosen", iconSize: [22, 22], html: el("span") });
    this.place = L.marker([0, 0], {
      icon: chosen, pane: "focus", interactive: false, keyboard: false, alt: word("nearby.here"),
    });
  }

  // Find once for a place that the address names, however often it is told.
  findOnce(lon, lat, options) {
    const place = this.place.getLatLng().wrap();
    const known = this.map.hasLayer(this.place)
      && Math.abs(place.lng - lon) < 1e-5 && Math.abs(place.lat - lat) < 1e-5;
    if (!known) this.find({ lat, lng: lon }, options);
  }

  // `near` brings what is found into view, where the place was not picked on the map itself.
  find(place, { near = false } = {}) {
    const latlng = L.latLng(place);
    this.place.setLatLng(latlng).addTo(this.map);
    this.onFind?.(...this.lonLat());
    reveal("nearby");
    this.map.panInside(latlng, { padding: [40, 40], paddingBottomRight: [40, 40 + covered()] });
    return this.ask(near);
  }

  // List what is near the chosen place again, with the filters of now.
  refresh() {
    if (this.map.hasLayer(this.place)) this.ask();
  }

  // No place is chosen any more.
  forget() {
    this.clear();
    this.place.remove();
    this.list.replaceChildren();
  }

  clear() {
    this.loading?.abort();
    this.ring.remove();
    this.labels.remove();
  }

  lonLat() {
    const { lng, lat } = this.place.getLatLng().wrap();
    return [lng, lat].map((each) => Number(each.toFixed(6)));
  }

  async ask(near = false) {
    const [lon, lat] = this.lonLat();
    this.clear();
    this.loading = new AbortController();
    const { signal } = this.loading;
    this.show([this.heading(lon, lat), skeleton()], true);
    try {
      const found = await source.nearby(lon, lat, signal);
      if (signal.aborted) return;
      this.show([this.heading(lon, lat), ...this.results(found)]);
      this.labels.draw(found.map(({ site }, i) => ({ ...site, key: site.id, text: String(i + 1) })));
      if (near && found.length) this.look(this.place.getLatLng(), found);
      this.showLabels();
      // On a phone the list would be below the form, out of sight.
      if (covered()) this.list.scrollIntoView();
    } catch (error) {
      if (!signal.aborted) this.show([this.heading(lon, lat), failure(word("nearby.failed"), error, () => this.ask(near))]);
    }
  }

  look(latlng, found) {
    const box = L.latLngBounds([latlng, ...found.map(({ site }) => [site.lat, site.lon])]);
    const rim = this.map.getSize().x < 600 ? 20 : 40;
    const legend = document.getElementById("legend").offsetWidth + 24;
    const right = legend < this.map.getSize().x * 0.4 ? legend : rim;
    this.map.fitBounds(box, {
      paddingTopLeft: [rim, rim], paddingBottomRight: [right, rim + covered()], maxZoom: 15, animate: false,
    });
  }

  // The numbers of the list on the map, as long as the list is to be seen.
  showLabels() {
    if (!this.list.closest("section").hidden) this.labels.addTo(this.map);
    else this.labels.remove();
  }

  row(id) {
    return this.list.querySelector(`[data-id="${CSS.escape(id)}"] button`);
  }

  // Let a site stand out in the list and on the map, or with null none.
  point(id) {
    this.labels.emphasise(id);
    this.list.querySelectorAll("li").forEach((each) => each.classList.toggle("pointed", each.dataset.id === id));
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
      el("ol.nearby", {}, ...found.map((each, i) => this.item(each, i + 1))),
    ];
  }

  // To take along: the list as text, as a table, and as way points for a device.
  tools(found) {
    const { lat, lng } = this.place.getLatLng().wrap();
    const asked = `lon=${lng.toFixed(6)}&lat=${lat.toFixed(6)}&lang=${data.language}`;
    const link = (form) => el("a.button.small", {
      href: withFilters(rooted(`/downloads/nearby.${form}?${asked}`)), download: true,
    }, word(`nearby.${form}`));
    const text = found.map(({ site, distance_m: metres, bearing_deg: bearing }) => [
      site.name, kind(site), headcount(site.workers), far(metres, bearing),
      `${site.lon.toFixed(6)}, ${site.lat.toFixed(6)}`].join("\t")).join("\n");
    return el("p.buttons", {},
      el("button.button.small", { type: "button", click: (event) => copy(text, event.currentTarget) },
        word("nearby.copy")),
      link("csv"), link("gpx"));
  }

  item({ site, distance_m: metres, bearing_deg: bearing }, rank) {
    const focus = () => {
      this.ring.setLatLng([site.lat, site.lon]).addTo(this.map);
      this.point(site.id);
    };
    const blur = () => {
      this.ring.remove();
      this.point(null);
    };
    return el("li", { "data-id": site.id }, el("button.row", {
      type: "button", click: () => this.open(site),
      mouseenter: focus, mouseleave: blur, focus, blur,
    }, el("span.rank", { "aria-hidden": "true" }, String(rank)),
    el("span.name", {}, site.name), el("span.far", {}, far(metres, bearing)),
    el("span.more", {},
      el("span", {}, mark(site.coverage), word(`coverage.${site.coverage}`)),
      el("span", {}, icon(site.category), kind(site)), el("span", {}, headcount(site.workers)),
      site.needs_own_union ? el("strong", {}, word("site.needs_own_union")) : null)));
  }
}

function far(metres, bearing) {
  return metres === 0 ? word("nearby.inside")
    : `${distance(metres)} ${bearing === undefined ? "" : direction(bearing)}`;
}
