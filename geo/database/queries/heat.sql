-- Sites, workers and gap in the cells of a Web Mercator grid (64 x 64 cells a tile).
-- Uses:    passing.sql
-- Binds:   level (stored), blocks (arrays of 64 x 64 of its cells), parts (see pyramid.py), shift
--          (levels that the cells asked for are coarser); counting (true: count the sites that
--          pass, for what no parts add up to) with world (cells around the earth at that level)
--          and the binds of passing.sql; x0, y0, x1, y1 (cells asked for, without x1 and y1).
-- Columns: x, y (cells), sites, workers, gap, sites_unknown_workers.
-- Index:   heat_cell_pkey; when counting, what serves passing.sql: site_geom, site_adcode.
WITH
stored AS (
    SELECT
        (heat_cell.block % (1 << heat_cell.level)) * 64 + heat_cell.cell % 64 AS x,
        (heat_cell.block / (1 << heat_cell.level)) * 64 + heat_cell.cell / 64 AS y,
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
        1 AS sites,
        coalesce(passing.counted_workers, 0) AS workers,
        coalesce(passing.gap, 0) AS gap,
        (passing.counted_workers IS NULL)::integer AS sites_unknown_workers
    FROM passing
    WHERE passing.point IS NOT NULL
    -- end
)

SELECT
    stored.x >> :shift AS x,
    stored.y >> :shift AS y,
    sum(stored.sites)::bigint AS sites,
    sum(stored.workers)::bigint AS workers,
    sum(stored.gap)::bigint AS gap,
    sum(stored.sites_unknown_workers)::bigint AS sites_unknown_workers
FROM stored
WHERE
    stored.x >> :shift >= :x0
    AND stored.x >> :shift < :x1
    AND stored.y >> :shift >= :y0
    AND stored.y >> :shift < :y1
GROUP BY stored.x >> :shift, stored.y >> :shift
HAVING sum(stored.sites) > 0
