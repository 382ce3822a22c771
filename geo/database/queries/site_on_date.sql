-- Lets `site` mean, until the end of the transaction, the sites as they were assessed for a date:
-- a temporary name comes before a permanent one, so every statement answers for that date, and by
-- the same indexes. The columns are those of the table, in their order.
-- Reads:   assessed, and site for what the date does not change.
CREATE TEMPORARY VIEW site AS
SELECT -- noqa: ST06
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
    CASE WHEN assessed.site_id IS NULL THEN site.active ELSE assessed.active END AS active,
    site.adcode,
    CASE WHEN assessed.site_id IS NULL THEN site.zone_id ELSE assessed.zone_id END AS zone_id,
    CASE WHEN assessed.site_id IS NULL THEN site.coverage ELSE assessed.coverage END AS coverage,
    CASE
        WHEN assessed.site_id IS NULL THEN site.covered_by ELSE assessed.covered_by
    END AS covered_by,
    CASE
        WHEN assessed.site_id IS NULL THEN site.union_members ELSE assessed.union_members
    END AS union_members,
    CASE
        WHEN assessed.site_id IS NULL THEN site.needs_own_union ELSE assessed.needs_own_union
    END AS needs_own_union,
    CASE
        WHEN assessed.site_id IS NULL THEN site.counted_workers ELSE assessed.counted_workers
    END AS counted_workers,
    CASE
        WHEN assessed.site_id IS NULL THEN site.counted_members ELSE assessed.counted_members
    END AS counted_members,
    CASE WHEN assessed.site_id IS NULL THEN site.gap ELSE assessed.gap END AS gap
FROM site
LEFT JOIN assessed ON site.id = assessed.site_id
