-- What each zone in the assessment stands for, and what lies inside it.
-- Reads:   assessed, candidate, site.
-- Columns: id, within (the smallest zone around it), workers, members (its own figures),
--          workers_inside, members_inside (sums over the active plain sites that belong to it).
--          Zones inside these zones come along.
-- Index:   site_zone_id, site_pkey; of many, site_zone_geom as the list of the zones.
WITH RECURSIVE
zone AS (
    SELECT
        candidate.id,
        assessed.zone_id AS within,
        candidate.workers,
        coalesce(candidate.members, assessed.union_members) AS members
    FROM candidate
    INNER JOIN assessed ON candidate.id = assessed.site_id
    WHERE candidate.category = 'development_zone' AND assessed.active
    UNION
    SELECT
        site.id,
        assessed.zone_id AS within,
        site.workers,
        coalesce(site.members, assessed.union_members) AS members
    FROM assessed
    INNER JOIN site ON assessed.site_id = site.id
    WHERE
        site.category = 'development_zone'
        AND assessed.active
        AND NOT EXISTS (SELECT FROM candidate WHERE candidate.id = site.id)
    UNION
    SELECT
        site.id,
        site.zone_id AS within,
        site.workers,
        coalesce(site.members, site.union_members) AS members
    FROM zone
    INNER JOIN site ON zone.id = site.zone_id
    WHERE
        site.category = 'development_zone'
        AND site.active
        AND NOT EXISTS (SELECT FROM assessed WHERE assessed.site_id = site.id)
),

plain AS (
    SELECT
        assessed.zone_id,
        assessed.counted_workers,
        assessed.counted_members
    FROM assessed
    WHERE
        assessed.active
        AND assessed.zone_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM zone WHERE zone.id = assessed.site_id)
    UNION ALL
    SELECT
        site.zone_id,
        site.counted_workers,
        site.counted_members
    FROM zone
    INNER JOIN site ON zone.id = site.zone_id
    WHERE
        site.active
        AND site.category <> 'development_zone'
        AND NOT EXISTS (SELECT FROM assessed WHERE assessed.site_id = site.id)
),

inside AS (
    SELECT
        plain.zone_id,
        sum(plain.counted_workers) AS workers,
        sum(plain.counted_members) AS members
    FROM plain
    GROUP BY plain.zone_id
)

SELECT
    zone.id,
    zone.within,
    zone.workers,
    zone.members,
    coalesce(inside.workers, 0)::bigint AS workers_inside,
    coalesce(inside.members, 0)::bigint AS members_inside
FROM zone
LEFT JOIN inside ON zone.id = inside.zone_id
