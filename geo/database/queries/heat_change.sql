-- Sums what was counted by cell of the finest level: by part, and over all parts (part 0, see
-- pyramid.py).
-- Reads:   counted.
-- Binds:   level (the finest).
INSERT INTO heat_change (level, x, y, part, sites, sites_unknown_workers, workers, gap)
SELECT
    :level AS level,
    counted.x,
    counted.y,
    coalesce(counted.part, 0) AS part,
    sum(counted.sign) AS sites,
    coalesce(sum(counted.sign) FILTER (WHERE counted.workers IS NULL), 0) AS sites_unknown_workers,
    coalesce(sum(counted.sign * counted.workers::bigint), 0) AS workers,
    coalesce(sum(counted.sign * counted.gap::bigint), 0) AS gap
FROM counted
WHERE counted.x IS NOT NULL
GROUP BY GROUPING SETS ((counted.x, counted.y, counted.part), (counted.x, counted.y))
