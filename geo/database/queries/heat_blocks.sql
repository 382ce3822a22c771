-- The counts that are kept of blocks (16 x 16 cells), in a row of arrays.
-- Binds:   level, firsts and lasts (arrays: the blocks of each line of them, from and to), parts
--          (array, see pyramid.py); sites, workers, gap, sites_unknown_workers (true for each that
--          is wanted).
-- Columns: block, part, size (arrays, null where there is nothing: those of each block and part,
--          and how many of its cells are told); the counts that are wanted and cells (their
--          numbers in the block), as array_send gives an array of each, one after another;
--          stamp (see stamp.sql).
-- Index:   heat_block_key.
WITH
held AS (
    SELECT
        array_agg(heat_block.block) AS block,
        array_agg(heat_block.part) AS part,
        array_agg(cardinality(heat_block.cells)) AS size,
        -- if sites
        string_agg(array_send(heat_block.sites), '') AS sites,
        -- if workers
        string_agg(array_send(heat_block.workers), '') AS workers,
        -- if gap
        string_agg(array_send(heat_block.gap), '') AS gap,
        -- if sites_unknown_workers
        string_agg(array_send(heat_block.sites_unknown_workers), '') AS sites_unknown_workers,
        -- end
        string_agg(array_send(heat_block.cells), '') AS cells
    FROM unnest(cast(:firsts AS integer[]), cast(:lasts AS integer[])) AS line (first, last)
    INNER JOIN heat_block
        ON
            heat_block.level = :level
            AND heat_block.block BETWEEN line.first AND line.last
            AND heat_block.part = any(cast(:parts AS smallint[]))
)

SELECT
    held.*,
    data_state::text AS stamp
FROM held
CROSS JOIN data_state
