// Loading a file: upload, look, correct, load. What is known of it is the server's; the page shows
// it, and asks again while it is being worked on.
import { answer, reason } from "antu/ask.js";
import { showBatches } from "antu/batches.js";
import { data, rooted } from "antu/data.js";
import { el } from "antu/dom.js";
import { asked, fillForm, onFrame } from "antu/loadform.js";
import { leftOut, showResult } from "antu/loadresult.js";
import { word } from "antu/words.js";

const POLL_MS = 400;
const id = (name) => document.getElementById(name);
const part = (name, shown) => { id(name).hidden = !shown; };
let current = null;
let polling = 0;
// What is on its way to the server, and may have to be sent again.
let sending = null;

export function start() {
  showBatches(say).then(() => { document.documentElement.dataset.ready = "yes"; });
  if (!id("choose")) return;
  const input = id("file");
  input.addEventListener("change", () => input.files[0] && upload(input.files[0]));
  acceptDrops(id("drop"));
  id("another").addEventListener("click", () => leave());
  id("form").elements.crs.addEventListener("change", () => onFrame(id("form")));
  id("form").addEventListener("submit", (event) => { event.preventDefault(); check(asked(id("form"))); });
  id("form").elements.saved.addEventListener("change", (event) => check({ saved: event.target.value, mapping: {} }));
  id("commit").addEventListener("click", commit);
  id("accept-good").addEventListener("change", (event) => check({ ...asked(id("form")), accept_good: event.target.checked }));
  const known = location.hash.slice(1);
  if (/^[\w-]{22}$/.test(known)) follow(known);
}

function acceptDrops(target) {
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      target.classList.toggle("over", name === "dragover");
      if (name === "drop") take(event.dataTransfer.files);
    });
  }
}

function take(files) {
  if (current?.status === "loading") return;
  if (files.length === 1) upload(files[0]);
  if (files.length < 2) return;
  begin([...files].map(({ name }) => name).join(", "));
  fail({ message: word("load.one_file") });
}

function upload(file) {
  if (file.size > data.maxUploadMb * 2 ** 20) {
    begin(file.name);
    return fail({ message: word("load.too_large", { n: data.maxUploadMb }) });
  }
  begin(file.name);
  sending = file;
  const form = new FormData();
  form.append("kind", document.querySelector("[name=kind]:checked").value);
  form.append("file", file);
  const request = new XMLHttpRequest();
  request.open("POST", rooted("/api/imports"));
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    const percent = Math.round(event.loaded / event.total * 100);
    progress(percent, 100, word("load.uploading", { percent: `${percent}%` }));
  });
  request.addEventListener("load", () => {
    sending = null;
    if (request.status !== 201) return fail({ message: request.response?.detail ?? request.statusText });
    history.replaceState(null, "", `#${request.response.id}`);
    return show(request.response);
  });
  request.addEventListener("error", () => fail({ message: word("load.cut_off") }));
  request.send(form);
  return undefined;
}

function begin(name) {
  clearTimeout(polling);
  current = null;
  sending = null;
  part("choose", false);
  part("import", true);
  for (const name of ["failed", "done", "understood", "result"]) part(name, false);
  id("file-name").textContent = name;
  id("file-name").focus();
  progress(null, null, word("load.waiting"));
}

function leave() {
  clearTimeout(polling);
  current = null;
  history.replaceState(null, "", location.pathname + location.search);
  id("file").value = "";
  part("import", false);
  part("choose", true);
  id("file").focus();
}

async function follow(known) {
  begin("");
  try {
    show(await answer(rooted(`/api/imports/${known}`)));
  } catch (error) {
    fail({ message: error.status === 404 ? word("load.gone") : reason(error) });
  }
}

async function check(changes) {
  await change("PATCH", rooted(`/api/imports/${current.id}`), changes);
}

async function commit() {
  await change("POST", rooted(`/api/imports/${current.id}/commit`));
}

async function change(method, address, body) {
  clearTimeout(polling);
  for (const name of ["failed", "result"]) part(name, false);
  progress(null, null, word("load.waiting"));
  try {
    show(await answer(address, { method, body }));
  } catch (error) {
    if (error.status === 409 && await hasMovedOn()) say(error.message);
    else fail(error);
  }
}

// Whether the file is further than this page knew, as where another tab has gone on with it.
async function hasMovedOn() {
  const before = current.status;
  const state = await answer(rooted(`/api/imports/${current.id}`)).catch(() => null);
  if (!state || state.status === before) return false;
  show(state);
  return true;
}

function show(state) {
  const before = current?.status;
  current = state;
  id("file-name").textContent = state.file_name;
  const busy = state.status === "checking" || state.status === "loading";
  part("progress", busy);
  part("failed", state.status === "failed");
  part("done", state.status === "loaded");
  part("understood", Boolean(state.file) && state.status !== "loading" && state.status !== "loaded");
  part("result", state.status === "checked");
  // What is said meanwhile would be overwritten by what the check finds.
  id("form").inert = busy;
  if (busy) {
    const { step, rows, total } = state.progress;
    progress(rows, total, step ? word(`load.step.${step}`, { n: rows }) : word("load.waiting"));
    polling = setTimeout(poll, POLL_MS);
  }
  if (state.file && before !== state.status) fillForm(id("form"), state, (crs) => check({ crs }));
  if (state.status === "checked") {
    showResult(state);
    if (before !== "checked") say(id("counts").dataset.said);
  }
  if (state.status === "failed") fail(state.error);
  if (state.status === "loaded") finish(state);
}

async function poll() {
  try {
    show(await answer(rooted(`/api/imports/${current.id}`)));
  } catch (error) {
    if (error.status) return fail(error);
    // The work goes on without us, or is said to be interrupted once the server is back.
    progress(null, null, word("load.out_of_reach"));
    polling = setTimeout(poll, POLL_MS * 5);
  }
}

function progress(value, total, said) {
  part("progress", true);
  const bar = id("bar");
  if (total) Object.assign(bar, { max: total, value });
  else bar.removeAttribute("value");
  id("progress-said").textContent = said;
}

function fail(error) {
  part("progress", false);
  part("failed", true);
  const problems = problemsOf(error).filter((each) => each.reason !== error.message);
  const again = retry(error);
  id("failed").replaceChildren(
    el("h3", {}, word("load.failed")),
    el("p", {}, reason(error)),
    ...problems.length ? [el("ul", {}, ...problems.map((each) => el("li", {}, each.reason)))] : [],
    ...again ? [el("button.button", { type: "button", click: again }, word("load.again"))] : [],
  );
}

// What can be tried once more as it was: what is wrong with the file itself cannot.
function retry(error) {
  if (sending) return () => upload(sending);
  return current && error.status !== 404 && !problemsOf(error).length ? () => check({}) : null;
}

function problemsOf(error) {
  return error.problems ?? [];
}

function finish(state) {
  const { report } = state;
  const said = word("load.done", { batch: String(report.batch) });
  id("done").replaceChildren(
    el("h3", {}, said),
    el("p", {}, word("load.counts", report)),
    el("p", {}, leftOut(report)),
    el("p.buttons", {},
      el("a.button.primary", { href: rooted("/") }, word("load.map")),
      report.refused === 0 ? null : el("a.button", { href: rooted(`/api/imports/${state.id}/refused`), download: "" }, word("load.rejects"))),
  );
  say(`${said}. ${word("load.counts", report)}`);
  showBatches(say);
}

function say(text) {
  id("said").textContent = text;
}
