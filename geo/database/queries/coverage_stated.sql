-- Coverage by the division that the source of a site states, whatever its point says.
-- Uses:    tally.sql
-- Binds:   those of tally.sql, counting and as_stated being true, parts empty.
-- Columns: those of coverage_summary.sql; name is the text as stated, adcode and level are those of
--          the one division of that code or name; last the sites whose source states none.
WITH
known AS (
    SELECT
        tally.place,
        min(division.adcode) AS adcode,
        min(division.name_en) AS name_en,
        min(division.level) AS level
    FROM tally
    INNER JOIN division ON tally.place = division.adcode OR tally.place = division.name
    GROUP BY tally.place
    HAVING count(*) = 1
)

SELECT
    known.adcode,
    tally.place AS name,
    known.name_en,
    known.level,
    tally.sites::bigint AS sites,
    tally.sites_direct::bigint AS sites_direct,
    tally.sites_secondary::bigint AS sites_secondary,
    tally.sites_none::bigint AS sites_none,
    tally.sites_need_own_union::bigint AS sites_need_own_union,
    tally.sites_unknown_workers::bigint AS sites_unknown_workers,
    tally.sites_members_exceed_workers::bigint AS sites_members_exceed_workers,
    tally.workers::bigint AS workers,
    tally.workers_covered::bigint AS workers_covered,
    tally.members::bigint AS members,
    tally.gap::bigint AS gap,
    (tally.sites_direct + tally.sites_secondary)::double precision
    / nullif(tally.sites, 0) AS site_rate,
    tally.workers_covered::double precision / nullif(tally.workers, 0) AS worker_rate
FROM tally
LEFT JOIN known ON tally.place = known.place
ORDER BY tally.place NULLS LAST
