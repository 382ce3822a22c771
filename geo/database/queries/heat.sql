-- What cells hold of the sites that pass, in columns: a row of arrays, of which the same places
-- belong together. What parts add up to, heat_blocks.sql gives faster.
-- Uses:    cells.sql
-- Binds:   those of cells.sql, counting being true, firsts, lasts and parts empty.
-- Columns: arrays (null where there is nothing) of x, y, category, sites, workers, gap,
--          sites_unknown_workers; a cell may be there more than once, its counts add up.
-- Index:   what serves passing.sql: site_geom, site_adcode.
SELECT
    array_agg(cells.x) AS x,
    array_agg(cells.y) AS y,
    array_agg(cells.category) AS category,
    array_agg(cells.sites) AS sites,
    array_agg(cells.workers) AS workers,
    array_agg(cells.gap) AS gap,
    array_agg(cells.sites_unknown_workers) AS sites_unknown_workers
FROM cells
