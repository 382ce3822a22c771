-- The box around the sites that pass.
-- Uses:    passing.sql
-- Binds:   those of passing.sql.
-- Columns: west, south, east, north (degrees; null without sites).
WITH
around AS (
    SELECT ST_Extent(passing.geom) AS box
    FROM passing
)

SELECT
    ST_XMin(around.box) AS west,
    ST_YMin(around.box) AS south,
    ST_XMax(around.box) AS east,
    ST_YMax(around.box) AS north
FROM around
