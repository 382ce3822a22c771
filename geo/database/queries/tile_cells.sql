-- The sites of a tile as cells with their counts, and how many sites there are.
-- Uses:    cells.sql
-- Binds:   width (of a cell in units of the tile, which is 4096 wide), and those of cells.sql.
-- Columns: sites (sum), tile (a vector tile with the layer cells: points in the middle of a cell
--          with sites, workers, gap, sites_unknown_workers).
-- Index:   heat_block_key.
WITH
feature AS (
    SELECT
        sum(cells.sites)::bigint AS sites,
        sum(cells.workers)::bigint AS workers,
        sum(cells.gap)::bigint AS gap,
        sum(cells.sites_unknown_workers)::bigint AS sites_unknown_workers,
        ST_Point((cells.x - :x0 + 0.5) * :width, (cells.y - :y0 + 0.5) * :width) AS geom
    FROM cells
    GROUP BY cells.x, cells.y
    HAVING sum(cells.sites) > 0
)

SELECT
    coalesce(sum(feature.sites), 0)::bigint AS sites,
    coalesce(ST_AsMVT(feature, 'cells', 4096, 'geom'), '') AS tile
FROM feature
