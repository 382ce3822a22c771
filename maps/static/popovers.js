// Lists that open over the page: they close with Escape, or when something else is touched.
export function startPopovers() {
  const close = (but) => document.querySelectorAll("details.popover[open]").forEach((each) => {
    if (each !== but) each.open = false;
  });
  document.addEventListener("pointerdown", (event) => close(event.target.closest(".popover")));
  document.addEventListener("keydown", (event) => {
    const open = event.target.closest?.("details.popover[open]");
    if (event.key !== "Escape" || !open) return;
    event.stopPropagation();
    open.open = false;
    open.querySelector("summary").focus();
  }, { capture: true });
  document.addEventListener("click", (event) => {
    if (event.target.closest(".popover a")) close(null);
  });
}
