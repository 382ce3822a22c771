// Light or dark, as the system says, and the colours that go with it.
const dark = matchMedia("(prefers-color-scheme: dark)");

export function theme() {
  return dark.matches ? "dark" : "light";
}

export function onTheme(change) {
  dark.addEventListener("change", change);
}

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
