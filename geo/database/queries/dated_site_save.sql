-- Keeps the assessment for the date of a session.
-- Reads:   assessed.
-- Index:   dated_site_pkey.
INSERT INTO dated_site (
    site_id,
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
    assessed.site_id,
    assessed.active,
    assessed.adcode,
    assessed.zone_id,
    assessed.coverage,
    assessed.covered_by,
    assessed.union_members,
    assessed.needs_own_union,
    assessed.counted_workers,
    assessed.counted_members
FROM assessed
ON CONFLICT (site_id) DO UPDATE SET
    active = excluded.active,
    adcode = excluded.adcode,
    zone_id = excluded.zone_id,
    coverage = excluded.coverage,
    covered_by = excluded.covered_by,
    union_members = excluded.union_members,
    needs_own_union = excluded.needs_own_union,
    counted_workers = excluded.counted_workers,
    counted_members = excluded.counted_members
