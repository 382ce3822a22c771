-- The gap of chosen cells of a Web Mercator grid (64 x 64 cells a tile) by category.
-- Uses:    passing.sql
-- Binds:   xs, ys (arrays: the cells), kinds (array: the categories in the order of pyramid.py),
--          and those of heat.sql but its window; parts are those of categories, never that of all.
-- Columns: x, y (cells), category, gap; only where there is one.
-- Index:   heat_cell_pkey; when counting, site_geom.
WITH
chosen AS (
    SELECT
        cell.x,
        cell.y
    FROM unnest(cast(:xs AS integer[]), cast(:ys AS integer[])) AS cell (x, y)
),

stored AS (
    SELECT
        ((heat_cell.block % (1 << heat_cell.level)) * 64 + heat_cell.cell % 64) >> :shift AS x,
        ((heat_cell.block / (1 << heat_cell.level)) * 64 + heat_cell.cell / 64) >> :shift AS y,
        (cast(:kinds AS text[]))[(heat_cell.part - 1) / 5 + 1] AS category,
        heat_cell.gap
    FROM heat_cell
    WHERE
        heat_cell.level = :level
        AND heat_cell.block = any(cast(:blocks AS integer[]))
        AND heat_cell.part = any(cast(:parts AS smallint[]))
        AND heat_cell.gap <> 0
    -- if counting
    UNION ALL
    SELECT
        floor((ST_X(passing.point) + 180) / 360 * :world) AS x,
        floor((1 - asinh(tan(radians(ST_Y(passing.point)))) / pi()) / 2 * :world) AS y,
        passing.category,
        passing.gap
    FROM passing
    WHERE passing.gap > 0
    -- end
)

SELECT
    stored.x::integer AS x,
    stored.y::integer AS y,
    stored.category,
    sum(stored.gap)::bigint AS gap
FROM stored
INNER JOIN chosen ON stored.x = chosen.x AND stored.y = chosen.y
GROUP BY stored.x, stored.y, stored.category
HAVING sum(stored.gap) > 0
