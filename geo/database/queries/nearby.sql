-- The k nearest sites to a point by geodesic distance, nearest first; on equal distance by id.
-- The index orders by distance on a sphere, which differs from that on the ellipsoid by less than
-- 0.6 %, so more than k candidates are taken, and it is said whether they were enough.
-- Uses:    passing.sql
-- Binds:   place (WKT, degrees), k, size (candidates, more than k), radius_m (may be missing), and
--          those of passing.sql.
-- Columns: collection (text: a GeoJSON FeatureCollection), complete (bool: no site beyond the
--          candidates can be among the nearest).
-- Index:   site_attention_geography with attention, else site_geography; where few sites pass,
--          site_category_workers or site_workers.
WITH
candidate AS (
    SELECT
        passing.id,
        passing.geom,
        passing.point,
        passing.properties,
        passing.geom::geography <-> cast(:place AS geography) AS spherical_m
    FROM passing
    WHERE
        passing.geom IS NOT NULL
        -- if radius_m
        AND ST_DWithin(passing.geom::geography, cast(:place AS geography), :radius_m)
        -- end
    ORDER BY passing.geom::geography <-> cast(:place AS geography)
    LIMIT :size
),

nearest AS (
    SELECT
        candidate.*,
        ST_Distance(candidate.geom::geography, cast(:place AS geography)) AS distance_m
    FROM candidate
    ORDER BY distance_m, candidate.id
    LIMIT :k
),

reach AS (
    SELECT
        count(*) AS count,
        max(candidate.spherical_m) AS spherical_m
    FROM candidate
)

SELECT
    '{"type":"FeatureCollection","features":['
    || coalesce(
        string_agg(
            '{"type":"Feature","id":' || to_json(nearest.id)
            || ',"geometry":' || ST_AsGeoJSON(nearest.geom, 7)
            || ',"properties":' || rtrim(nearest.properties, '}')
            || ',"distance_m":' || round(nearest.distance_m::numeric, 1)
            || ',"bearing_deg":' || coalesce(
                round(
                    degrees(
                        ST_Azimuth(cast(:place AS geography), nearest.point::geography)
                    )::numeric
                )::text,
                'null'
            )
            || '}}',
            ',' ORDER BY nearest.distance_m, nearest.id
        ),
        ''
    )
    || ']}' AS collection,
    reach.count < :size OR max(nearest.distance_m) + 0.001 < reach.spherical_m * 0.994 AS complete
FROM reach
LEFT JOIN nearest ON TRUE
GROUP BY reach.count, reach.spherical_m
