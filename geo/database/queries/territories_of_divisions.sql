-- Follows changed divisions with the territories made from them, and marks the sites in these; a
-- territory is made of those of its divisions that there are.
-- Reads:   change (divisions, written already), division.
-- Index:   division_pkey, site_geom.
WITH
made AS (
    SELECT
        union_organisation.id,
        union_organisation.geom AS before,
        ST_Multi(ST_Union(division.geom ORDER BY division.adcode)) AS geom
    FROM union_organisation
    LEFT JOIN division ON division.adcode = any(union_organisation.territory_adcodes)
    WHERE union_organisation.territory_adcodes && (SELECT array_agg(change.id) FROM change)
    GROUP BY union_organisation.id
),

renewed AS (
    UPDATE union_organisation
    SET geom = made.geom
    FROM made
    WHERE union_organisation.id = made.id AND made.before IS DISTINCT FROM made.geom
    RETURNING made.before, made.geom
),

area AS (
    SELECT renewed.before AS geom
    FROM renewed
    UNION ALL
    SELECT renewed.geom
    FROM renewed
)

INSERT INTO touched (site_id)
SELECT DISTINCT site.id
FROM area
INNER JOIN site ON area.geom && site.geom AND ST_Intersects(area.geom, site.point)
