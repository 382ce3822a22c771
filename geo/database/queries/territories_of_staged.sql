-- Makes the territories of staged federations that name divisions or a zone instead of an outline.
-- Reads:   staged, division, site.
-- Index:   division_pkey, site_pkey.
WITH
made AS (
    SELECT
        staged.id,
        ST_Multi(ST_Union(division.geom ORDER BY division.adcode)) AS geom
    FROM staged
    INNER JOIN division ON division.adcode = any(staged.territory_adcodes)
    GROUP BY staged.id
    UNION ALL
    SELECT
        staged.id,
        ST_Multi(site.geom) AS geom
    FROM staged
    INNER JOIN site ON staged.territory_site_id = site.id
    WHERE staged.territory_adcodes IS NULL AND ST_Dimension(site.geom) = 2
)

UPDATE staged
SET geom = made.geom
FROM made
WHERE staged.id = made.id
