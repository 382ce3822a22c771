-- The rule of coverage: how each candidate is covered on a date, and where it is counted.
-- Reads:   candidate; the development zones of site that are no candidates.
-- Binds:   on (date), threshold (headcount from which a site needs its own union).
-- Columns: of assessed. A zone's counted figures are still its own; zone_figures.sql follows.
-- Index:   division_geom, union_organisation_geom, union_organisation_site_id, site_zone_geom,
--          candidate_point.
INSERT INTO assessed (
    site_id,
    active,
    adcode,
    zone_id,
    coverage,
    covered_by,
    union_members,
    needs_own_union,
    counted_workers,
    counted_members
)
WITH
-- None is finer than those that lie deepest, so only what lies outside these asks for the others.
deepest AS (
    SELECT DISTINCT ON (candidate.id)
        candidate.id,
        division.adcode
    FROM division
    INNER JOIN candidate ON ST_Intersects(division.geom, candidate.point)
    WHERE
        division.depth = (SELECT max(lowest.depth) FROM division AS lowest)
        AND NOT candidate.located
    ORDER BY candidate.id, division.area_m2, division.adcode
),

outside AS MATERIALIZED (
    SELECT
        candidate.id,
        candidate.point
    FROM candidate
    WHERE
        NOT candidate.located
        AND candidate.point IS NOT NULL
        AND NOT EXISTS (SELECT FROM deepest WHERE deepest.id = candidate.id)
),

located AS (
    SELECT
        deepest.id,
        deepest.adcode
    FROM deepest
    UNION ALL
    (
        SELECT DISTINCT ON (outside.id)
            outside.id,
            division.adcode
        FROM outside
        INNER JOIN division ON ST_Intersects(division.geom, outside.point)
        ORDER BY outside.id, division.depth DESC, division.area_m2, division.adcode
    )
),

zone AS MATERIALIZED (
    SELECT
        candidate.id,
        candidate.geom,
        ST_Area(candidate.geom::geography) AS area_m2
    FROM candidate
    WHERE
        candidate.category = 'development_zone'
        AND ST_Dimension(candidate.geom) = 2
        AND coalesce(candidate.started_on <= :on, TRUE)
        AND coalesce(candidate.ended_on >= :on, TRUE)
    UNION ALL
    SELECT
        site.id,
        site.geom,
        ST_Area(site.geom::geography) AS area_m2
    FROM site
    WHERE
        site.category = 'development_zone'
        AND site.geom && (
            SELECT ST_SetSRID(ST_Extent(candidate.point)::geometry, 4326)
            FROM candidate
        )
        AND ST_Dimension(site.geom) = 2
        AND coalesce(site.started_on <= :on, TRUE)
        AND coalesce(site.ended_on >= :on, TRUE)
        AND NOT EXISTS (SELECT FROM candidate WHERE candidate.id = site.id)
),

-- The smallest zone around a site; of two equal zones the one with the lower id lies inside.
zoned AS (
    SELECT DISTINCT ON (candidate.id)
        candidate.id,
        zone.id AS zone_id
    FROM zone
    INNER JOIN candidate ON ST_Intersects(zone.geom, candidate.point)
    LEFT JOIN zone AS itself ON candidate.id = itself.id
    WHERE itself.id IS NULL OR (zone.area_m2, zone.id) > (itself.area_m2, itself.id)
    ORDER BY candidate.id, zone.area_m2, zone.id
),

-- Only enterprise unions have a site, only sectoral federations have categories.
active_union AS NOT MATERIALIZED (
    SELECT union_organisation.*
    FROM union_organisation
    WHERE
        coalesce(union_organisation.founded_on <= :on, TRUE)
        AND coalesce(union_organisation.dissolved_on >= :on, TRUE)
),

direct AS (
    SELECT DISTINCT ON (active_union.site_id)
        active_union.site_id,
        active_union.id AS union_id,
        active_union.members
    FROM active_union
    INNER JOIN candidate ON active_union.site_id = candidate.id
    ORDER BY active_union.site_id, active_union.id
),

-- The smallest territory has the first place.
federation AS (
    SELECT
        active_union.id,
        row_number() OVER (ORDER BY active_union.area_m2, active_union.id) AS place
    FROM active_union
    WHERE active_union.geom IS NOT NULL
),

foremost AS (
    SELECT
        candidate.id,
        min(federation.place) AS place
    FROM union_organisation
    INNER JOIN candidate ON ST_Intersects(union_organisation.geom, candidate.point)
    INNER JOIN federation ON union_organisation.id = federation.id
    WHERE coalesce(candidate.category = any(union_organisation.categories), TRUE)
    GROUP BY candidate.id
),

secondary AS (
    SELECT
        foremost.id,
        federation.id AS union_id
    FROM foremost
    INNER JOIN federation ON foremost.place = federation.place
)

SELECT
    candidate.id AS site_id,
    coalesce(candidate.started_on <= :on, TRUE)
    AND coalesce(candidate.ended_on >= :on, TRUE) AS active,
    CASE WHEN candidate.located THEN candidate.adcode ELSE located.adcode END AS adcode,
    zoned.zone_id,
    CASE
        WHEN direct.union_id IS NOT NULL THEN 'direct'
        WHEN secondary.union_id IS NOT NULL THEN 'secondary'
        ELSE 'none'
    END AS coverage,
    coalesce(direct.union_id, secondary.union_id) AS covered_by,
    direct.members AS union_members,
    coalesce(candidate.workers >= cast(:threshold AS integer), FALSE)
    AND direct.union_id IS NULL AS needs_own_union,
    candidate.workers AS counted_workers,
    coalesce(candidate.members, direct.members) AS counted_members
FROM candidate
LEFT JOIN located ON candidate.id = located.id
LEFT JOIN zoned ON candidate.id = zoned.id
LEFT JOIN direct ON candidate.id = direct.site_id
LEFT JOIN secondary ON candidate.id = secondary.id
