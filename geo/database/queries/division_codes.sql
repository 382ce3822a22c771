-- The codes of a division and of all below it.
-- Binds:   division (code).
-- Columns: codes (array of text).
-- Index:   division_parent.
WITH RECURSIVE
part AS (
    SELECT cast(:division AS text) COLLATE "C" AS adcode
    UNION
    SELECT division.adcode
    FROM part
    INNER JOIN division ON part.adcode = division.parent
)

SELECT array_agg(part.adcode) AS codes
FROM part
