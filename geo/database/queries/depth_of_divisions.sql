-- Writes how many divisions lie above each division, where that has changed.
-- Reads:   division.
-- Index:   division_parent.
WITH RECURSIVE
nested AS (
    SELECT
        division.adcode,
        0 AS depth
    FROM division
    WHERE NOT EXISTS (SELECT FROM division AS upper WHERE upper.adcode = division.parent)
    UNION ALL
    SELECT
        division.adcode,
        nested.depth + 1 AS depth
    FROM nested
    INNER JOIN division ON nested.adcode = division.parent
)

UPDATE division
SET depth = nested.depth
FROM nested
WHERE division.adcode = nested.adcode AND division.depth <> nested.depth
