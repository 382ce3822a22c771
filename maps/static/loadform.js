// What a file was understood as, and what the clerk says of it instead.
import { el } from "antu/dom.js";
import { number, word } from "antu/words.js";

const CHOICES = ["category", "union_kind", "level", "crs", "ranges", "layer", "encoding", "save_as"];

export function fillForm(form, state, takeFrame) {
  showFacts(state.file);
  showWarning(state.mapping, takeFrame);
  for (const line of form.querySelectorAll("[data-kind]")) {
    line.hidden = !line.dataset.kind.split(" ").includes(state.kind);
  }
  for (const name of CHOICES) choose(form.elements[name], state.asked[name] ?? "");
  showMapping(form, state);
  showSaved(form, state);
}

// All that the form says: fields without a column are said to have none.
export function asked(form) {
  const mapping = {};
  for (const select of form.querySelectorAll("[data-field]")) mapping[select.dataset.field] = select.value;
  const said = Object.fromEntries(CHOICES.map((name) => [name, form.elements[name].value]));
  if (!said.ranges) delete said.ranges;
  return { ...said, mapping };
}

function choose(control, value) {
  if (control.tagName === "SELECT" && ![...control.options].some((option) => option.value === value)) {
    control.append(el("option", { value }, value));
  }
  control.value = value;
}

function showFacts(file) {
  const facts = [
    ["load.format", file.format],
    ["load.encoding", file.encoding],
    ["load.layer", file.layer],
    ["load.heading_row", file.heading_row && number(file.heading_row)],
    ["load.crs", frame(file.crs)],
  ];
  document.getElementById("facts").replaceChildren(
    ...facts.filter(([, value]) => value).flatMap(([key, value]) => [el("dt", {}, word(key)), el("dd", {}, value)]),
  );
}

function frame(crs) {
  return ["wgs84", "gcj02", "bd09", "swapped"].includes(crs) ? word(`frame.${crs}`) : crs;
}

function showWarning(mapping, takeFrame) {
  const place = document.getElementById("warning");
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
  const columns = state.file.columns;
  const fields = state.fields.filter((field) => field !== "geometry" || !state.file.has_geometry);
  const rows = fields.map((field) => {
    const name = word(`field.${field}`);
    const select = el("select", { "data-field": field, "aria-label": `${word("load.column")}: ${name}` },
      el("option", { value: "" }, word("load.column.none")),
      ...columns.map((column) => el("option", { value: column, selected: held[field] === column }, column)));
    return el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, select));
  });
  form.querySelector("#mapping tbody").replaceChildren(...rows);
  const unmapped = state.mapping?.unmapped ?? [];
  document.getElementById("unmapped").textContent = unmapped.length
    ? word("load.unmapped", { columns: unmapped.join(", ") }) : "";
}

async function showSaved(form, state) {
  const answer = await fetch(`/api/mappings?kind=${state.kind}`);
  const kept = answer.ok ? await answer.json() : [];
  document.getElementById("saved-line").hidden = !kept.length;
  const chosen = state.asked.saved ?? "";
  form.elements.saved.replaceChildren(
    el("option", { value: "" }, word("load.column.none")),
    ...kept.map(({ name }) => el("option", { value: name, selected: name === chosen }, name)),
  );
}
