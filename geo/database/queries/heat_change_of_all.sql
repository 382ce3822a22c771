-- Sums the changes of the cells over all parts (part 0, see pyramid.py), at every level.
-- Reads:   heat_change.
INSERT INTO heat_change (level, x, y, part, sites, sites_unknown_workers, workers, gap)
SELECT
    heat_change.level,
    heat_change.x,
    heat_change.y,
    0 AS part,
    sum(heat_change.sites) AS sites,
    sum(heat_change.sites_unknown_workers) AS sites_unknown_workers,
    sum(heat_change.workers) AS workers,
    sum(heat_change.gap) AS gap
FROM heat_change
GROUP BY heat_change.level, heat_change.x, heat_change.y
