// The table of sites: asked for when it is looked at, and page by page.
import { state } from "antu/address.js";
import { failure, fetched, parsed } from "antu/fragments.js";
import { pointAt } from "antu/map.js";
import { addressOf, fill } from "antu/panels.js";
import { FILTERS } from "antu/state.js";
import { word } from "antu/words.js";

const SHAPED_BY = [...FILTERS, "sort", "lang"];

export function startListing(map) {
  const target = document.getElementById("sites-live");
  let shown = null;
  target.addEventListener("click", (event) => {
    const more = event.target.closest(".more-rows");
    if (more) append(target, more, map);
  });
  const point = (event) => {
    const row = event.target.closest("tr[data-lon]");
    pointAt(map, row?.dataset.lat ? [row.dataset.lat, row.dataset.lon] : null);
  };
  target.addEventListener("mouseover", point);
  target.addEventListener("focusin", point);
  target.addEventListener("mouseleave", () => pointAt(map, null));
  const show = async () => {
    const wanted = addressOf("/panels/sites", SHAPED_BY, map);
    if (target.closest("section").hidden || shown === wanted) return;
    shown = wanted;
    if (!await fill(wanted, target) && shown === wanted) shown = null;
  };
  map.on("moveend", () => state().area === "view" && show());
  return { show };
}

async function append(target, more, map) {
  more.disabled = true;
  try {
    const address = addressOf("/panels/sites", SHAPED_BY, map, { after: more.dataset.after });
    const text = await fetched(address, more);
    // By now the table may be another, with other filters.
    if (text === null || !more.isConnected) return;
    const rows = parsed(text).find((node) => node.querySelector).querySelector("tbody");
    const first = rows.querySelector("a");
    target.querySelector("tbody").append(...rows.children);
    first?.focus({ preventScroll: true });
    more.dataset.after = rows.dataset.next;
    if (!rows.dataset.next) more.remove();
  } catch (error) {
    const failed = failure(word("state.panel_failed"), error, () => {
      failed.replaceWith(more);
      append(target, more, map);
    });
    more.replaceWith(failed);
  } finally {
    more.disabled = false;
  }
}
