-- The rule of coverage: how each candidate is covered on a date, and where it is counted.
-- Reads:   candidate, division, union_organisation; of site the zones that are no candidates.
-- Binds:   on (date), threshold (headcount from which a site needs its own union).
-- Columns: of assessed. A zone's counted figures are still its own; zone_figures.sql follows.
-- Index:   division_geom, union_organisation_geom, union_organisation_site_id, site_zone_geom,
--          candidate_point.
INSERT INTO assessed (
    site_id,
    category,
    workers,
    members,
    point,
    former_zone_id,
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
-- Of all that may claim a site, the one with the first place counts. No division is finer than
-- those that lie deepest, so only what lies outside these asks for the others.
deepest AS (
    SELECT
        division.adcode,
        row_number() OVER (ORDER BY division.area_m2, division.adcode) AS place
    FROM division
    WHERE division.depth = (SELECT max(lowest.depth) FROM division AS lowest)
),

-- Of two equal zones the one with the lower id lies inside.
zone AS MATERIALIZED (
    SELECT
        area.id,
        area.geom,
        row_number() OVER (ORDER BY ST_Area(area.geom::geography), area.id) AS place
    FROM (
        SELECT
            candidate.id,
            candidate.geom,
            candidate.started_on,
            candidate.ended_on
        FROM candidate
        WHERE candidate.category = 'development_zone'
        UNION ALL
        SELECT
            site.id,
            site.geom,
            site.started_on,
            site.ended_on
        FROM site
        WHERE
            site.category = 'development_zone'
            AND site.geom && (
                SELECT ST_SetSRID(ST_Extent(candidate.point)::geometry, 4326)
                FROM candidate
            )
            AND NOT EXISTS (SELECT FROM candidate WHERE candidate.id = site.id)
    ) AS area
    WHERE
        ST_Dimension(area.geom) = 2
        AND coalesce(area.started_on <= :on, TRUE)
        AND coalesce(area.ended_on >= :on, TRUE)
),

-- Only enterprise unions have a site, only sectoral federations have categories.
active_union AS NOT MATERIALIZED (
    SELECT union_organisation.*
    FROM union_organisation
    WHERE
        coalesce(union_organisation.founded_on <= :on, TRUE)
        AND coalesce(union_organisation.dissolved_on >= :on, TRUE)
),

federation AS (
    SELECT
        active_union.id,
        row_number() OVER (ORDER BY active_union.area_m2, active_union.id) AS place
    FROM active_union
    WHERE active_union.geom IS NOT NULL
),

claim (site_id, division, zone, federation, own_union) AS (
    SELECT
        candidate.id,
        deepest.place,
        NULL::bigint,
        NULL::bigint,
        NULL::text COLLATE "C"
    FROM division
    INNER JOIN candidate ON ST_Intersects(division.geom, candidate.point)
    INNER JOIN deepest ON division.adcode = deepest.adcode
    WHERE NOT candidate.located
    UNION ALL
    SELECT
        candidate.id,
        NULL,
        zone.place,
        NULL,
        NULL
    FROM zone
    INNER JOIN candidate ON ST_Intersects(zone.geom, candidate.point)
    LEFT JOIN zone AS itself ON candidate.id = itself.id
    WHERE itself.id IS NULL OR zone.place > itself.place
    UNION ALL
    SELECT
        candidate.id,
        NULL,
        NULL,
        federation.place,
        NULL
    FROM union_organisation
    INNER JOIN candidate ON ST_Intersects(union_organisation.geom, candidate.point)
    INNER JOIN federation ON union_organisation.id = federation.id
    WHERE coalesce(candidate.category = any(union_organisation.categories), TRUE)
    UNION ALL
    SELECT
        candidate.id,
        NULL,
        NULL,
        NULL,
        active_union.id AS own_union
    FROM active_union
    INNER JOIN candidate ON active_union.site_id = candidate.id
),

foremost AS (
    SELECT
        claim.site_id,
        min(claim.division) AS division,
        min(claim.zone) AS zone,
        min(claim.federation) AS federation,
        min(claim.own_union) AS own_union
    FROM claim
    GROUP BY claim.site_id
)

SELECT
    candidate.id AS site_id,
    candidate.category,
    candidate.workers,
    candidate.members,
    candidate.point,
    candidate.former_zone_id,
    coalesce(candidate.started_on <= :on, TRUE)
    AND coalesce(candidate.ended_on >= :on, TRUE) AS active,
    CASE
        WHEN candidate.located THEN candidate.former_adcode
        ELSE coalesce(deepest.adcode, (
            SELECT division.adcode
            FROM division
            WHERE ST_Intersects(division.geom, candidate.point)
            ORDER BY division.depth DESC, division.area_m2, division.adcode
            LIMIT 1
        ))
    END AS adcode,
    zone.id AS zone_id,
    CASE
        WHEN foremost.own_union IS NOT NULL THEN 'direct'
        WHEN foremost.federation IS NOT NULL THEN 'secondary'
        ELSE 'none'
    END AS coverage,
    coalesce(foremost.own_union, federation.id) AS covered_by,
    own_union.members AS union_members,
    coalesce(candidate.workers >= cast(:threshold AS integer), FALSE)
    AND foremost.own_union IS NULL AS needs_own_union,
    candidate.workers AS counted_workers,
    coalesce(candidate.members, own_union.members) AS counted_members
FROM candidate
LEFT JOIN foremost ON candidate.id = foremost.site_id
LEFT JOIN deepest ON foremost.division = deepest.place
LEFT JOIN zone ON foremost.zone = zone.place
LEFT JOIN federation ON foremost.federation = federation.place
LEFT JOIN union_organisation AS own_union ON foremost.own_union = own_union.id
