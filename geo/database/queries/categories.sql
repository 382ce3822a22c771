-- Coverage by category of the sites that pass.
-- Uses:    passing.sql
-- Binds:   those of passing.sql.
-- Columns: as named below; a row for each category that occurs, most sites first.
-- Index:   none; reads what passes once.
WITH
counted AS (
    SELECT
        passing.category,
        count(*) AS sites,
        count(*) FILTER (WHERE passing.coverage = 'direct') AS sites_direct,
        count(*) FILTER (WHERE passing.coverage = 'secondary') AS sites_secondary,
        count(*) FILTER (WHERE passing.coverage = 'none') AS sites_none,
        count(*) FILTER (WHERE passing.counted_workers IS NULL) AS sites_unknown_workers,
        coalesce(sum(passing.counted_workers), 0)::bigint AS workers,
        coalesce(sum(passing.gap), 0)::bigint AS gap
    FROM passing
    GROUP BY passing.category
)

SELECT counted.*
FROM counted
ORDER BY counted.sites DESC, counted.category
