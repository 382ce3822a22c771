-- The gap of the cells of a Web Mercator grid (64 x 64 cells a tile) by category and division.
-- Uses:    passing.sql
-- Binds:   world (cells around the earth: 64 * 2 ^ level), x0, y0, x1, y1 (cells; x1 and y1 are not
--          part of it), west, south, east, north (their box in degrees), and those of passing.sql.
-- Columns: x, y (cells), category, adcode, gap; only where there is one.
-- Index:   site_geom.
WITH
located AS (
    SELECT
        passing.category,
        passing.adcode,
        passing.gap,
        floor((ST_X(passing.point) + 180) / 360 * :world)::integer AS x,
        floor(
            (1 - asinh(tan(radians(ST_Y(passing.point)))) / pi()) / 2 * :world
        )::integer AS y
    FROM passing
    WHERE
        passing.gap > 0
        AND passing.geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
)

SELECT
    located.x,
    located.y,
    located.category,
    located.adcode,
    sum(located.gap)::bigint AS gap
FROM located
WHERE
    located.x >= :x0
    AND located.x < :x1
    AND located.y >= :y0
    AND located.y < :y1
GROUP BY located.x, located.y, located.category, located.adcode
