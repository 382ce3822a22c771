-- Adds changes to what the counts of cells differ by on the date of a session; see
-- heat_block_save.sql.
-- Binds:   level; blocks, parts, firsts, lasts (arrays: where the cells of each block and part are
--          in the others, from and to, counted from 1); cells (their numbers in the block), sites,
--          workers, gap, sites_unknown_workers (arrays: of all blocks, one after another).
-- Index:   dated_block_key, once there is one.
WITH
changed AS (
    SELECT
        line.block::integer AS block,
        line.part::smallint AS part,
        line.first,
        line.last
    FROM
        unnest(
            cast(:blocks AS bigint[]),
            cast(:parts AS bigint[]),
            cast(:firsts AS bigint[]),
            cast(:lasts AS bigint[])
        ) AS line (block, part, first, last)
),

piled AS (
    SELECT
        stored.block,
        stored.part
    FROM changed
    INNER JOIN dated_block AS stored
        ON
            changed.block = stored.block
            AND changed.part = stored.part
            AND stored.level = :level
    GROUP BY stored.block, stored.part
    HAVING count(*) >= 4
),

former AS (
    DELETE FROM dated_block AS stored
    USING piled
    WHERE
        stored.level = :level
        AND stored.block = piled.block
        AND stored.part = piled.part
    RETURNING stored.*
),

summed AS (
    SELECT
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
    GROUP BY former.block, former.part, held.cell
)

INSERT INTO dated_block (
    level, block, part, cells, sites, sites_unknown_workers, workers, gap
)
SELECT
    :level AS level,
    changed.block,
    changed.part,
    (cast(:cells AS bigint[]))[changed.first:changed.last]::smallint[] AS cells,
    (cast(:sites AS bigint[]))[changed.first:changed.last]::integer[] AS sites,
    (cast(:sites_unknown_workers AS bigint[]))[changed.first:changed.last]::integer[]
        AS sites_unknown_workers,
    (cast(:workers AS bigint[]))[changed.first:changed.last] AS workers,
    (cast(:gap AS bigint[]))[changed.first:changed.last] AS gap
FROM changed
UNION ALL
SELECT
    :level AS level,
    summed.block,
    summed.part,
    array_agg(summed.cell) AS cells,
    array_agg(summed.sites) AS sites,
    array_agg(summed.sites_unknown_workers) AS sites_unknown_workers,
    array_agg(summed.workers) AS workers,
    array_agg(summed.gap) AS gap
FROM summed
WHERE (summed.sites, summed.sites_unknown_workers, summed.workers, summed.gap) <> (0, 0, 0, 0)
GROUP BY summed.block, summed.part
