// The table of sites: asked for when it is looked at, and page by page.
import { state } from "antu/address.js";
import { fetched, load, parsed } from "antu/fragments.js";
import { pointAt } from "antu/map.js";
import { FILTERS, serialise } from "antu/state.js";

const SHAPED_BY = [...FILTERS, "sort", "lang"];

export function startListing(map) {
  const target = document.getElementById("sites-live");
  let shown = null;
  target.addEventListener("click", (event) => {
    const more = event.target.closest(".more-rows");
    if (more) append(target, more);
  });
  const point = (event) => {
    const row = event.target.closest("tr[data-lon]");
    pointAt(map, row?.dataset.lat ? [row.dataset.lat, row.dataset.lon] : null);
  };
  target.addEventListener("mouseover", point);
  target.addEventListener("focusin", point);
  target.addEventListener("mouseleave", () => pointAt(map, null));
  return {
    show() {
      const address = `/panels/sites${serialise(state(), SHAPED_BY)}`;
      if (target.closest("section").hidden || shown === address) return;
      const sorted = document.activeElement?.dataset?.sort;
      shown = address;
      load(address, target).then((done) => {
        if (done && target.querySelector(".failed")) shown = null;
        if (done && sorted) target.querySelector(`[data-sort=${sorted}]`)?.focus();
      });
    },
  };
}

async function append(target, more) {
  more.disabled = true;
  const query = serialise(state(), SHAPED_BY);
  try {
    const text = await fetched(`/panels/sites${query}${query ? "&" : "?"}after=${more.dataset.after}`, more);
    if (text === null) return;
    const rows = parsed(text).find((node) => node.querySelector).querySelector("tbody");
    const first = rows.querySelector("a");
    target.querySelector("tbody").append(...rows.children);
    first?.focus({ preventScroll: true });
    more.dataset.after = rows.dataset.next;
    if (!rows.dataset.next) more.remove();
  } finally {
    more.disabled = false;
  }
}
