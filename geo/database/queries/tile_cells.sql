-- The sites of a tile as cells with their counts, and how many sites there are.
-- Uses:    heat.sql
-- Binds:   width (of a cell in units of the tile, which is 4096 wide), and those of heat.sql.
-- Columns: sites (sum), tile (a vector tile with the layer cells: points in the middle of a cell
--          with sites, workers, gap, sites_unknown_workers).
-- Index:   heat_cell_pkey.
WITH
feature AS (
    SELECT
        heat.sites,
        heat.workers,
        heat.gap,
        heat.sites_unknown_workers,
        ST_Point((heat.x - :x0 + 0.5) * :width, (heat.y - :y0 + 0.5) * :width) AS geom
    FROM heat
)

SELECT
    coalesce(sum(feature.sites), 0)::bigint AS sites,
    coalesce(ST_AsMVT(feature, 'cells', 4096, 'geom'), '') AS tile
FROM feature
