-- What there is, place by place: the finest division of a site, or the one that its source states.
-- Uses:    passing.sql
-- Binds:   as_stated (bool), and those of passing.sql.
-- Columns: place (code, or text as stated; null outside or unsaid), then counts and sums.
WITH
located AS (
    SELECT
        passing.*,
        CASE
            WHEN cast(:as_stated AS boolean) THEN passing.stated_division ELSE passing.adcode
        END AS place
    FROM passing
)

SELECT
    located.place,
    count(*) AS sites,
    count(*) FILTER (WHERE located.coverage = 'direct') AS sites_direct,
    count(*) FILTER (WHERE located.coverage = 'secondary') AS sites_secondary,
    count(*) FILTER (WHERE located.coverage = 'none') AS sites_none,
    count(*) FILTER (WHERE located.needs_own_union) AS sites_need_own_union,
    count(*) FILTER (WHERE located.counted_workers IS NULL) AS sites_unknown_workers,
    count(*) FILTER (
        WHERE coalesce(located.members, located.union_members) > located.workers
    ) AS sites_members_exceed_workers,
    coalesce(sum(located.counted_workers), 0) AS workers,
    coalesce(sum(located.counted_workers) FILTER (WHERE located.coverage <> 'none'), 0)
        AS workers_covered,
    coalesce(sum(located.counted_members), 0) AS members,
    coalesce(sum(located.gap), 0) AS gap
FROM located
GROUP BY located.place
