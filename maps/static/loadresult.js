// What would become of the rows: counts, what is wrong, and where the first of them lie.
import { data, rooted } from "antu/data.js";
import { el } from "antu/dom.js";
import { colour, onTheme } from "antu/theme.js";
import { number, word } from "antu/words.js";

const SHOWN_ROWS = 8;
const SHOWN_PROBLEMS = 50;
const id = (name) => document.getElementById(name);
let map = null;
let drawn = null;

export function showResult(state) {
  const { report } = state;
  showCounts(report);
  const blocked = report.refused > 0 && !state.asked.accept_good;
  const changes = report.added + report.updated;
  id("blocked").hidden = !blocked && changes > 0;
  id("blocked").textContent = blocked ? word("load.blocked", { n: report.refused }) : word("load.commit.nothing");
  id("accept-line").hidden = report.refused === 0;
  id("accept-good").checked = state.asked.accept_good;
  id("commit").disabled = blocked || changes === 0;
  id("refused").hidden = report.refused === 0;
  id("unmapped").textContent = leftOut(report);
  id("refused").href = rooted(`/api/imports/${state.id}/refused`);
  showSaid("problems", word("load.problems"), report.problems, report.n_problems);
  showSaid("notes", word("load.notes"), report.notes, report.n_notes);
  showRows(report.sample.features, state.fields);
  showMap(report.sample);
}

// The columns that no field was taken from: what they hold is not in the directory.
export function leftOut({ unmapped }) {
  return unmapped.length ? word("load.unmapped", { columns: unmapped.join(", ") }) : "";
}

function showCounts(report) {
  const counts = id("counts");
  counts.dataset.said = word("load.counts", report);
  counts.replaceChildren(...["read", "added", "updated", "unchanged", "refused"].map((name) =>
    el("div", {}, el("dt", {}, word(`load.${name}`)), el("dd", {}, number(report[name])))));
}

function showSaid(place, title, said, all) {
  if (!said.length) return id(place).replaceChildren();
  const rows = said.slice(0, SHOWN_PROBLEMS).map((each) => el("li", {},
    el("strong", {}, each.row === undefined ? word("load.file") : word("load.row", { row: String(each.row) })),
    ` ${each.field && Object.hasOwn(data.words, `field.${each.field}`) ? `${data.words[`field.${each.field}`]}: ` : ""}${each.reason}`));
  const hidden = all - rows.length;
  return id(place).replaceChildren(
    el("details", { open: place === "problems" },
      el("summary", {}, `${title} (${number(all)})`),
      el("ul.said", {}, ...rows),
      hidden > 0 ? el("p.quiet", {}, word("load.more", { n: hidden })) : null),
  );
}

function showRows(features, fields) {
  const first = features.slice(0, SHOWN_ROWS);
  const names = fields.filter((name) => first.some(({ properties }) => name in properties));
  id("rows").replaceChildren(
    el("thead", {}, el("tr", {}, ...names.map((name) => el("th", { scope: "col" }, word(`field.${name}`))))),
    el("tbody", {}, ...first.map(({ properties }) =>
      el("tr", {}, ...names.map((name) => el("td", {}, shown(name, properties[name])))))),
  );
}

function shown(name, value) {
  if (value === null || value === undefined) return "–";
  if (name === "category") return word(`category.${value}`);
  if (name === "kind") return word(`union.${value}`);
  return typeof value === "number" ? number(value) : String(value);
}

function showMap(sample) {
  const located = sample.features.filter((feature) => feature.geometry);
  id("sample-map").hidden = !located.length;
  id("map-said").textContent = located.length
    ? word("load.preview.map", { n: located.length }) : word("load.preview.no_map");
  if (!located.length) return;
  map ??= createMap();
  drawn?.remove();
  const style = { color: colour("accent"), weight: 2, fillOpacity: 0.25 };
  drawn = L.geoJSON({ type: "FeatureCollection", features: located }, {
    style: ({ geometry }) => (geometry.type === "Point" ? {} : style),
    pointToLayer: (feature, place) => L.circleMarker(place, { ...style, radius: 5, fillOpacity: 0.7, weight: 1 }),
    onEachFeature: (feature, layer) => layer.bindTooltip(el("span", {}, feature.properties.name ?? "")),
  }).addTo(map);
  map.invalidateSize();
  map.fitBounds(drawn.getBounds().pad(0.1), { animate: false, maxZoom: 14 });
}

function createMap() {
  const made = L.map("sample-map", { attributionControl: false, minZoom: 2, maxZoom: 18, zoomSnap: 0.25 });
  const below = data.divisions && L.geoJSON(data.divisions, { interactive: false }).addTo(made);
  const paint = () => {
    below?.setStyle({ color: colour("boundary"), weight: 1, fillColor: colour("land"), fillOpacity: 1 });
    drawn?.setStyle({ color: colour("accent") });
  };
  paint();
  onTheme(paint);
  return made;
}
