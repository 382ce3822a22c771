-- Adds the changes to what the counts of the cells differ by on the date of a session.
-- Reads:   heat_change.
-- Index:   dated_cell_key, once there is one.
MERGE INTO dated_cell AS stored
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
) AS change
    ON
        stored.level = change.level
        AND stored.block = change.block
        AND stored.part = change.part
        AND stored.cell = change.cell
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
