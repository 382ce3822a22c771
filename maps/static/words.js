// The words and numbers of the page's language, from the same catalogue as those of the server.
import { data } from "antu/data.js";

const locale = data.language === "zh" ? "zh-CN" : "en";
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(locale, {
  style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1,
});

export function word(key, values = {}) {
  const phrase = (values.n === 1 && data.words[`${key}=1`]) || data.words[key];
  if (phrase === undefined) throw new Error(`There is no word for ${key}`);
  return phrase.replace(/\{(\w+)\}/g, (_, name) => written(values[name]));
}

// What is not known is said to be so, never shown as zero.
export function number(value) {
  return value === null || value === undefined ? word("number.unknown") : whole.format(value);
}

// With one decimal at most.
export function tenths(value) {
  return tenth.format(value);
}

export function rate(value) {
  return value === null || value === undefined ? "–" : percent.format(value);
}

export function distance(metres) {
  if (Math.round(metres) < 1000) return word("unit.metres", { n: Math.round(metres) });
  const kilometres = metres / 1000;
  return word("unit.kilometres", {
    n: (kilometres < 100 ? tenth : whole).format(kilometres),
  });
}

export function direction(degrees) {
  return word(`direction.${Math.round(((degrees % 360) + 360) / 45) % 8}`);
}

function written(value) {
  return typeof value === "number" || value === null || value === undefined
    ? number(value) : String(value);
}
