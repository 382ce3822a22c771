-- Takes the zones around (or formerly around) the candidates into the assessment, as stored.
-- Reads:   assessed, site.
-- Index:   site_pkey.
WITH RECURSIVE
affected AS (
    SELECT assessed.zone_id AS id
    FROM assessed
    WHERE assessed.zone_id IS NOT NULL
    UNION
    SELECT assessed.former_zone_id AS id
    FROM assessed
    WHERE assessed.former_zone_id IS NOT NULL
    UNION
    SELECT outer_zone.zone_id AS id
    FROM affected
    INNER JOIN site AS outer_zone ON affected.id = outer_zone.id
    WHERE outer_zone.zone_id IS NOT NULL
)

INSERT INTO assessed (
    site_id,
    category,
    workers,
    members,
    point,
    active,
    adcode,
    zone_id,
    coverage,
    covered_by,
    union_members,
    needs_own_union,
    counted_workers,
    counted_members
)
SELECT
    site.id,
    site.category,
    site.workers,
    site.members,
    site.point,
    site.active,
    site.adcode,
    site.zone_id,
    site.coverage,
    site.covered_by,
    site.union_members,
    site.needs_own_union,
    site.counted_workers,
    site.counted_members
FROM affected
INNER JOIN site ON affected.id = site.id
WHERE NOT EXISTS (SELECT FROM assessed WHERE assessed.site_id = site.id)
