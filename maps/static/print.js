// Paper: the map is printed as the screen shows it, made to the width of a page.
const PAGE_PX = (181 / 25.4) * 96;
const MOST_HIGH_PX = (160 / 25.4) * 96;

export function startPrint(map) {
  const box = map.getContainer();
  const legend = document.getElementById("legend");
  let open;
  window.addEventListener("beforeprint", () => {
    const { clientWidth: width, clientHeight: height } = box;
    open = legend.open;
    legend.open = true;
    // With a size of its own it stays as it is, tiles and all, whatever becomes of what is around.
    Object.assign(box.style, {
      width: `${width}px`, height: `${height}px`,
      zoom: Math.min(PAGE_PX / width, MOST_HIGH_PX / height),
    });
    document.body.classList.add("printing");
    // Sites are drawn once more, as paper takes them.
    map.fire("moveend");
  });
  window.addEventListener("afterprint", () => {
    document.body.classList.remove("printing");
    Object.assign(box.style, { width: "", height: "", zoom: "" });
    legend.open = open;
  });
}
