-- Marks the sites whose state may differ on another date: they begin or end between the two, or a
-- zone around them or a union organisation over them does.
-- Binds:   before (the date of which the state is stored), on (the other).
-- Index:   site_started_on, site_ended_on, site_pkey, site_geom, site_zone_id,
--          union_organisation_founded_on, union_organisation_dissolved_on.
WITH
period AS NOT MATERIALIZED (
    SELECT
        least(cast(:before AS date), cast(:on AS date)) AS first,
        greatest(cast(:before AS date), cast(:on AS date)) AS last
),

turning_site AS NOT MATERIALIZED (
    SELECT
        site.id,
        site.category,
        site.geom
    FROM period, site
    WHERE
        (
            (site.started_on > period.first AND site.started_on <= period.last)
            OR (site.ended_on >= period.first AND site.ended_on < period.last)
        )
        AND site.active <> (
            coalesce(site.started_on <= :on, TRUE) AND coalesce(site.ended_on >= :on, TRUE)
        )
),

turning_zone AS (
    SELECT
        turning_site.id,
        turning_site.geom
    FROM turning_site
    WHERE turning_site.category = 'development_zone'
),

turning_union AS NOT MATERIALIZED (
    SELECT
        union_organisation.id,
        union_organisation.site_id,
        union_organisation.categories,
        union_organisation.area_m2,
        union_organisation.geom,
        coalesce(union_organisation.founded_on <= :on, TRUE)
        AND coalesce(union_organisation.dissolved_on >= :on, TRUE) AS begins
    FROM period, union_organisation
    WHERE
        (
            union_organisation.founded_on > period.first
            AND union_organisation.founded_on <= period.last
        )
        OR (
            union_organisation.dissolved_on >= period.first
            AND union_organisation.dissolved_on < period.last
        )
),

ending_federation AS (
    SELECT
        turning_union.id,
        turning_union.geom
    FROM turning_union
    WHERE turning_union.geom IS NOT NULL AND NOT turning_union.begins
),

ending AS (
    SELECT count(*) AS federations
    FROM ending_federation
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
-- A federation that ends matters to whom it covers; where a union of the site's own that goes
-- before it turns too, that one marks the site. Around a territory lie more sites than it covers,
-- so of fifty and more it is faster to ask every site who covers it.
SELECT
    site.id,
    'coverage' AS anew
FROM ending_federation
INNER JOIN site
    ON ending_federation.id = site.covered_by AND ending_federation.geom && site.geom
WHERE (SELECT ending.federations FROM ending) < 50
UNION ALL
SELECT
    site.id,
    'coverage' AS anew
FROM site
WHERE
    site.covered_by IN (SELECT ending_federation.id FROM ending_federation)
    AND (SELECT ending.federations FROM ending) >= 50
UNION ALL
-- One that begins matters to whom no smaller one covers, and no union of their own.
SELECT
    site.id,
    'coverage' AS anew
FROM turning_union
INNER JOIN site ON turning_union.geom && site.geom
LEFT JOIN union_organisation AS cover ON site.covered_by = cover.id AND cover.geom IS NOT NULL
WHERE
    turning_union.geom IS NOT NULL
    AND turning_union.begins
    AND site.coverage <> 'direct'
    AND coalesce(site.category = any(turning_union.categories), TRUE)
    -- In this order: the place is dear to compare.
    AND CASE
        WHEN ((turning_union.area_m2, turning_union.id) < (cover.area_m2, cover.id)) IS NOT FALSE
            THEN ST_Intersects(turning_union.geom, site.point)
    END
UNION ALL
SELECT
    turning_site.id,
    'own' AS anew
FROM turning_site
