// The address bar as the one place of the page's state: read it, change it, hear of changes.
import { changed, parse, serialise } from "antu/state.js";

const listeners = [];
let current = parse(window.location.search);

export function state() {
  return current;
}

// Changes are steps of the browser's history, unless they only follow the map (`replace`).
export function change(changes, { replace = false } = {}) {
  go(window.location.pathname + serialise(changed(current, changes)), { replace });
}

export function go(address, { replace = false } = {}) {
  const before = current;
  window.history[replace ? "replaceState" : "pushState"](null, "", address);
  current = parse(window.location.search);
  if (!replace) tell(before);
}

export function onChange(listener) {
  listeners.push(listener);
}

// Links into the page itself change the state that it has; opened in a new tab they load it.
export function startAddress() {
  window.addEventListener("popstate", () => {
    const before = current;
    current = parse(window.location.search);
    tell(before);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-state]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    const { state: changes } = link.dataset;
    if (changes) change(JSON.parse(changes));
    else go(link.getAttribute("href"));
  });
}

function tell(before) {
  listeners.forEach((listener) => listener(current, before));
}
