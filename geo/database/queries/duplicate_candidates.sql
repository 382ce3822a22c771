-- Pairs of sites that have one credit code, or are near each other; whether the names of the near
-- ones are alike is for the caller to say.
-- Binds:   after, last (ids: the first site of a pair lies between), radius_m.
-- Columns: first_id, first_name, second_id, second_name, same_code, distance_m (null: unlocated).
-- Index:   site_pkey, site_credit_code, site_geography.
WITH
walked AS (
    SELECT
        site.id,
        site.name,
        site.credit_code,
        site.point
    FROM site
    WHERE site.id > :after AND site.id <= :last
),

pair AS (
    SELECT
        walked.id AS first_id,
        other.id AS second_id
    FROM walked
    INNER JOIN site AS other ON walked.credit_code = other.credit_code
    UNION
    SELECT
        walked.id AS first_id,
        other.id AS second_id
    FROM walked
    INNER JOIN
        site AS other
        ON ST_DWithin(other.geom::geography, walked.point::geography, :radius_m)
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
WHERE pair.first_id < pair.second_id
ORDER BY walked.id, other.id
