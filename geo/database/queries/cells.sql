-- What the cells of a Web Mercator grid hold (64 x 64 cells a tile), in rows that add up.
-- Uses:    passing.sql
-- Binds:   level, firsts, lasts, parts (see heat_blocks.sql); counting (true: count the sites that
--          pass, for what no parts add up to) with world (cells around the earth at that level),
--          all_categories (array: in the order of pyramid.py) and the binds of passing.sql;
--          x0, y0, x1, y1 (cells asked for, without x1 and y1).
-- Columns: x, y (cells), category (its place among all, from 0; without a meaning in the part of
--          all), sites, workers, gap, sites_unknown_workers.
-- Index:   heat_block_key; when counting, what serves passing.sql: site_geom, site_adcode.
WITH
counted AS (
    SELECT
        (heat_block.block % (4 << heat_block.level)) * 16 + kept.cell % 16 AS x,
        (heat_block.block / (4 << heat_block.level)) * 16 + kept.cell / 16 AS y,
        (heat_block.part - 1) / 5 AS category,
        kept.sites,
        kept.workers,
        kept.gap,
        kept.sites_unknown_workers
    FROM unnest(cast(:firsts AS integer[]), cast(:lasts AS integer[])) AS line (first, last)
    INNER JOIN heat_block
        ON
            heat_block.level = :level
            AND heat_block.block BETWEEN line.first AND line.last
            AND heat_block.part = any(cast(:parts AS smallint[]))
    CROSS JOIN
        LATERAL unnest(
            heat_block.cells,
            heat_block.sites,
            heat_block.workers,
            heat_block.gap,
            heat_block.sites_unknown_workers
        ) AS kept (cell, sites, workers, gap, sites_unknown_workers)
    -- if counting
    UNION ALL
    SELECT
        least(floor((ST_X(passing.point) + 180) / 360 * :world), :world - 1)::integer AS x,
        least(
            greatest(
                floor((1 - asinh(tan(radians(ST_Y(passing.point)))) / pi()) / 2 * :world), 0
            ),
            :world - 1
        )::integer AS y,
        array_position(cast(:all_categories AS text[]), passing.category) - 1 AS category,
        count(*)::integer AS sites,
        coalesce(sum(passing.counted_workers), 0) AS workers,
        coalesce(sum(passing.gap), 0) AS gap,
        (count(*) - count(passing.counted_workers))::integer AS sites_unknown_workers
    FROM passing
    WHERE passing.point IS NOT NULL
    GROUP BY x, y, passing.category
    -- end
),

-- Without the offset the planner works out x and y anew for each condition below, and takes what
-- meets them all to be so rare that it sorts the sites.
placed AS (
    SELECT counted.*
    FROM counted
    OFFSET 0
)

SELECT
    placed.x,
    placed.y,
    placed.category,
    placed.sites,
    placed.workers,
    placed.gap,
    placed.sites_unknown_workers
FROM placed
WHERE
    placed.x >= :x0
    AND placed.x < :x1
    AND placed.y >= :y0
    AND placed.y < :y1
