-- Compares the counts that are kept with a recount.
-- Reads:   heat_change, division_change (the recount), heat_block, division_part.
-- Columns: cells, divisions (counts), wrong_cells, wrong_divisions (those that differ).
WITH
kept AS (
    SELECT
        heat_block.level,
        heat_block.part,
        (heat_block.block % (4 << heat_block.level)) * 16 + held.cell % 16 AS x,
        (heat_block.block / (4 << heat_block.level)) * 16 + held.cell / 16 AS y,
        sum(held.sites) AS sites,
        sum(held.sites_unknown_workers) AS sites_unknown_workers,
        sum(held.workers) AS workers,
        sum(held.gap) AS gap
    FROM heat_block
    CROSS JOIN
        LATERAL unnest(
            heat_block.cells,
            heat_block.sites,
            heat_block.sites_unknown_workers,
            heat_block.workers,
            heat_block.gap
        ) AS held (cell, sites, sites_unknown_workers, workers, gap)
    GROUP BY heat_block.level, heat_block.part, heat_block.block, held.cell
    HAVING
        (sum(held.sites), sum(held.sites_unknown_workers), sum(held.workers), sum(held.gap))
        <> (0, 0, 0, 0)
),

wrong_cell AS (
    SELECT coalesce(kept.level, heat_change.level) AS level
    FROM kept
    FULL JOIN heat_change
        ON
            kept.level = heat_change.level
            AND kept.part = heat_change.part
            AND kept.x = heat_change.x
            AND kept.y = heat_change.y
    WHERE
        (kept.sites, kept.sites_unknown_workers, kept.workers, kept.gap)
        IS DISTINCT FROM (
            heat_change.sites,
            heat_change.sites_unknown_workers,
            heat_change.workers,
            heat_change.gap
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
    (SELECT count(*) FROM kept) AS cells,
    (SELECT count(*) FROM division_part) AS divisions,
    (SELECT count(*) FROM wrong_cell) AS wrong_cells,
    (SELECT count(*) FROM wrong_division) AS wrong_divisions
