-- Keeps the assessment beside the sites; writes only what differs.
-- Reads:   assessed.
-- Index:   site_pkey.
UPDATE site
SET
    active = assessed.active,
    adcode = assessed.adcode,
    zone_id = assessed.zone_id,
    coverage = assessed.coverage,
    covered_by = assessed.covered_by,
    union_members = assessed.union_members,
    needs_own_union = assessed.needs_own_union,
    counted_workers = assessed.counted_workers,
    counted_members = assessed.counted_members
FROM assessed
WHERE
    site.id = assessed.site_id
    AND (
        site.active,
        site.adcode,
        site.zone_id,
        site.coverage,
        site.covered_by,
        site.union_members,
        site.needs_own_union,
        site.counted_workers,
        site.counted_members
    ) IS DISTINCT FROM (
        assessed.active,
        assessed.adcode,
        assessed.zone_id,
        assessed.coverage,
        assessed.covered_by,
        assessed.union_members,
        assessed.needs_own_union,
        assessed.counted_workers,
        assessed.counted_members
    )
