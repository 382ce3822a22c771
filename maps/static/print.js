import { data } from "antu/data.js";

// Paper: the map takes the width of a page before it is printed, and its own again afterwards.
export function startPrint(map) {
  let before;
  const resize = (printing) => {
    const seen = map.getBounds();
    if (printing) before = [map.getCenter(), map.getZoom()];
    document.body.classList.toggle("printing", printing);
    if (printing) document.getElementById("legend").open = true;
    map.invalidateSize({ animate: false, pan: false });
    // Tiles of another zoom would not come in time.
    if (printing && data.mode === "file") map.fitBounds(seen, { animate: false });
    else map.setView(...before, { animate: false });
  };
  window.addEventListener("beforeprint", () => resize(true));
  window.addEventListener("afterprint", () => resize(false));
}
