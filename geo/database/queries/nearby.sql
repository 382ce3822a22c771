-- The k nearest sites to a point by geodesic distance, nearest first; on equal distance by id.
-- The index orders by distance on a sphere, which differs from that on the ellipsoid by less than
-- 0.6 %, so more than k candidates are taken, and it is said whether they were enough.
-- Uses:    passing.sql
-- Binds:   place (WKT, degrees), k, size (candidates, more than k), radius_m (may be missing),
--          sorting (true: all that pass are sorted, rather than found by walking outward), and
--          those of passing.sql.
-- Columns: collection (text: a GeoJSON FeatureCollection), complete (bool: no site beyond the
--          candidates can be among the nearest).
-- Index:   site_attention_geography with attention, else site_geography; where few sites pass,
--          site_category_workers or site_workers.
WITH
candidate AS (
    SELECT
        passing.id,
        passing.point,
        passing.feature,
        ST_Distance(passing.geom::geography, cast(:place AS geography)) AS distance_m,
        passing.geom::geography <-> cast(:place AS geography) AS spherical_m
    FROM passing
    WHERE
        passing.geom IS NOT NULL
        -- if radius_m
        AND ST_DWithin(passing.geom::geography, cast(:place AS geography), :radius_m)
        -- end
    ORDER BY
        -- if sorting
        -- No index is in the order of a sum.
        0 + (passing.geom::geography <-> cast(:place AS geography)),
        -- end
        passing.geom::geography <-> cast(:place AS geography)
    LIMIT :size
),

-- One aggregate over the few candidates: each further step would cost more to plan than to run.
ranked AS (
    SELECT
        count(*) AS count,
        max(candidate.spherical_m) AS spherical_m,
        array_agg(candidate.distance_m ORDER BY candidate.distance_m) AS distances_m,
        array_agg(
            candidate.feature || ',"distance_m":' || round(candidate.distance_m::numeric, 1)::text
            || ',"bearing_deg":' || coalesce(
                round(
                    degrees(
                        ST_Azimuth(cast(:place AS geography), candidate.point::geography)
                    )::numeric
                )::text,
                'null'
            )
            || '}}'
            ORDER BY candidate.distance_m, candidate.id
        ) AS features
    FROM candidate
)

SELECT
    '{"type":"FeatureCollection","features":['
    || coalesce(array_to_string(ranked.features[1:cast(:k AS integer)], ','), '')
    || ']}' AS collection,
    ranked.count < :size OR ranked.distances_m[:k] + 0.001 < ranked.spherical_m * 0.994 AS complete
FROM ranked
