-- A batch of sites with every field that a file may bring, and what Antu derived after them.
-- Uses:    passing.sql
-- Binds:   after (id), size, and those of passing.sql.
-- Columns: the fields of schema.site that loading takes, then the derived ones.
-- Index:   site_pkey.
WITH
page AS (
    SELECT passing.*
    FROM passing
    WHERE passing.id > cast(:after AS text)
    ORDER BY passing.id
    LIMIT :size
)

SELECT
    page.id,
    page.name,
    page.category,
    page.grade,
    page.workers,
    page.migrant_workers,
    page.members,
    page.address,
    page.credit_code,
    page.stated_division,
    page.started_on,
    page.ended_on,
    page.source,
    page.coverage,
    page.covered_by,
    page.needs_own_union,
    page.gap,
    page.adcode,
    page.geom
FROM page
ORDER BY page.id
