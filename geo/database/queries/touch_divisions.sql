-- Marks the sites inside the divisions that change: as they were, and as they are to be.
-- Reads:   change, staged, division.
-- Index:   division_pkey, site_geom.
WITH
area AS (
    SELECT staged.geom
    FROM change
    INNER JOIN staged ON change.id = staged.adcode
    UNION ALL
    SELECT division.geom
    FROM change
    INNER JOIN division ON change.id = division.adcode
)

INSERT INTO touched (site_id, anew)
SELECT DISTINCT
    site.id,
    'division' AS anew
FROM area
INNER JOIN site ON area.geom && site.geom AND ST_Intersects(area.geom, site.point)
