-- Coverage by division: sites, workers and gap with their denominators.
-- Uses:    tally.sql
-- Binds:   level (or null), parent (or null), and those of tally.sql.
--          Level null: the children of parent, or without parent the top level.
-- Columns: as named below; one row a division of that level, then one (adcode null) for the sites
--          of the parent, or of the table, that lie in none of them or have no coordinates. What
--          lies in a division of the level and in another above it counts in the lower alone.
-- Index:   division_parent, division_level.
WITH RECURSIVE
-- if parent
inside AS (
    SELECT cast(:parent AS text) COLLATE "C" AS adcode
    UNION
    SELECT division.adcode
    FROM inside
    INNER JOIN division ON inside.adcode = division.parent
),

-- end
-- The divisions that get a row of their own.
wanted AS (
    SELECT division.*
    FROM division
    WHERE
        CASE
            WHEN cast(:level AS text) IS NOT NULL THEN division.level = cast(:level AS text)
            WHEN cast(:parent AS text) IS NOT NULL THEN division.parent = cast(:parent AS text)
            ELSE NOT EXISTS (SELECT FROM division AS upper WHERE upper.adcode = division.parent)
        END
        -- if parent
        AND division.adcode IN (SELECT inside.adcode FROM inside)
        -- end
),

-- In which of them a division lies: in itself, or else in the first on the way up. It may be in
-- none; then its sites are outside them all. No division is part of itself: loading sees to that.
row_of AS (
    SELECT
        wanted.adcode,
        wanted.adcode AS whole
    FROM wanted
    UNION ALL
    SELECT
        division.adcode,
        row_of.whole
    FROM row_of
    INNER JOIN division ON row_of.adcode = division.parent
    WHERE division.adcode NOT IN (SELECT wanted.adcode FROM wanted)
),

placed AS (
    SELECT
        tally.*,
        row_of.whole AS division
    FROM tally
    LEFT JOIN row_of ON tally.place = row_of.adcode
    -- if parent
    WHERE tally.place IN (SELECT inside.adcode FROM inside)
    -- end
),

summed AS (
    SELECT
        placed.division,
        sum(placed.sites)::bigint AS sites,
        sum(placed.sites_direct)::bigint AS sites_direct,
        sum(placed.sites_secondary)::bigint AS sites_secondary,
        sum(placed.sites_none)::bigint AS sites_none,
        sum(placed.sites_need_own_union)::bigint AS sites_need_own_union,
        sum(placed.sites_unknown_workers)::bigint AS sites_unknown_workers,
        sum(placed.sites_members_exceed_workers)::bigint AS sites_members_exceed_workers,
        sum(placed.workers)::bigint AS workers,
        sum(placed.workers_covered)::bigint AS workers_covered,
        sum(placed.members)::bigint AS members,
        sum(placed.gap)::bigint AS gap
    FROM placed
    GROUP BY placed.division
),

listed AS (
    SELECT
        wanted.adcode,
        wanted.name,
        wanted.name_en,
        wanted.level
    FROM wanted
    UNION ALL
    SELECT
        NULL AS adcode,
        NULL AS name,
        NULL AS name_en,
        NULL AS level
)

SELECT
    listed.adcode,
    listed.name,
    listed.name_en,
    listed.level,
    coalesce(summed.sites, 0) AS sites,
    coalesce(summed.sites_direct, 0) AS sites_direct,
    coalesce(summed.sites_secondary, 0) AS sites_secondary,
    coalesce(summed.sites_none, 0) AS sites_none,
    coalesce(summed.sites_need_own_union, 0) AS sites_need_own_union,
    coalesce(summed.sites_unknown_workers, 0) AS sites_unknown_workers,
    coalesce(summed.sites_members_exceed_workers, 0) AS sites_members_exceed_workers,
    coalesce(summed.workers, 0) AS workers,
    coalesce(summed.workers_covered, 0) AS workers_covered,
    coalesce(summed.members, 0) AS members,
    coalesce(summed.gap, 0) AS gap,
    (summed.sites_direct + summed.sites_secondary)::double precision
    / nullif(summed.sites, 0) AS site_rate,
    summed.workers_covered::double precision / nullif(summed.workers, 0) AS worker_rate
FROM listed
LEFT JOIN summed ON listed.adcode IS NOT DISTINCT FROM summed.division
ORDER BY listed.adcode NULLS LAST
