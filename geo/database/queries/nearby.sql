-- The k nearest sites to a point by geodesic distance, nearest first; on equal distance by id.
-- The index orders by distance on a sphere, which differs from the ellipsoid by up to 0.6 %, so the
-- k it finds are only a guess: the farthest of them bounds the radius in which the true ones lie.
-- Uses:    passing.sql
-- Binds:   lon, lat (degrees), k, radius_m (or null), and those of passing.sql.
-- Columns: collection (text: a GeoJSON FeatureCollection).
-- Index:   site_attention_geography with attention, else site_geography; where few sites pass,
--          site_category_workers or site_workers.
WITH
guess AS MATERIALIZED (
    SELECT
        passing.id,
        ST_Distance(
            passing.geom::geography, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography
        ) AS distance_m
    FROM passing
    WHERE
        passing.geom IS NOT NULL
        AND (
            cast(:radius_m AS double precision) IS NULL
            OR ST_DWithin(
                passing.geom::geography,
                ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography,
                cast(:radius_m AS double precision)
            )
        )
    ORDER BY
        passing.geom::geography <-> ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography
    LIMIT :k
),

-- Fewer than k: there are no others to look for.
bound AS MATERIALIZED (
    SELECT CASE WHEN count(*) = :k THEN max(guess.distance_m) * (1 + 1e-9) + 0.001 END AS radius_m
    FROM guess
),

measured AS (
    SELECT guess.*
    FROM guess
    UNION
    SELECT
        passing.id,
        ST_Distance(
            passing.geom::geography, ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography
        ) AS distance_m
    FROM passing
    WHERE
        ST_DWithin(
            passing.geom::geography,
            ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography,
            (SELECT bound.radius_m FROM bound)
        )
        AND (
            cast(:radius_m AS double precision) IS NULL
            OR ST_DWithin(
                passing.geom::geography,
                ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography,
                cast(:radius_m AS double precision)
            )
        )
),

nearest AS (
    SELECT measured.*
    FROM measured
    ORDER BY measured.distance_m, measured.id
    LIMIT :k
)

SELECT
    '{"type":"FeatureCollection","features":['
    || coalesce(
        string_agg(
            json_build_object(
                'type', 'Feature',
                'id', passing.id,
                'geometry', ST_AsGeoJSON(passing.geom, 7)::json,
                'properties', passing.properties::jsonb || jsonb_build_object(
                    'distance_m', round(nearest.distance_m::numeric, 1),
                    'bearing_deg', round(
                        degrees(
                            ST_Azimuth(
                                ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)::geography,
                                passing.point::geography
                            )
                        )::numeric
                    )
                )
            )::text,
            ',' ORDER BY nearest.distance_m, nearest.id
        ),
        ''
    )
    || ']}' AS collection
FROM nearest
INNER JOIN passing ON nearest.id = passing.id
