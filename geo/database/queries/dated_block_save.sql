-- Adds the changes to what the counts of the cells differ by on the date of a session; see
-- heat_block_save.sql.
-- Uses:    block_change.sql
-- Reads:   heat_change.
-- Index:   dated_block_key, once there is one.
WITH
piled AS (
    SELECT
        stored.level,
        stored.block,
        stored.part
    FROM dated_block AS stored
    INNER JOIN block_change
        ON
            stored.level = block_change.level
            AND stored.block = block_change.block
            AND stored.part = block_change.part
    GROUP BY stored.level, stored.block, stored.part
    HAVING count(*) >= 4
),

former AS (
    DELETE FROM dated_block AS stored
    USING piled
    WHERE
        stored.level = piled.level
        AND stored.block = piled.block
        AND stored.part = piled.part
    RETURNING stored.*
),

summed AS (
    SELECT
        former.level,
        former.block,
        former.part,
        held.cell,
        sum(held.sites)::integer AS sites,
        sum(held.sites_unknown_workers)::integer AS sites_unknown_workers,
        sum(held.workers)::bigint AS workers,
        sum(held.gap)::bigint AS gap
    FROM former
    CROSS JOIN
        LATERAL unnest(
            former.cells, former.sites, former.sites_unknown_workers, former.workers, former.gap
        ) AS held (cell, sites, sites_unknown_workers, workers, gap)
    GROUP BY former.level, former.block, former.part, held.cell
)

INSERT INTO dated_block (
    level, block, part, cells, sites, sites_unknown_workers, workers, gap
)
SELECT
    block_change.level,
    block_change.block,
    block_change.part,
    block_change.cells,
    block_change.sites,
    block_change.sites_unknown_workers,
    block_change.workers,
    block_change.gap
FROM block_change
UNION ALL
SELECT
    summed.level,
    summed.block,
    summed.part,
    array_agg(summed.cell) AS cells,
    array_agg(summed.sites) AS sites,
    array_agg(summed.sites_unknown_workers) AS sites_unknown_workers,
    array_agg(summed.workers) AS workers,
    array_agg(summed.gap) AS gap
FROM summed
WHERE (summed.sites, summed.sites_unknown_workers, summed.workers, summed.gap) <> (0, 0, 0, 0)
GROUP BY summed.level, summed.block, summed.part
