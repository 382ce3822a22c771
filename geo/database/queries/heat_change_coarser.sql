-- Sums the changes of the cells of a level into those of a coarser one.
-- Reads:   heat_change.
-- Binds:   finer, level (the coarser one), shift (their difference).
INSERT INTO heat_change (level, x, y, part, sites, sites_unknown_workers, workers, gap)
SELECT
    :level AS level,
    heat_change.x >> :shift AS x,
    heat_change.y >> :shift AS y,
    heat_change.part,
    sum(heat_change.sites) AS sites,
    sum(heat_change.sites_unknown_workers) AS sites_unknown_workers,
    sum(heat_change.workers) AS workers,
    sum(heat_change.gap) AS gap
FROM heat_change
WHERE heat_change.level = :finer
GROUP BY heat_change.x >> :shift, heat_change.y >> :shift, heat_change.part
