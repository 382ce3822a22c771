-- Adds the changes to the counts of the cells; a cell that they leave empty goes.
-- Reads:   heat_change.
-- Index:   heat_cell_pkey.
MERGE INTO heat_cell AS stored
USING (
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
) AS change
    ON
        stored.level = change.level
        AND stored.block = change.block
        AND stored.part = change.part
        AND stored.cell = change.cell
WHEN MATCHED AND stored.sites + change.sites = 0 THEN DELETE
WHEN MATCHED THEN
    UPDATE
        SET
            sites = stored.sites + change.sites,
            sites_unknown_workers = stored.sites_unknown_workers + change.sites_unknown_workers,
            workers = stored.workers + change.workers,
            gap = stored.gap + change.gap
WHEN NOT MATCHED THEN INSERT (
    level, block, part, cell, sites, sites_unknown_workers, workers, gap
) VALUES (
    change.level,
    change.block,
    change.part,
    change.cell,
    change.sites,
    change.sites_unknown_workers,
    change.workers,
    change.gap
)
