-- Some of what was noted of located sites, in a row of arrays.
-- Reads:   counted.
-- Binds:   size (how many), start (after so many; a temporary table keeps its order).
-- Columns: arrays of part, x, y (cells of the finest level), and what
--          each adds: sites, workers, gap, sites_unknown_workers.
SELECT
    array_agg(counted.part) AS part,
    array_agg(counted.x) AS x,
    array_agg(counted.y) AS y,
    array_agg(counted.sign) AS sites,
    array_agg(counted.sign * coalesce(counted.workers, 0)) AS workers,
    array_agg(counted.sign * coalesce(counted.gap, 0)) AS gap,
    array_agg(counted.sign * (counted.workers IS NULL)::integer) AS sites_unknown_workers
FROM (
    SELECT
        counted.part,
        counted.x,
        counted.y,
        counted.sign,
        counted.workers,
        counted.gap
    FROM counted
    WHERE counted.x IS NOT NULL
    LIMIT :size OFFSET :start
) AS counted
