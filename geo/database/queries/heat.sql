-- Sites, workers and gap in the cells of a Web Mercator grid (64 x 64 cells a tile).
-- Uses:    passing.sql
-- Binds:   cells (cells around the earth: 64 * 2 ^ level), x_first, y_first, x_last, y_last
--          (cells, included; x may leave the range by whole turns), west, south, east, north
--          (their box in degrees), and those of passing.sql.
-- Columns: x, y (cells), sites, workers, gap, sites_unknown_workers.
-- Index:   site_geom.
WITH
located AS (
    SELECT
        passing.counted_workers,
        passing.gap,
        floor((ST_X(passing.point) + 180) / 360 * :cells)::integer AS x,
        floor(
            (1 - asinh(tan(radians(ST_Y(passing.point)))) / pi()) / 2 * :cells
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
    located.x BETWEEN :x_first AND :x_last
    AND located.y BETWEEN :y_first AND :y_last
GROUP BY located.x, located.y
