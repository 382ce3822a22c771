-- Forgets the sites that are assessed as they are stored, and change in nothing else.
-- Reads:   assessed, candidate. A site that a load writes was never stored like this.
DELETE FROM assessed
USING candidate
WHERE
    assessed.site_id = candidate.id
    AND (
        candidate.former_active,
        candidate.former_adcode,
        candidate.former_zone_id,
        candidate.former_coverage,
        candidate.former_covered_by,
        candidate.former_union_members,
        candidate.former_needs_own_union,
        candidate.former_counted_workers,
        candidate.former_counted_members
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
