-- Lets `heat_cell` mean, on this connection, the counts of another date. Whoever reads it adds up,
-- so the differences simply come along; those of all parts (part 0) are those of each.
-- Reads:   heat_cell, dated_cell.
-- Index:   heat_cell_pkey, dated_cell_key.
CREATE TEMPORARY VIEW heat_cell AS
SELECT
    heat_cell.level,
    heat_cell.block,
    heat_cell.part,
    heat_cell.cell,
    heat_cell.sites,
    heat_cell.sites_unknown_workers,
    heat_cell.workers,
    heat_cell.gap
FROM heat_cell
UNION ALL
SELECT
    dated_cell.level,
    dated_cell.block,
    dated_cell.part,
    dated_cell.cell,
    dated_cell.sites,
    dated_cell.sites_unknown_workers,
    dated_cell.workers,
    dated_cell.gap
FROM dated_cell
UNION ALL
SELECT
    dated_cell.level,
    dated_cell.block,
    0 AS part,
    dated_cell.cell,
    dated_cell.sites,
    dated_cell.sites_unknown_workers,
    dated_cell.workers,
    dated_cell.gap
FROM dated_cell
