-- The rule of coverage for sites of which only their own dates and headcount are asked anew.
-- Reads:   touched, site; candidate (of which more is asked).
-- Binds:   on (date), threshold (headcount from which a site needs its own union).
-- Columns: of assessed.
-- Index:   site_pkey.
INSERT INTO assessed (
    site_id,
    category,
    workers,
    members,
    point,
    former_zone_id,
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
    site.zone_id AS former_zone_id,
    coalesce(site.started_on <= :on, TRUE) AND coalesce(site.ended_on >= :on, TRUE) AS active,
    site.adcode,
    site.zone_id,
    site.coverage,
    site.covered_by,
    site.union_members,
    coalesce(site.workers >= cast(:threshold AS integer), FALSE)
    AND site.coverage <> 'direct' AS needs_own_union,
    site.counted_workers,
    site.counted_members
FROM site
WHERE
    site.id IN (SELECT touched.site_id FROM touched WHERE touched.anew = 'own')
    AND NOT EXISTS (SELECT FROM candidate WHERE candidate.id = site.id)
