-- Lets `heat_block` mean, on this connection, the counts of another date. Whoever reads it adds up,
-- so the differences simply come along.
-- Reads:   heat_block, dated_block.
-- Index:   heat_block_key, dated_block_key.
CREATE TEMPORARY VIEW heat_block AS
SELECT
    heat_block.level,
    heat_block.block,
    heat_block.part,
    heat_block.cells,
    heat_block.sites,
    heat_block.sites_unknown_workers,
    heat_block.workers,
    heat_block.gap
FROM heat_block
UNION ALL
SELECT
    dated_block.level,
    dated_block.block,
    dated_block.part,
    dated_block.cells,
    dated_block.sites,
    dated_block.sites_unknown_workers,
    dated_block.workers,
    dated_block.gap
FROM dated_block
