-- Coverage by category of the sites that pass.
-- Uses:    passing.sql
-- Binds:   all_categories (array: in the order of pyramid.py), parts (see there), within
--          (code, may be missing: only that division and those below it); counting (true: count the
--          sites that pass, for what no parts add up to) with the binds of passing.sql.
-- Columns: as named below; a row for each category that occurs, most sites first.
-- Index:   division_part_pkey; when counting, what serves passing.sql.
WITH
-- State 0 is direct, 1 and 2 are secondary, 3 and 4 none, as in tally.sql.
counted AS (
    SELECT
        (cast(:all_categories AS text[]))[(division_part.part - 1) / 5 + 1] AS category,
        (division_part.part - 1) % 5 AS state,
        division_part.sites,
        division_part.sites_unknown_workers,
        division_part.workers,
        division_part.gap
    FROM division_part
    WHERE
        division_part.part = any(cast(:parts AS smallint[]))
        -- if within
        AND division_part.adcode IN (
            WITH RECURSIVE
            below AS (
                SELECT cast(:within AS text) COLLATE "C" AS adcode
                UNION
                SELECT division.adcode
                FROM below
                INNER JOIN division ON below.adcode = division.parent
            )

            SELECT below.adcode
            FROM below
        )
    -- if counting
    UNION ALL
    SELECT
        passing.category,
        CASE passing.coverage WHEN 'direct' THEN 0 WHEN 'secondary' THEN 1 ELSE 3 END AS state,
        1 AS sites,
        (passing.counted_workers IS NULL)::integer AS sites_unknown_workers,
        coalesce(passing.counted_workers, 0) AS workers,
        coalesce(passing.gap, 0) AS gap
    FROM passing
    -- end
),

summed AS (
    SELECT
        counted.category,
        sum(counted.sites)::bigint AS sites,
        coalesce(sum(counted.sites) FILTER (WHERE counted.state = 0), 0)::bigint AS sites_direct,
        coalesce(sum(counted.sites) FILTER (WHERE counted.state IN (1, 2)), 0)::bigint
            AS sites_secondary,
        coalesce(sum(counted.sites) FILTER (WHERE counted.state >= 3), 0)::bigint AS sites_none,
        sum(counted.sites_unknown_workers)::bigint AS sites_unknown_workers,
        sum(counted.workers)::bigint AS workers,
        sum(counted.gap)::bigint AS gap
    FROM counted
    GROUP BY counted.category
    HAVING sum(counted.sites) > 0
)

SELECT summed.*
FROM summed
ORDER BY summed.sites DESC, summed.category
