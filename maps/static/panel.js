// The panel beside the map: its tabs, its height on a phone, folding, and tables that sort.
const STEPS = ["third", "most", "all"];
const panel = document.getElementById("panel");

// Show the tab of a part of the panel, and on a phone pull the sheet up far enough to see it.
export function reveal(name) {
  if (!panel) return;
  panel.hidden = false;
  select(name);
  document.body.classList.remove("folded");
  if (panel.dataset.height === "third") setHeight("most");
}

// How many px of the map's lower edge the sheet of a phone lies over.
export function covered() {
  if (!panel || getComputedStyle(panel).position === "static") return 0;
  const share = { third: 0.33, most: 0.66, all: 0.66 }[panel.dataset.height] ?? 0;
  return Math.max(0, document.getElementById("map").getBoundingClientRect().bottom
    - window.innerHeight * (1 - share));
}

export function startPanel(map) {
  if (!panel) return;
  tabs().forEach((tab) => {
    tab.addEventListener("click", () => select(tab.dataset.tab));
    tab.addEventListener("keydown", moveBetweenTabs);
  });
  const handle = document.getElementById("handle");
  handle?.addEventListener("click", () => {
    setHeight(STEPS[(STEPS.indexOf(panel.dataset.height) + 1) % STEPS.length]);
  });
  handle && startDragging(handle);
  document.getElementById("close")?.addEventListener("click", () => { panel.hidden = true; });
  const fold = document.getElementById("fold");
  fold?.addEventListener("click", () => {
    const folded = document.body.classList.toggle("folded");
    fold.setAttribute("aria-expanded", String(!folded));
    fold.title = folded ? fold.dataset.unfold : fold.dataset.fold;
    fold.setAttribute("aria-label", fold.title);
    map.invalidateSize({ pan: false });
  });
  panel.addEventListener("click", (event) => {
    const head = event.target.closest("table.sortable th:has(button)");
    if (!head || !event.target.closest("button")) return;
    const table = head.closest("table");
    const order = head.getAttribute("aria-sort") === "descending" ? head.dataset.key : `-${head.dataset.key}`;
    sortTable(table, order);
    panel.dispatchEvent(new CustomEvent("antu:sort", { detail: order }));
  });
}

function tabs() {
  return [...panel.querySelectorAll("[role=tab]")];
}

export function select(name) {
  const parts = [...panel.querySelectorAll("section.part[id]")];
  if (!parts.some((part) => part.id === name)) return;
  parts.forEach((part) => { part.hidden = part.id !== name; });
  for (const [i, tab] of tabs().entries()) {
    const chosen = tab.dataset.tab === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen || (i === 0 && !tabs().some((each) => each.dataset.tab === name)) ? 0 : -1;
  }
  panel.dispatchEvent(new CustomEvent("antu:tab", { detail: name }));
}

function moveBetweenTabs(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const all = tabs();
  const next = all[(all.indexOf(event.currentTarget) + step + all.length) % all.length];
  select(next.dataset.tab);
  next.focus();
  event.preventDefault();
}

function setHeight(step) {
  panel.dataset.height = step;
  panel.style.removeProperty("height");
}

// The sheet follows the finger and then settles at the nearest of its three heights.
function startDragging(handle) {
  let from = null;
  handle.addEventListener("pointerdown", (event) => {
    from = { y: event.clientY, height: panel.offsetHeight, moved: false };
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointermove", (event) => {
    if (!from || Math.abs(event.clientY - from.y) < 6) return;
    from.moved = true;
    panel.style.height = `${from.height + from.y - event.clientY}px`;
  });
  handle.addEventListener("pointerup", () => {
    if (from?.moved) {
      const share = panel.offsetHeight / window.innerHeight;
      setHeight(share < 0.5 ? "third" : share < 0.8 ? "most" : "all");
      handle.addEventListener("click", (click) => click.stopImmediatePropagation(),
        { once: true, capture: true });
    }
    from = null;
  });
}

// By which column a table is sorted: its key, with a minus from large to small.
export function sortedBy(table) {
  const head = table?.querySelector("th[aria-sort]");
  return head ? `${head.getAttribute("aria-sort") === "descending" ? "-" : ""}${head.dataset.key}` : null;
}

// Shown as a share, a column is sorted by its shares.
export function sortTable(table, order) {
  const key = order.replace("-", "");
  const head = [...table.tHead.rows[0].cells].find((each) => each.dataset.key === key);
  if (!head) return;
  const down = order.startsWith("-") ? -1 : 1;
  table.querySelectorAll("th[aria-sort]").forEach((th) => th.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", down === 1 ? "ascending" : "descending");
  const shares = table.closest("[data-unit]")?.dataset.unit === "percent";
  const value = (row) => {
    const { value: plain = "", share = plain } = row.cells[head.cellIndex].dataset;
    return shares ? share : plain;
  };
  // What is unknown stays last, whichever way the rest is sorted.
  const compare = (one, other) => {
    if (one === "" || other === "") return (one === "") - (other === "");
    const [a, b] = [Number(one), Number(other)];
    return down * (Number.isNaN(a) || Number.isNaN(b) ? one.localeCompare(other, document.documentElement.lang) : a - b);
  };
  const body = table.tBodies[0];
  body.append(...[...body.rows].sort((one, other) => compare(value(one), value(other))));
}
