// What was loaded, the last first, each with its undo.
import { answer, ask, reason } from "antu/ask.js";
import { rooted } from "antu/data.js";
import { el } from "antu/dom.js";
import { number, word } from "antu/words.js";

const COLUMNS = ["added", "updated", "unchanged", "refused"];
const SHOWN = 50;

export async function showBatches(say, limit = SHOWN) {
  const place = document.getElementById("batches");
  const batches = await answer(rooted(`/api/batches?limit=${limit}`)).catch((error) => error);
  if (batches instanceof Error) return place.replaceChildren(el("p", {}, reason(batches)));
  if (!batches.length) return place.replaceChildren(el("p.quiet", {}, word("batches.none")));
  const heading = ["batches.number", "batches.when", "load.file", "load.kind"].map((key) => word(key));
  return place.replaceChildren(
    el("table.plain-table", {},
      el("thead", {}, el("tr", {},
        ...heading.map((text) => el("th", { scope: "col" }, text)),
        ...COLUMNS.map((name) => el("th.figure", { scope: "col" }, word(`load.${name}`))),
        el("td", {}))),
      el("tbody", {}, ...batches.map((batch) => row(batch, say)))),
    ...batches.length === limit && limit < 1000
      ? [el("button.link", { type: "button", click: () => showBatches(say, Math.min(1000, limit * 4)) }, word("batches.earlier"))]
      : [],
  );
}

function row(batch, say) {
  const when = new Date(batch.loaded_at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  return el("tr", {},
    el("th", { scope: "row" }, number(batch.id)),
    el("td", {}, el("time", { datetime: batch.loaded_at }, when)),
    el("td", {}, batch.file_name),
    el("td", {}, word(`load.kind.${batch.kind}`)),
    ...COLUMNS.map((name) => el("td.figure", {}, number(batch[name]))),
    batch.undone_at ? el("td", {}, word("batches.undone")) : undoCell(batch, say));
}

// Asked twice, in place: what is taken back is gone from the map at once.
function undoCell(batch, say) {
  const cell = el("td.undo", {});
  const offer = () => cell.replaceChildren(el("button.link", {
    type: "button", click: confirm, "aria-label": `${word("batches.undo")} ${batch.id}`,
  }, word("batches.undo")));
  const confirm = () => {
    const sure = el("button.link", { type: "button", click: undo }, word("batches.undo.sure", { batch: String(batch.id) }));
    const keep = () => { offer(); cell.firstChild.focus(); };
    cell.replaceChildren(sure, el("button.link", { type: "button", click: keep }, word("batches.keep")));
    sure.focus();
  };
  const undo = async () => {
    try {
      await ask(rooted(`/api/batches/${batch.id}/undo`), { method: "POST" });
    } catch (error) {
      cell.replaceChildren(el("p.problem", { role: "alert" }, reason(error)),
        el("ul", {}, ...(error.problems ?? []).slice(0, 5).map((each) => el("li", {}, each.reason))));
      return;
    }
    await showBatches(say);
    document.getElementById("batches-title").focus();
    say(word("batches.undone.now", { batch: String(batch.id) }));
  };
  offer();
  return cell;
}
