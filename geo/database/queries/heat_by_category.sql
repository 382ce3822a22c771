-- What cells hold of each category, in columns as in heat.sql.
-- Uses:    cells.sql
-- Binds:   those of cells.sql; parts are those of categories, never that of all.
-- Columns: arrays (null where there is nothing) of x, y, kind (the category: its place among all in
--          the order of pyramid.py, from 0), sites, gap; what is there more than once adds up.
-- Index:   heat_cell_pkey; when counting, what serves passing.sql: site_geom, site_adcode.
SELECT
    array_agg(cells.x) AS x,
    array_agg(cells.y) AS y,
    array_agg(cells.kind) AS kind,
    array_agg(cells.sites) AS sites,
    array_agg(cells.gap) AS gap
FROM cells
