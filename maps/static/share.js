// Sharing: the link, the code to embed with a preview, figures and files of what is chosen.
import { onChange, state } from "antu/address.js";
import { layerOf, rooted } from "antu/data.js";
import { el } from "antu/dom.js";
import { copy } from "antu/fragments.js";
import { boxOf } from "antu/source.js";
import { changed, FILTERS, serialise } from "antu/state.js";
import { word } from "antu/words.js";

const NOT_EMBEDDED = Object.fromEntries(
  ["tab", "site", "at", "sort", "rank", "unit", "area", "density"].map((name) => [name, null]));

let seen = null;

export function startShare(map) {
  seen = map;
  const section = document.getElementById("share");
  section.addEventListener("click", (event) => {
    const copies = event.target.closest("[data-copy]");
    if (copies) copy(document.getElementById(copies.dataset.copy), copies);
    if (event.target.closest("#embed-show")) preview();
    if (event.target.closest("#print")) window.print();
  });
  section.addEventListener("change", () => write());
  map.on("moveend", () => write());
  onChange(() => write());
  document.addEventListener("antu:frame", () => write());
  write();
}

// What is typed, within what the field allows, as the code says it.
function sizeOf(id) {
  const { value, defaultValue, min, max } = document.getElementById(id);
  return String(Math.max(min, Math.min(max, Math.round(value) || defaultValue)));
}

function write() {
  const { href } = window.location;
  const { view } = layerOf(state().layer);
  document.getElementById("share-link").value = href;
  const [width, height] = ["embed-width", "embed-height"].map(sizeOf);
  const address = new URL(rooted(`/embed/${view}${serialise(changed(state(), NOT_EMBEDDED))}`), href).href;
  const frame = el("iframe", {
    src: address, width, height, loading: "lazy", title: document.getElementById("heading").textContent,
  });
  document.getElementById("share-embed").value = frame.outerHTML;
  document.querySelectorAll("[data-figure]").forEach((link) => {
    const { figure } = link.dataset;
    const query = new URLSearchParams(serialise(state(), [...FILTERS, "layer", "lang", "title"]));
    // A figure shows what the map shows; a file can be moved about, so it holds everything.
    if (figure !== "html") {
      query.set("bbox", boxOf(seen.getBounds()));
      new URLSearchParams(document.getElementById("figure-size").value).forEach((value, name) => query.set(name, value));
    }
    link.href = rooted(`/maps/${view}.${figure}${query.size ? "?" : ""}${query}`);
  });
  document.querySelectorAll("[data-export]").forEach((link) => {
    link.href = rooted(`/api/export/sites.${link.dataset.export}${serialise(state(), FILTERS)}`);
  });
  const shown = document.querySelector("#embed-preview iframe");
  if (!shown) return;
  if (shown.src !== address || shown.width !== width || shown.height !== height) shown.replaceWith(frame);
  fit(Number(width), Number(height));
}

// The preview has the size of the embed, made smaller as a whole where the panel is narrower.
function fit(width, height) {
  const place = document.getElementById("embed-preview");
  const scale = Math.min(1, place.clientWidth / width);
  place.style.height = `${Math.ceil(height * scale)}px`;
  place.firstElementChild.style.transform = `scale(${scale})`;
}

function preview() {
  const place = document.getElementById("embed-preview");
  place.hidden = !place.hidden;
  document.getElementById("embed-show").setAttribute("aria-expanded", String(!place.hidden));
  place.replaceChildren();
  if (place.hidden) return;
  place.append(el("iframe", { title: word("share.preview") }));
  write();
}
