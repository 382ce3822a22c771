-- Marks the sites whose state may differ between two dates, as it is stored for one of them: they
-- begin or end in between, or a zone around them or a union organisation over them does.
-- Binds:   first (date, excluded), last (date, included); first <= last.
-- Index:   site_started_on, site_ended_on, site_pkey, site_geom, site_zone_id,
--          union_organisation_founded_on, union_organisation_dissolved_on.
WITH
turning_site AS NOT MATERIALIZED (
    SELECT site.*
    FROM site
    WHERE
        (site.started_on > :first AND site.started_on <= :last)
        OR (site.ended_on >= :first AND site.ended_on < :last)
),

turning_zone AS (
    SELECT
        turning_site.id,
        turning_site.geom
    FROM turning_site
    WHERE turning_site.category = 'development_zone'
),

turning_union AS (
    SELECT
        union_organisation.id,
        union_organisation.site_id,
        union_organisation.categories,
        union_organisation.area_m2,
        union_organisation.geom
    FROM union_organisation
    WHERE
        (union_organisation.founded_on > :first AND union_organisation.founded_on <= :last)
        OR (union_organisation.dissolved_on >= :first AND union_organisation.dissolved_on < :last)
)

INSERT INTO touched (site_id, anew)
SELECT
    turning_zone.id,
    'coverage' AS anew
FROM turning_zone
UNION ALL
SELECT
    site.id,
    'coverage' AS anew
FROM turning_zone
INNER JOIN site ON turning_zone.id = site.zone_id
UNION ALL
SELECT
    site.id,
    'coverage' AS anew
FROM turning_zone
INNER JOIN site ON turning_zone.geom && site.geom AND ST_Intersects(turning_zone.geom, site.point)
WHERE ST_Dimension(turning_zone.geom) = 2
UNION ALL
SELECT
    site.id,
    'coverage' AS anew
FROM turning_union
INNER JOIN site ON turning_union.site_id = site.id
UNION ALL
-- A federation does not matter to whom a union of its own or a smaller federation covers; where
-- that one turns too, it marks the site itself.
SELECT
    site.id,
    'coverage' AS anew
FROM turning_union
INNER JOIN
    site
    ON turning_union.geom && site.geom AND ST_Intersects(turning_union.geom, site.point)
LEFT JOIN union_organisation AS cover ON site.covered_by = cover.id
WHERE
    site.coverage <> 'direct'
    AND coalesce(site.category = any(turning_union.categories), TRUE)
    AND ((turning_union.area_m2, turning_union.id) <= (cover.area_m2, cover.id)) IS NOT FALSE
UNION ALL
SELECT
    turning_site.id,
    'own' AS anew
FROM turning_site
ON CONFLICT (site_id) DO NOTHING
