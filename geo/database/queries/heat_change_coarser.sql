-- Sums the changes of the cells of a level into those of the next coarser one.
-- Reads:   heat_change.
-- Binds:   level (the coarser one).
INSERT INTO heat_change (level, x, y, part, sites, sites_unknown_workers, workers, gap)
SELECT
    :level AS level,
    heat_change.x >> 1 AS x,
    heat_change.y >> 1 AS y,
    heat_change.part,
    sum(heat_change.sites) AS sites,
    sum(heat_change.sites_unknown_workers) AS sites_unknown_workers,
    sum(heat_change.workers) AS workers,
    sum(heat_change.gap) AS gap
FROM heat_change
WHERE heat_change.level = :level + 1
GROUP BY heat_change.x >> 1, heat_change.y >> 1, heat_change.part
