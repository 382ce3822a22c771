-- Writes how many divisions lie above each division, where that has changed, and marks the sites
-- inside these: what lies deeper is finer. Those in `change` are marked already.
-- Reads:   division, change, site.
-- Index:   division_parent, site_geom.
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
),

moved AS (
    UPDATE division
    SET depth = nested.depth
    FROM nested
    WHERE division.adcode = nested.adcode AND division.depth <> nested.depth
    RETURNING division.adcode, division.geom
)

INSERT INTO touched (site_id, anew)
SELECT DISTINCT
    site.id,
    'division' AS anew
FROM moved
INNER JOIN site ON moved.geom && site.geom AND ST_Intersects(moved.geom, site.point)
WHERE NOT EXISTS (SELECT FROM change WHERE change.id = moved.adcode)
