-- Pairs of sites that have one credit code, or are near each other; whether the names of the near
-- ones are alike is for the caller to say.
-- Binds:   after, last (ids: the first site of a pair lies between), radius_m.
-- Columns: first_id, first_name, second_id, second_name, same_code, distance_m (null: unlocated).
-- Index:   site_pkey, site_credit_code, site_geom (a sixth of what site_geography costs).
WITH
-- With a box in degrees that holds all that is so near: a degree is longer than 110.5 km.
walked AS (
    SELECT
        site.id,
        site.name,
        site.credit_code,
        site.point,
        ST_Expand(
            site.point,
            CASE
                WHEN abs(ST_Y(site.point)) > 89.9 THEN 360
                ELSE :radius_m / 110500 / cos(radians(ST_Y(site.point)))
            END,
            :radius_m / 110500.0
        ) AS box
    FROM site
    WHERE site.id > :after AND site.id <= :last
),

-- What reaches beyond 180 degrees comes in again on the other side.
reach AS (
    SELECT
        walked.id,
        walked.point,
        walked.box
    FROM walked
    UNION ALL
    SELECT
        walked.id,
        walked.point,
        ST_Translate(walked.box, CASE WHEN ST_X(walked.point) > 0 THEN -360 ELSE 360 END, 0) AS box
    FROM walked
    WHERE ST_XMax(walked.box) > 180 OR ST_XMin(walked.box) < -180
),

pair AS (
    SELECT
        walked.id AS first_id,
        other.id AS second_id
    FROM walked
    INNER JOIN site AS other ON walked.credit_code = other.credit_code
    WHERE walked.id < other.id
    UNION
    SELECT
        reach.id AS first_id,
        other.id AS second_id
    FROM reach
    INNER JOIN site AS other ON reach.box && other.geom
    WHERE
        reach.id < other.id
        AND ST_Distance(other.geom::geography, reach.point::geography) <= :radius_m
)

SELECT
    walked.id AS first_id,
    walked.name AS first_name,
    other.id AS second_id,
    other.name AS second_name,
    coalesce(walked.credit_code = other.credit_code, FALSE) AS same_code,
    ST_Distance(walked.point::geography, other.geom::geography) AS distance_m
FROM pair
INNER JOIN walked ON pair.first_id = walked.id
INNER JOIN site AS other ON pair.second_id = other.id
ORDER BY walked.id, other.id
