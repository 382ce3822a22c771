-- Sites, workers and gap in the cells of a Web Mercator grid (64 x 64 cells a tile).
-- Uses:    passing.sql
-- Binds:   world (cells around the earth: 64 * 2 ^ level), x0, y0, x1, y1 (cells; x1 and y1 are not
--          part of it), west, south, east, north (their box in degrees), and those of passing.sql.
-- Columns: x, y (cells), sites, workers, gap, sites_unknown_workers.
-- Index:   site_geom.
WITH
located AS (
    SELECT
        passing.counted_workers,
        passing.gap,
        least(
            floor((ST_X(passing.point) + 180) / 360 * :world)::integer, :world - 1
        ) AS x,
        least(
            greatest(
                floor(
                    (1 - asinh(tan(radians(ST_Y(passing.point)))) / pi()) / 2 * :world
                )::bigint,
                0
            ),
            :world - 1
        )::integer AS y
    FROM passing
    WHERE passing.geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
)

SELECT
    located.x,
    located.y,
    count(*) AS sites,
    coalesce(sum(located.counted_workers), 0)::bigint AS workers,
    coalesce(sum(located.gap), 0)::bigint AS gap,
    count(*) FILTER (WHERE located.counted_workers IS NULL) AS sites_unknown_workers
FROM located
WHERE
    located.x >= :x0
    AND located.x < :x1
    AND located.y >= :y0
    AND located.y < :y1
GROUP BY located.x, located.y
