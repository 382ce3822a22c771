// Marks of sites on a canvas: the shapes of the legend, drawn once for each size and then copied.
import { colour, onTheme } from "antu/theme.js";

const BOX = 16;
const copies = new Map();
onTheme(() => copies.clear());

// A picture of a coverage's mark, `size` px wide, for screens of `ratio` px a px.
export function picture(coverage, size, ratio) {
  const key = `${coverage} ${size} ${ratio}`;
  if (!copies.has(key)) copies.set(key, draw(coverage, size, ratio));
  return copies.get(key);
}

function draw(coverage, size, ratio) {
  const shape = new Path2D(document.querySelector(`#mark-${coverage} path`).getAttribute("d"));
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.ceil(size * ratio);
  const context = canvas.getContext("2d");
  context.scale(canvas.width / BOX, canvas.width / BOX);
  context.lineJoin = "round";
  context.fillStyle = colour(`coverage-${coverage}`);
  context.fill(shape);
  // The edge is one px wide on the screen, whatever the size.
  context.lineWidth = Math.min(2.5, BOX / size);
  context.strokeStyle = colour(`coverage-${coverage}-edge`);
  context.stroke(shape);
  return canvas;
}
