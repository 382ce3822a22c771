-- Notes what sites count for: the finest cell and the part (see pyramid.py) of each active one.
-- Reads:   site; with assessed, those in assessed, as they are stored and as they are assessed;
--          with removed, those in change.
-- Binds:   sign (of what is stored: 1, or -1 to take it out), categories (all, in the order of
--          their codes), world (cells around the earth at the finest level).
-- Index:   site_pkey.
INSERT INTO counted (
    sign, adcode, part, x, y, workers, members, gap, members_exceed_workers
)
SELECT
    site.sign,
    coalesce(site.adcode, '') AS adcode,
    array_position(cast(:categories AS text[]), site.category) * 5
    + CASE site.coverage WHEN 'direct' THEN 0 WHEN 'secondary' THEN 1 ELSE 3 END
    + site.needs_own_union::integer
    - 4 AS part,
    -- least and greatest pass over nulls, which sites without a point must keep.
    CASE
        WHEN site.point IS NOT NULL
            THEN least(floor((ST_X(site.point) + 180) / 360 * :world), :world - 1)
    END AS x,
    CASE
        WHEN site.point IS NOT NULL
            THEN
                least(
                    greatest(
                        floor((1 - asinh(tan(radians(ST_Y(site.point)))) / pi()) / 2 * :world), 0
                    ),
                    :world - 1
                )
    END AS y,
    site.counted_workers AS workers,
    site.counted_members AS members,
    site.gap,
    coalesce(site.members, site.union_members) > site.workers AS members_exceed_workers
FROM (
    SELECT
        cast(:sign AS integer) AS sign,
        site.active,
        site.adcode,
        site.category,
        site.point,
        site.coverage,
        site.needs_own_union,
        site.workers,
        site.members,
        site.union_members,
        site.counted_workers,
        site.counted_members,
        site.gap
    FROM site
    -- if assessed
    WHERE site.id IN (SELECT assessed.site_id FROM assessed)
    UNION ALL
    SELECT
        1 AS sign,
        assessed.active,
        assessed.adcode,
        assessed.category,
        assessed.point,
        assessed.coverage,
        assessed.needs_own_union,
        assessed.workers,
        assessed.members,
        assessed.union_members,
        assessed.counted_workers,
        assessed.counted_members,
        assessed.gap
    FROM assessed
    -- if removed
    WHERE site.id IN (SELECT change.id FROM change)
    -- end
) AS site
WHERE site.active
