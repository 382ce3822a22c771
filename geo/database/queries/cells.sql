-- What the cells of a Web Mercator grid hold (64 x 64 cells a tile), in rows that add up.
-- Uses:    passing.sql
-- Binds:   level (stored), blocks (arrays of 64 x 64 of its cells), parts (see pyramid.py), shift
--          (levels that the cells asked for are coarser); counting (true: count the sites that
--          pass, for what no parts add up to) with world (cells around the earth at that level),
--          kinds (array: the categories in the order of pyramid.py) and the binds of passing.sql;
--          x0, y0, x1, y1 (cells asked for, without x1 and y1).
-- Columns: x, y (cells), kind (the category: its place in kinds, from 0; without a meaning in the
--          part of all), sites, workers, gap, sites_unknown_workers.
-- Index:   heat_cell_pkey; when counting, what serves passing.sql: site_geom, site_adcode.
WITH
counted AS (
    SELECT
        ((heat_cell.block % (1 << heat_cell.level)) * 64 + heat_cell.cell % 64) >> :shift AS x,
        ((heat_cell.block / (1 << heat_cell.level)) * 64 + heat_cell.cell / 64) >> :shift AS y,
        (heat_cell.part - 1) / 5 AS kind,
        heat_cell.sites,
        heat_cell.workers,
        heat_cell.gap,
        heat_cell.sites_unknown_workers
    FROM heat_cell
    WHERE
        heat_cell.level = :level
        AND heat_cell.block = any(cast(:blocks AS integer[]))
        AND heat_cell.part = any(cast(:parts AS smallint[]))
    -- if counting
    UNION ALL
    SELECT
        least(floor((ST_X(passing.point) + 180) / 360 * :world), :world - 1)::integer AS x,
        least(
            greatest(
                floor((1 - asinh(tan(radians(ST_Y(passing.point)))) / pi()) / 2 * :world), 0
            ),
            :world - 1
        )::integer AS y,
        array_position(cast(:kinds AS text[]), passing.category) - 1 AS kind,
        count(*)::integer AS sites,
        coalesce(sum(passing.counted_workers), 0) AS workers,
        coalesce(sum(passing.gap), 0) AS gap,
        (count(*) - count(passing.counted_workers))::integer AS sites_unknown_workers
    FROM passing
    WHERE passing.point IS NOT NULL
    GROUP BY x, y, kind
    -- end
),

-- Without the offset the planner works out x and y anew for each condition below, and takes what
-- meets them all to be so rare that it sorts the sites.
placed AS (
    SELECT counted.*
    FROM counted
    OFFSET 0
)

SELECT
    placed.x,
    placed.y,
    placed.kind,
    placed.sites,
    placed.workers,
    placed.gap,
    placed.sites_unknown_workers
FROM placed
WHERE
    placed.x >= :x0
    AND placed.x < :x1
    AND placed.y >= :y0
    AND placed.y < :y1
