-- Lets `site` mean, until the end of the transaction, the sites as they were assessed for a date:
-- a temporary name comes before a permanent one, so every statement answers for that date.
-- Reads:   assessed, and site for what the date does not change.
CREATE TEMPORARY VIEW site AS
SELECT
    site.id,
    site.name,
    site.category,
    site.grade,
    site.workers,
    site.migrant_workers,
    site.members,
    site.address,
    site.credit_code,
    site.stated_division,
    site.started_on,
    site.ended_on,
    site.source,
    site.batch_id,
    site.geom,
    site.point,
    site.active,
    site.adcode,
    site.zone_id,
    site.coverage,
    site.covered_by,
    site.union_members,
    site.needs_own_union,
    site.counted_workers,
    site.counted_members,
    site.gap
FROM site
WHERE NOT EXISTS (SELECT FROM assessed WHERE assessed.site_id = site.id)
UNION ALL
SELECT
    site.id,
    site.name,
    site.category,
    site.grade,
    site.workers,
    site.migrant_workers,
    site.members,
    site.address,
    site.credit_code,
    site.stated_division,
    site.started_on,
    site.ended_on,
    site.source,
    site.batch_id,
    site.geom,
    site.point,
    assessed.active,
    assessed.adcode,
    assessed.zone_id,
    assessed.coverage,
    assessed.covered_by,
    assessed.union_members,
    assessed.needs_own_union,
    assessed.counted_workers,
    assessed.counted_members,
    assessed.gap
FROM assessed
INNER JOIN site ON assessed.site_id = site.id
