// Elements made in code. Texts only ever enter as text nodes, so that no name can become markup.
const SVG = "http://www.w3.org/2000/svg";

export function el(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  return fill(document.createElement(name), classes, properties, children);
}

export function svg(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  return fill(document.createElementNS(SVG, name), classes, properties, children);
}

// The mark of a coverage, as the legend shows it.
export function mark(coverage) {
  return svg("svg.mark", { viewBox: "0 0 16 16", "aria-hidden": "true" },
    svg(`use.coverage-${coverage}`, { href: `#mark-${coverage}` }));
}

// The icon of a category.
export function icon(name) {
  return svg("svg.icon", { viewBox: "0 0 16 16", "aria-hidden": "true" },
    svg("use", { href: `#icon-${name}` }));
}

function fill(node, classes, properties, children) {
  if (classes.length) node.setAttribute("class", classes.join(" "));
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === "function") node.addEventListener(key, value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}
