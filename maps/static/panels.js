// The panels that the server makes for the state of the page.
import { change, state } from "antu/address.js";
import { rooted } from "antu/data.js";
import { load } from "antu/fragments.js";
import { boxOf } from "antu/source.js";
import { serialise } from "antu/state.js";

// Lists to choose from in panels are written into the address; what is usual is not said there.
export function startChoices() {
  document.getElementById("panel").addEventListener("change", ({ target }) => {
    const { choice } = target.dataset;
    if (choice) change({ [choice]: target.value });
  });
}

// Where a panel is asked for: with the named values of the state, and the box of the map where only
// what it shows is wanted.
export function addressOf(path, names, map, more = {}) {
  const query = new URLSearchParams(serialise(state(), names));
  if (state().area === "view") query.set("bbox", boxOf(map.getBounds()));
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  return rooted(query.size ? `${path}?${query}` : path);
}

// Fill a panel; who was at one of its controls stays there. Tells whether this filled it well.
export async function fill(address, target) {
  const { choice, sort } = document.activeElement?.dataset ?? {};
  if (!await load(address, target)) return false;
  if (choice) target.querySelector(`[data-choice=${choice}]`)?.focus();
  if (sort) target.querySelector(`[data-sort=${sort}]`)?.focus();
  return !target.querySelector(".failed");
}
