-- Sums what was counted by division ('' outside all of them) and part.
-- Reads:   counted.
INSERT INTO division_change (
    adcode,
    part,
    sites,
    sites_unknown_workers,
    sites_members_exceed_workers,
    workers,
    members,
    gap
)
SELECT
    counted.adcode,
    counted.part,
    sum(counted.sign) AS sites,
    coalesce(sum(counted.sign) FILTER (WHERE counted.workers IS NULL), 0) AS sites_unknown_workers,
    coalesce(sum(counted.sign) FILTER (WHERE counted.members_exceed_workers), 0)
        AS sites_members_exceed_workers,
    coalesce(sum(counted.sign * counted.workers::bigint), 0) AS workers,
    coalesce(sum(counted.sign * counted.members::bigint), 0) AS members,
    coalesce(sum(counted.sign * counted.gap::bigint), 0) AS gap
FROM counted
GROUP BY counted.adcode, counted.part
