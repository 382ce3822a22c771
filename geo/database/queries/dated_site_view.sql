-- Lets `site` mean, on this connection, the sites as they are assessed for a date: a temporary name
-- comes before a permanent one, so every statement answers for that date, and by the same indexes.
-- The columns are those of the table, in their order.
-- Reads:   dated_site, and site for what the date does not change.
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
    CASE WHEN dated_site.site_id IS NULL THEN site.active ELSE dated_site.active END AS active,
    site.adcode,
    CASE WHEN dated_site.site_id IS NULL THEN site.zone_id ELSE dated_site.zone_id END AS zone_id,
    CASE
        WHEN dated_site.site_id IS NULL THEN site.coverage ELSE dated_site.coverage
    END AS coverage,
    CASE
        WHEN dated_site.site_id IS NULL THEN site.covered_by ELSE dated_site.covered_by
    END AS covered_by,
    CASE
        WHEN dated_site.site_id IS NULL THEN site.union_members ELSE dated_site.union_members
    END AS union_members,
    CASE
        WHEN dated_site.site_id IS NULL THEN site.needs_own_union ELSE dated_site.needs_own_union
    END AS needs_own_union,
    CASE
        WHEN dated_site.site_id IS NULL THEN site.counted_workers ELSE dated_site.counted_workers
    END AS counted_workers,
    CASE
        WHEN dated_site.site_id IS NULL THEN site.counted_members ELSE dated_site.counted_members
    END AS counted_members,
    CASE WHEN dated_site.site_id IS NULL THEN site.gap ELSE dated_site.gap END AS gap
FROM site
LEFT JOIN dated_site ON site.id = dated_site.site_id
