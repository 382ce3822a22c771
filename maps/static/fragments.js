// Fragments of the page from the server: asked for, put in place, and what is said meanwhile.
import { ask, reason } from "antu/ask.js";
import { el } from "antu/dom.js";
import { word } from "antu/words.js";

const asked = new WeakMap();

// Text of an address; a newer question to the same target makes an older one void (null).
export async function fetched(address, target) {
  asked.get(target)?.abort();
  const controller = new AbortController();
  asked.set(target, controller);
  try {
    return await (await ask(address, { signal: controller.signal })).text();
  } catch (error) {
    if (controller.signal.aborted) return null;
    throw error;
  }
}

// Fill an element with a fragment; says that it waits, and if it failed what and how to go on.
export async function load(address, target) {
  target.setAttribute("aria-busy", "true");
  if (!target.childElementCount) target.replaceChildren(skeleton());
  try {
    const text = await fetched(address, target);
    if (text === null) return false;
    target.replaceChildren(...parsed(text));
  } catch (error) {
    target.replaceChildren(failure(word("state.panel_failed"), error, () => load(address, target)));
  }
  target.removeAttribute("aria-busy");
  return true;
}

// The nodes of a fragment; scripts in it would not run, and there are none.
export function parsed(text) {
  return [...new DOMParser().parseFromString(text, "text/html").body.childNodes];
}

// Grey lines that the style sheet lets appear after 300 ms only.
export function skeleton() {
  return el("div.skeleton", { role: "img", "aria-label": word("state.loading") },
    ...Array.from({ length: 5 }, () => el("div")));
}

export function failure(what, error, retry) {
  return el("div.failed", { role: "alert" },
    el("p", {}, el("strong", {}, what), el("br"), reason(error)),
    error.id ? el("p.quiet", {}, word("state.failed_id", { id: error.id })) : null,
    el("button.button", { type: "button", click: retry }, word("state.retry")));
}

export function announce(text) {
  const place = document.getElementById("announce");
  if (place) place.textContent = text;
}

// Copy a text, or that of a field; the button says how it went.
export async function copy(field, button) {
  const text = typeof field === "string" ? field : field.value;
  try {
    await navigator.clipboard.writeText(text);
    said(button, word("share.copied"));
  } catch {
    if (typeof field !== "string") field.select();
    said(button, word("share.not_copied"));
  }
}

function said(button, text) {
  button.dataset.label ??= button.textContent;
  button.textContent = text;
  announce(text);
  window.setTimeout(() => { button.textContent = button.dataset.label; }, 2000);
}
