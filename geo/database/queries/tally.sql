-- What there is, place by place: the finest division of a site, or the one that its source states.
-- Uses:    passing.sql
-- Binds:   parts (see pyramid.py), within (code, may be missing: only that division and those below
--          it); counting (true: count the sites that pass, for what no parts add up to) with
--          as_stated (bool) and the binds of passing.sql.
-- Columns: place (code, or text as stated; null outside or unsaid), then counts and sums.
-- Index:   division_part_pkey; when counting, what serves passing.sql.
WITH
-- State 0 is direct, 1 and 2 are secondary, 3 and 4 none; 2 and 4 need a union of their own.
counted AS (
    SELECT
        nullif(division_part.adcode, '') AS place,
        (division_part.part - 1) % 5 AS state,
        division_part.sites,
        division_part.sites_unknown_workers,
        division_part.sites_members_exceed_workers,
        division_part.workers,
        division_part.members,
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
        CASE
            WHEN cast(:as_stated AS boolean) THEN passing.stated_division ELSE passing.adcode
        END AS place,
        CASE passing.coverage WHEN 'direct' THEN 0 WHEN 'secondary' THEN 1 ELSE 3 END
        + passing.needs_own_union::integer AS state,
        1 AS sites,
        (passing.counted_workers IS NULL)::integer AS sites_unknown_workers,
        coalesce(
            (coalesce(passing.members, passing.union_members) > passing.workers)::integer, 0
        ) AS sites_members_exceed_workers,
        coalesce(passing.counted_workers, 0) AS workers,
        coalesce(passing.counted_members, 0) AS members,
        coalesce(passing.gap, 0) AS gap
    FROM passing
    -- end
)

SELECT
    counted.place,
    sum(counted.sites) AS sites,
    coalesce(sum(counted.sites) FILTER (WHERE counted.state = 0), 0) AS sites_direct,
    coalesce(sum(counted.sites) FILTER (WHERE counted.state IN (1, 2)), 0) AS sites_secondary,
    coalesce(sum(counted.sites) FILTER (WHERE counted.state IN (3, 4)), 0) AS sites_none,
    coalesce(sum(counted.sites) FILTER (WHERE counted.state IN (2, 4)), 0) AS sites_need_own_union,
    sum(counted.sites_unknown_workers) AS sites_unknown_workers,
    sum(counted.sites_members_exceed_workers) AS sites_members_exceed_workers,
    sum(counted.workers) AS workers,
    coalesce(sum(counted.workers) FILTER (WHERE counted.state < 3), 0) AS workers_covered,
    sum(counted.members) AS members,
    sum(counted.gap) AS gap
FROM counted
GROUP BY counted.place
HAVING sum(counted.sites) > 0
