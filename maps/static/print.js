// Paper: the map takes the width of a page before it is printed, and its own again afterwards.
export function startPrint(map) {
  const resize = (printing) => {
    const [centre, zoom] = [map.getCenter(), map.getZoom()];
    document.body.classList.toggle("printing", printing);
    if (printing) document.getElementById("legend").open = true;
    map.invalidateSize({ animate: false, pan: false });
    map.setView(centre, zoom, { animate: false });
  };
  window.addEventListener("beforeprint", () => resize(true));
  window.addEventListener("afterprint", () => resize(false));
}
