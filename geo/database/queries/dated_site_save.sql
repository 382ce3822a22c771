-- Keeps the assessment for the date of a session.
-- Reads:   assessed.
-- Index:   dated_site_key, once there is one.
MERGE INTO dated_site
USING assessed
    ON dated_site.site_id = assessed.site_id
WHEN MATCHED THEN
    UPDATE
        SET
            active = assessed.active,
            zone_id = assessed.zone_id,
            coverage = assessed.coverage,
            covered_by = assessed.covered_by,
            union_members = assessed.union_members,
            needs_own_union = assessed.needs_own_union,
            counted_workers = assessed.counted_workers,
            counted_members = assessed.counted_members
WHEN NOT MATCHED THEN INSERT (
    site_id,
    active,
    zone_id,
    coverage,
    covered_by,
    union_members,
    needs_own_union,
    counted_workers,
    counted_members
) VALUES (
    assessed.site_id,
    assessed.active,
    assessed.zone_id,
    assessed.coverage,
    assessed.covered_by,
    assessed.union_members,
    assessed.needs_own_union,
    assessed.counted_workers,
    assessed.counted_members
)
