-- Staged divisions that would lie in themselves, or in one that the database will not have; and
-- those that name no parent, though they lie in a larger one of another level that is there.
-- Reads:   staged, division.
-- Columns: row, parent (or the division they lie in), fault (circular, unknown, missing).
-- Index:   division_geom for what a division lies in; of parents all are read, which are few.
WITH RECURSIVE
afterwards AS (
    SELECT
        staged.adcode,
        staged.parent
    FROM staged
    UNION ALL
    SELECT
        division.adcode,
        division.parent
    FROM division
    WHERE NOT EXISTS (SELECT FROM staged WHERE staged.adcode = division.adcode)
),

above AS (
    SELECT
        staged.adcode,
        staged.parent AS upper
    FROM staged
    WHERE staged.parent IS NOT NULL
    UNION
    SELECT
        above.adcode,
        afterwards.parent AS upper
    FROM above
    INNER JOIN afterwards ON above.upper = afterwards.adcode
    WHERE afterwards.parent IS NOT NULL
),

circle AS (
    SELECT above.adcode
    FROM above
    WHERE above.upper = above.adcode
)

SELECT
    staged.row,
    staged.parent,
    CASE WHEN circle.adcode IS NULL THEN 'unknown' ELSE 'circular' END AS fault
FROM staged
LEFT JOIN circle ON staged.adcode = circle.adcode
LEFT JOIN afterwards ON staged.parent = afterwards.adcode
WHERE circle.adcode IS NOT NULL OR (staged.parent IS NOT NULL AND afterwards.adcode IS NULL)
UNION ALL
SELECT
    staged.row,
    around.adcode AS parent,
    'missing' AS fault
FROM staged
CROSS JOIN
    LATERAL (
        SELECT division.adcode
        FROM division
        WHERE
            ST_Intersects(division.geom, ST_PointOnSurface(staged.geom))
            AND division.level <> staged.level
            AND division.area_m2 > ST_Area(staged.geom::geography)
            AND NOT EXISTS (SELECT FROM staged AS itself WHERE itself.adcode = division.adcode)
        ORDER BY division.depth DESC, division.area_m2, division.adcode
        LIMIT 1
    ) AS around
WHERE staged.parent IS NULL
ORDER BY row
