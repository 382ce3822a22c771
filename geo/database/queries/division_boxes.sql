-- The boxes of the parts of boundaries.
-- Binds:   level, or top (true: what lies in no other); within (code, may be missing: only that
--          division and those below it).
-- Columns: adcode, west, south, east, north; a row for each part, by adcode.
-- Index:   division_level, division_parent.
SELECT
    division.adcode,
    ST_XMin(part.geom) AS west,
    ST_YMin(part.geom) AS south,
    ST_XMax(part.geom) AS east,
    ST_YMax(part.geom) AS north
FROM division, ST_Dump(division.geom) AS part
WHERE
    TRUE
    -- if level
    AND division.level = :level
    -- if top
    AND NOT EXISTS (SELECT FROM division AS upper WHERE upper.adcode = division.parent)
    -- if within
    AND division.adcode IN (
        WITH RECURSIVE
        below AS (
            SELECT cast(:within AS text) COLLATE "C" AS adcode
            UNION
            SELECT lower.adcode
            FROM below
            INNER JOIN division AS lower ON below.adcode = lower.parent
        )

        SELECT below.adcode
        FROM below
    )
    -- end
ORDER BY division.adcode, part.path
