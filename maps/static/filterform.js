// The filters above the map and the search: forms that write the address, and follow it.
import { change, onChange, state } from "antu/address.js";

const CHECKED = ["category", "coverage", "grade"];
const TYPED = ["min_workers", "max_workers"];
const NARROWING = [...CHECKED, ...TYPED, "needs_own_union", "q"];

export function startFilterForm() {
  const form = document.getElementById("filters");
  const search = document.getElementById("search");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => form.reportValidity() && change(read(form)));
  search.addEventListener("submit", (event) => {
    event.preventDefault();
    const q = search.elements.q.value.trim();
    change({ q, ...(q ? { tab: "sites" } : {}) });
  });
  // The cross in the field empties it, and that means all sites again.
  search.elements.q.addEventListener("search", () => {
    if (!search.elements.q.value && state().q) change({ q: null });
  });
  const large = document.getElementById("large");
  large.addEventListener("click", () => {
    const { least } = large.dataset;
    change({ min_workers: state().min_workers === least ? null : least });
  });
  document.getElementById("clear").addEventListener("click", () => {
    change(Object.fromEntries(NARROWING.map((name) => [name, null])));
    form.querySelector("summary").focus();
  });
  startClosing(form);
  const tools = document.getElementById("tools");
  tools.addEventListener("click", () => {
    tools.setAttribute("aria-expanded", String(document.body.classList.toggle("tools-open")));
  });
  const show = () => write(form, search, state());
  onChange(show);
  show();
}

function read(form) {
  const values = Object.fromEntries(CHECKED.map((name) => [name,
    [...form.querySelectorAll(`[name=${name}]:checked`)].map((box) => box.value)]));
  TYPED.forEach((name) => { values[name] = form.elements[name].value; });
  values.needs_own_union = form.elements.needs_own_union.checked ? "true" : null;
  return values;
}

function write(form, search, now) {
  for (const name of CHECKED) {
    form.querySelectorAll(`[name=${name}]`).forEach((box) => {
      box.checked = (now[name] ?? []).includes(box.value);
    });
    count(form, name, (now[name] ?? []).length);
  }
  TYPED.forEach((name) => { form.elements[name].value = now[name] ?? ""; });
  count(form, "headcount", TYPED.filter((name) => now[name]).length);
  form.elements.needs_own_union.checked = now.needs_own_union === "true";
  search.elements.q.value = now.q ?? "";
  const large = document.getElementById("large");
  large.setAttribute("aria-pressed", String(now.min_workers === large.dataset.least));
  document.getElementById("clear").hidden = !NARROWING.some((name) => now[name]);
}

function count(form, name, n) {
  const badge = form.querySelector(`[data-count=${name}]`);
  badge.textContent = n;
  badge.hidden = n === 0;
}

// A list of choices closes with Escape, or when something else is touched.
function startClosing(form) {
  const close = (but) => form.querySelectorAll("details[open]").forEach((each) => {
    if (each !== but) each.open = false;
  });
  document.addEventListener("pointerdown", (event) => close(event.target.closest(".filter")));
  form.addEventListener("keydown", (event) => {
    const open = event.target.closest("details[open]");
    if (event.key !== "Escape" || !open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });
}

