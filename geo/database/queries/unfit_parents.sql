-- Staged divisions that would lie in themselves, or in one that the database will not have.
-- Reads:   staged, division.
-- Columns: row, parent, circular (else: not known).
-- Index:   division_pkey.
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
    circle.adcode IS NOT NULL AS circular
FROM staged
LEFT JOIN circle ON staged.adcode = circle.adcode
LEFT JOIN afterwards ON staged.parent = afterwards.adcode
WHERE circle.adcode IS NOT NULL OR (staged.parent IS NOT NULL AND afterwards.adcode IS NULL)
ORDER BY staged.row
