// What is told about a site, several at one place, a cell or a division; elements, never markup.
import { el, mark } from "antu/dom.js";
import { divisionByCode, divisionName } from "antu/divisions.js";
import { changed, parse, serialise } from "antu/state.js";
import { number, rate, tenths, word } from "antu/words.js";

export function siteCard(site) {
  const division = divisionByCode(site.adcode);
  return el("article.card", {},
    el("h3", {}, site.name),
    el("p.quiet", {}, kind(site)),
    el("p.state", {}, mark(site.coverage), word(`coverage.${site.coverage}`),
      site.needs_own_union ? el("strong.flag", {}, word("site.needs_own_union")) : null),
    facts([
      [word("site.workers"), number(site.workers)],
      [word("site.members"), number(site.members)],
      [word("site.gap"), number(site.gap)],
      [word("division.one"), division ? divisionName(division.properties)
        : site.adcode ?? word("division.outside_boundary")],
      [word("site.id"), site.id],
    ]),
    document.getElementById("drawer") ? el("p.details", {}, el("a", {
      href: serialise(changed(parse(window.location.search), { site: site.id })), "data-state": JSON.stringify({ site: site.id }),
    }, word("site.details"))) : null);
}

export function sitesCard(sites, choose) {
  return el("article.card", {},
    el("h3", {}, word("map.here", { n: sites.length })),
    el("ul.plain", {}, ...sites.map((site) => el("li", {},
      el("button.row", { type: "button", click: () => choose(site) },
        mark(site.coverage), el("span", {}, site.name))))));
}

export function cellCard(cell) {
  return el("article.card", {},
    el("h3", {}, word("map.cell", { n: cell.sites })),
    facts([[word("site.workers"), number(cell.workers)], [word("site.gap"), number(cell.gap)]]));
}

export function hexagonCard(hexagon, density) {
  return el("article.card", {},
    el("h3", {}, word("map.hexagon", { n: hexagon.sites })),
    facts([
      [word("site.workers"), number(hexagon.workers)], [word("site.gap"), number(hexagon.gap)],
      [word("number.headcount_unknown"), number(hexagon.sites_unknown_workers)],
      [word("map.density"), tenths(density)],
    ]));
}

export function siteTip(site) {
  return el("div.tip", {}, mark(site.coverage),
    el("span", {}, el("strong", {}, site.name), el("br"),
      word(`coverage.${site.coverage}`), " · ", headcount(site.workers)));
}

export function divisionTip(row) {
  const allUnknown = row.sites > 0 && row.sites_unknown_workers === row.sites;
  const of = (part, whole) => word("number.of", { part, whole });
  return el("div.tip", {},
    el("div", {}, el("strong", {}, divisionName(row)),
      facts([
        [word("coverage.site_rate"),
          `${rate(row.site_rate)} (${of(row.sites_direct + row.sites_secondary, row.sites)})`],
        [word("coverage.worker_rate"), allUnknown ? word("number.headcount_unknown")
          : `${rate(row.worker_rate)} (${of(row.workers_covered, row.workers)})`],
        [word("site.gap"), allUnknown ? word("number.headcount_unknown") : number(row.gap)],
        [word("number.headcount_unknown"), of(row.sites_unknown_workers, row.sites)],
      ])));
}

export function kind(site) {
  const category = word(`category.${site.category}`);
  return site.grade && site.grade !== "other"
    ? `${category} · ${word(`grade.${site.grade}`)}` : category;
}

export function headcount(workers) {
  return workers === null || workers === undefined
    ? word("number.headcount_unknown") : word("unit.people", { n: workers });
}

function facts(rows) {
  return el("dl", {}, ...rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}
