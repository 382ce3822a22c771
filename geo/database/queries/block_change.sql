-- The changes of the cells by block of 16 x 16 of them, in arrays as in heat_block.
-- Reads:   heat_change.
-- Columns: level, block, part, cells (the number of each within its block), sites,
--          sites_unknown_workers, workers, gap.
SELECT
    heat_change.level,
    heat_change.part,
    (heat_change.y >> 4) * (4 << heat_change.level) + (heat_change.x >> 4) AS block,
    array_agg(((heat_change.y & 15) * 16 + (heat_change.x & 15))::smallint) AS cells,
    array_agg(heat_change.sites) AS sites,
    array_agg(heat_change.sites_unknown_workers) AS sites_unknown_workers,
    array_agg(heat_change.workers) AS workers,
    array_agg(heat_change.gap) AS gap
FROM heat_change
WHERE
    (
        heat_change.sites,
        heat_change.sites_unknown_workers,
        heat_change.workers,
        heat_change.gap
    ) <> (0, 0, 0, 0)
GROUP BY heat_change.level, block, heat_change.part
