-- The finest division that holds each of some places, by the rule of assess.sql.
-- Binds:   lon, lat (arrays, degrees).
-- Columns: adcode (null outside every boundary); a row for each place, in their order.
-- Index:   division_geom.
SELECT
    (
        SELECT division.adcode
        FROM division
        WHERE ST_Intersects(division.geom, ST_SetSRID(ST_Point(place.lon, place.lat), 4326))
        ORDER BY division.depth DESC, division.area_m2, division.adcode
        LIMIT 1
    ) AS adcode
FROM
    unnest(cast(:lon AS double precision[]), cast(:lat AS double precision[]))
    WITH ORDINALITY AS place (lon, lat, number)
ORDER BY place.number
