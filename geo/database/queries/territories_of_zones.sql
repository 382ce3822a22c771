-- Follows changed zones with the territories made from them, and marks the sites in these.
-- Reads:   candidate (the zones as they are to be, among others).
-- Index:   site_geom.
WITH
made AS (
    SELECT
        union_organisation.id,
        union_organisation.geom AS before,
        CASE WHEN ST_Dimension(candidate.geom) = 2 THEN ST_Multi(candidate.geom) END AS geom
    FROM union_organisation
    INNER JOIN candidate ON union_organisation.territory_site_id = candidate.id
    WHERE union_organisation.territory_adcodes IS NULL
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
