// What a file was understood as, and what the clerk says of it instead.
import { answer } from "antu/ask.js";
import { rooted } from "antu/data.js";
import { el } from "antu/dom.js";
import { number, word } from "antu/words.js";

const CHOICES = ["category", "union_kind", "level", "ranges", "layer", "heading_row", "encoding", "save_as"];
const FRAMES = ["wgs84", "gcj02", "bd09", "swapped"];
const OTHER = "epsg";
const id = (name) => document.getElementById(name);

export function fillForm(form, state, takeFrame) {
  showFacts(state.file);
  showWarning(state.mapping, takeFrame);
  for (const line of form.querySelectorAll("[data-kind]")) {
    line.hidden = !line.dataset.kind.split(" ").includes(state.kind);
  }
  showLayers(form.elements.layer, state.file);
  id("heading-line").hidden = !(state.file.heading_row || state.asked.heading_row);
  form.elements.heading_row.placeholder = state.file.heading_row ?? "";
  for (const name of CHOICES) choose(form.elements[name], state.asked[name] || "");
  chooseFrame(form, state.asked.crs ?? "");
  showMapping(form, state);
  showSaved(form, state);
  showWrong(form, state.error?.problems ?? []);
}

// All that the form says: fields without a column are said to have none.
export function asked(form) {
  const mapping = {};
  for (const select of form.querySelectorAll("[data-field]")) mapping[select.dataset.field] = select.value;
  const said = Object.fromEntries(CHOICES.map((name) => [name, form.elements[name].value]));
  if (!said.ranges) delete said.ranges;
  said.heading_row = Number(said.heading_row || 0);
  said.crs = form.elements.crs.value === OTHER ? form.elements.epsg.value : form.elements.crs.value;
  return { ...said, mapping };
}

// The number of another frame is asked for once it is wanted.
export function onFrame(form) {
  id("epsg-line").hidden = form.elements.crs.value !== OTHER;
}

function choose(control, value) {
  if (control.tagName === "SELECT" && ![...control.options].some((option) => option.value === value)) {
    control.append(el("option", { value }, value));
  }
  control.value = value;
}

function chooseFrame(form, crs) {
  const { crs: control, epsg } = form.elements;
  const known = [...control.options].some((option) => option.value === crs);
  control.value = known ? crs : OTHER;
  if (!known) epsg.value = crs;
  onFrame(form);
}

function showLayers(control, file) {
  const layers = file.layers ?? [];
  id("layer-line").hidden = layers.length < 2;
  control.replaceChildren(
    el("option", { value: "" }, file.layer ?? word("load.layer.choose")),
    ...layers.filter((layer) => layer !== file.layer).map((layer) => el("option", { value: layer }, layer)),
  );
  if (file.layer) control.append(el("option", { value: file.layer, hidden: true }, file.layer));
}

function showFacts(file) {
  const facts = [
    ["load.format", file.format],
    ["load.encoding", file.encoding],
    ["load.layer", file.layer],
    ["load.heading_row", file.heading_row && number(file.heading_row)],
    ["load.crs", file.crs && frame(file.crs)],
  ];
  id("facts").replaceChildren(
    ...facts.filter(([, value]) => value).flatMap(([key, value]) => [el("dt", {}, word(key)), el("dd", {}, value)]),
  );
}

function frame(crs) {
  return FRAMES.includes(crs) ? word(`frame.${crs}`) : crs;
}

function showWarning(mapping, takeFrame) {
  const place = id("warning");
  place.hidden = !mapping?.warning;
  if (place.hidden) return;
  const better = mapping.better_crs;
  place.replaceChildren(
    el("p", {}, mapping.warning),
    el("button.button", { type: "button", click: () => takeFrame(better === "swapped" ? "auto" : better) },
      word("load.better.take", { better: frame(better) })),
  );
}

function showMapping(form, state) {
  const held = state.mapping?.columns ?? state.asked.mapping;
  const columns = state.file.columns ?? [];
  id("columns").hidden = !columns.length;
  const fields = state.fields.filter((field) => field !== "geometry" || !state.file.has_geometry);
  const example = (column) => {
    const place = columns.indexOf(column);
    return (state.file.rows ?? []).map((row) => row[place]).find((cell) => cell) ?? "";
  };
  const rows = columns.length ? fields.map((field) => {
    const name = word(`field.${field}`);
    const shown = el("td.example", {}, example(held[field]));
    const select = el("select", {
      "data-field": field,
      "aria-label": `${word("load.column")}: ${name}`,
      change: () => { shown.textContent = example(select.value); },
    },
    el("option", { value: "" }, word("load.column.none")),
    ...columns.map((column) => el("option", { value: column, selected: held[field] === column }, column)));
    return el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, select), shown);
  }) : [];
  form.querySelector("#mapping tbody").replaceChildren(...rows);
}

// Where the file cannot be taken for want of something, the control that says it is pointed at.
function showWrong(form, problems) {
  const named = new Set(problems.map(({ field }) => (field === "kind" ? "union_kind" : field)));
  const wrong = [...form.querySelectorAll("select, input")].filter((control) =>
    named.has(control.dataset.field ?? control.name));
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  for (const control of wrong) control.setAttribute("aria-invalid", "true");
  wrong.find((control) => control.checkVisibility())?.focus();
}

async function showSaved(form, state) {
  const kept = await answer(rooted(`/api/mappings?kind=${state.kind}`)).catch(() => []);
  id("saved-line").hidden = !kept.length;
  const chosen = state.asked.saved ?? "";
  form.elements.saved.replaceChildren(
    el("option", { value: "" }, word("load.column.none")),
    ...kept.map(({ name }) => el("option", { value: name, selected: name === chosen }, name)),
  );
}
