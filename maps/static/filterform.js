// The filters above the map and the search: forms that write the address, and follow it.
import { change, onChange, state } from "antu/address.js";
import { data } from "antu/data.js";
import { looksLikePlace } from "antu/place.js";
import { REPEATED } from "antu/state.js";
import { word } from "antu/words.js";

const TYPED = ["min_workers", "max_workers"];
// Each is a box of its own; its value is what it asks for.
const FLAGS = ["needs_own_union", "unknown_workers", "outside"];
const NARROWING = [...REPEATED, ...TYPED, ...FLAGS, "q"];
const HEADCOUNT = [...TYPED, "unknown_workers"];
const phone = matchMedia("(max-width: 720px)");

export function startFilterForm() {
  const form = document.getElementById("filters");
  const search = document.getElementById("search");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", (event) => {
    if (event.target.name && form.reportValidity()) change(read(form));
  });
  search.addEventListener("submit", (event) => {
    event.preventDefault();
    const q = search.elements.q.value.trim();
    if (looksLikePlace(q)) findPlace(q);
    else change({ q, ...(q ? { tab: "sites" } : {}) });
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
  startOpeners(form, search);
  const show = () => write(form, search, state());
  onChange(show);
  document.addEventListener("antu:frame", () => {
    document.getElementById("show-sites").textContent = word("page.show_sites", { n: data.sites });
  });
  show();
}

// Coordinates are found where they are typed for, instead of what was searched for before.
function findPlace(text) {
  const form = document.getElementById("place");
  change({ tab: "nearby", q: null });
  form.elements.text.value = text;
  form.requestSubmit();
}

// On a phone search and filters, time among them, are called by two buttons.
function startOpeners(form, search) {
  const openers = { search: [search, "open-search"], filters: [form, "open-filters"] };
  const open = (name, yes) => {
    const [what, id] = openers[name];
    const button = document.getElementById(id);
    document.body.classList.toggle(`${name}-open`, yes);
    button.setAttribute("aria-expanded", String(yes));
    if (yes) what.querySelector("input:not(.unseen), button, summary").focus();
    else button.focus();
  };
  for (const name of Object.keys(openers)) {
    const button = document.getElementById(openers[name][1]);
    button.addEventListener("click", () => open(name, button.getAttribute("aria-expanded") !== "true"));
  }
  document.getElementById("close-filters").addEventListener("click", () => open("filters", false));
  document.getElementById("show-sites").addEventListener("click", () => open("filters", false));
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.classList.contains("filters-open")) open("filters", false);
  });
  const time = document.getElementById("time");
  const place = () => (phone.matches ? form.querySelector(".sheet-head") : search).after(time);
  phone.addEventListener("change", place);
  place();
}

function read(form) {
  const values = Object.fromEntries(REPEATED.map((name) => [name,
    [...form.querySelectorAll(`[name=${name}]:checked`)].map((box) => box.value)]));
  // A browser takes 1e3 and 025 for numbers too; the address has them written out.
  TYPED.forEach((name) => { values[name] = form.elements[name].value && form.elements[name].valueAsNumber; });
  FLAGS.forEach((name) => { values[name] = form.elements[name].checked ? form.elements[name].value : null; });
  values.on = form.elements.on.value === today() ? null : form.elements.on.value;
  return values;
}

function write(form, search, now) {
  for (const name of REPEATED) {
    form.querySelectorAll(`[name=${name}]`).forEach((box) => {
      box.checked = (now[name] ?? []).includes(box.value);
    });
    count(name, (now[name] ?? []).length);
  }
  TYPED.forEach((name) => { form.elements[name].value = now[name] ?? ""; });
  FLAGS.forEach((name) => { form.elements[name].checked = Boolean(now[name]) && now[name] !== "false"; });
  form.elements.outside.value = now.outside ?? "";
  document.getElementById("outside").hidden = !now.outside;
  form.elements.on.value = now.on ?? today();
  count("headcount", HEADCOUNT.filter((name) => now[name]).length);
  count("on", now.on ? 1 : 0);
  search.elements.q.value = now.q ?? "";
  const large = document.getElementById("large");
  large.setAttribute("aria-pressed", String(now.min_workers === large.dataset.least));
  const narrowing = NARROWING.filter((name) => now[name]);
  document.getElementById("clear").hidden = !narrowing.length;
  badge(document.getElementById("filters-set"), narrowing.filter((name) => name !== "q").length);
}

function today() {
  return document.getElementById("time").dataset.days.split(" ").at(-1);
}

function count(name, n) {
  badge(document.querySelector(`[data-count=${name}]`), n);
}

function badge(place, n) {
  place.textContent = n;
  place.hidden = n === 0;
}
