-- Lets `heat_cell` mean, until the end of the transaction, the counts of another date.
-- Whoever reads it adds up, so the differences simply come along.
-- Reads:   heat_cell, heat_change.
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
    heat_change.level,
    (heat_change.y >> 6) * (1 << heat_change.level) + (heat_change.x >> 6) AS block,
    heat_change.part,
    (heat_change.y & 63) * 64 + (heat_change.x & 63) AS cell,
    heat_change.sites,
    heat_change.sites_unknown_workers,
    heat_change.workers,
    heat_change.gap
FROM heat_change
