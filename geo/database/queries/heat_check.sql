-- Compares the counts that are kept with a recount.
-- Reads:   heat_change, division_change (the recount), heat_cell, division_part.
-- Columns: cells, divisions (counts), wrong_cells, wrong_divisions (those that differ).
WITH
recounted_cell AS (
    SELECT
        heat_change.level,
        heat_change.part,
        heat_change.sites,
        heat_change.sites_unknown_workers,
        heat_change.workers,
        heat_change.gap,
        (heat_change.y >> 6) * (1 << heat_change.level) + (heat_change.x >> 6) AS block,
        (heat_change.y & 63) * 64 + (heat_change.x & 63) AS cell
    FROM heat_change
),

wrong_cell AS (
    SELECT coalesce(heat_cell.level, recounted_cell.level) AS level
    FROM heat_cell
    FULL JOIN recounted_cell
        ON
            heat_cell.level = recounted_cell.level
            AND heat_cell.block = recounted_cell.block
            AND heat_cell.part = recounted_cell.part
            AND heat_cell.cell = recounted_cell.cell
    WHERE
        (
            heat_cell.sites,
            heat_cell.sites_unknown_workers,
            heat_cell.workers,
            heat_cell.gap
        ) IS DISTINCT FROM (
            recounted_cell.sites,
            recounted_cell.sites_unknown_workers,
            recounted_cell.workers,
            recounted_cell.gap
        )
),

wrong_division AS (
    SELECT coalesce(division_part.adcode, division_change.adcode) AS adcode
    FROM division_part
    FULL JOIN division_change
        ON
            division_part.adcode = division_change.adcode
            AND division_part.part = division_change.part
    WHERE
        (
            division_part.sites,
            division_part.sites_unknown_workers,
            division_part.sites_members_exceed_workers,
            division_part.workers,
            division_part.members,
            division_part.gap
        ) IS DISTINCT FROM (
            division_change.sites,
            division_change.sites_unknown_workers,
            division_change.sites_members_exceed_workers,
            division_change.workers,
            division_change.members,
            division_change.gap
        )
)

SELECT
    (SELECT count(*) FROM heat_cell) AS cells,
    (SELECT count(*) FROM division_part) AS divisions,
    (SELECT count(*) FROM wrong_cell) AS wrong_cells,
    (SELECT count(*) FROM wrong_division) AS wrong_divisions
