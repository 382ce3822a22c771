-- The located sites that pass, as maps take them; with a size, those of the largest gap.
-- Uses:    passing.sql
-- Binds:   size (or null), and those of passing.sql.
-- Columns: as named below.
WITH
located AS (
    SELECT passing.*
    FROM passing
    WHERE passing.geom IS NOT NULL
)

SELECT
    located.id,
    located.name,
    located.category,
    located.grade,
    located.workers,
    located.coverage,
    located.covered_by,
    located.needs_own_union,
    located.gap,
    located.adcode,
    located.geom,
    coalesce(located.members, located.union_members) AS members
FROM located
ORDER BY located.gap DESC NULLS LAST, located.id
LIMIT :size
