// The state of the page as its address, written as maps/address.py writes it. Pure: no window.
export const FILTERS = ["adcode", "category", "coverage", "grade", "needs_own_union", "min_workers",
  "max_workers", "unknown_workers", "outside", "q", "on"];
export const CHOICES = ["tab", "layer", "over", "opacity", "lon", "lat", "zoom", "at", "site", "sort",
  "rank", "unit", "area", "density", "lang", "title"];
export const REPEATED = ["category", "coverage", "grade"];
const NAMES = [...FILTERS, ...CHOICES];

// { name: text, or list of texts where a name may repeat }; what is empty is not there.
export function parse(search) {
  const query = new URLSearchParams(search);
  const state = {};
  for (const name of NAMES) {
    const values = [...new Set(query.getAll(name).filter((value) => value !== ""))];
    if (values.length) state[name] = REPEATED.includes(name) ? values : values.at(-1);
  }
  return state;
}

// "?name=value..." in the order of the names, or "".
export function serialise(state, names = NAMES) {
  const query = new URLSearchParams();
  for (const name of NAMES.filter((each) => names.includes(each))) {
    for (const value of [state[name] ?? []].flat()) if (value !== "") query.append(name, value);
  }
  return query.size ? `?${query}` : "";
}

// With other values; null, "" or an empty list drops a name.
export function changed(state, changes) {
  const next = { ...state };
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value.length === 0) delete next[name];
    else next[name] = Array.isArray(value) ? value.map(String) : String(value);
  }
  return parse(serialise(next));
}

// Where a state looks at: { centre: [lat, lon], zoom }, or null where it does not say.
export function placeOf({ lon, lat, zoom }) {
  const numbers = [lat, lon, zoom].map((text) => (text ? Number(text) : NaN));
  return numbers.every(Number.isFinite) ? { centre: numbers.slice(0, 2), zoom: numbers[2] } : null;
}

// The filters of a state as one text, to tell whether anything that is counted has changed.
export function filtersOf(state) {
  return serialise(state, FILTERS);
}
