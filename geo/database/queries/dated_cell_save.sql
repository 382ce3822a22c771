-- Adds the changes to what the counts of the cells differ by on the date of a session.
-- Reads:   heat_change.
-- Index:   dated_cell_pkey.
INSERT INTO dated_cell AS stored (
    level, block, part, cell, sites, sites_unknown_workers, workers, gap
)
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
WHERE
    (
        heat_change.sites,
        heat_change.sites_unknown_workers,
        heat_change.workers,
        heat_change.gap
    ) <> (0, 0, 0, 0)
ORDER BY heat_change.level, block, heat_change.part, cell
ON CONFLICT (level, block, part, cell) DO UPDATE SET
    sites = stored.sites + excluded.sites,
    sites_unknown_workers = stored.sites_unknown_workers + excluded.sites_unknown_workers,
    workers = stored.workers + excluded.workers,
    gap = stored.gap + excluded.gap
