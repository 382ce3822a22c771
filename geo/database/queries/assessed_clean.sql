-- Forgets the sites that are assessed as they are stored, and change in nothing else.
-- Reads:   assessed, site; change (sites that a load writes).
-- Index:   site_pkey.
DELETE FROM assessed
USING site
WHERE
    assessed.site_id = site.id
    AND NOT EXISTS (SELECT FROM change WHERE change.id = assessed.site_id)
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
    ) IS NOT DISTINCT FROM (
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
