-- Notes what sites count for: the finest cell and the part (see pyramid.py) of each active one.
-- Reads:   site; with assessed, only those in assessed; with removed, only those in change.
-- Binds:   sign (1, or -1 to take out), categories (all, in the order of their codes), world (cells
--          around the earth at the finest level).
-- Index:   site_pkey.
INSERT INTO counted (
    sign, adcode, part, x, y, workers, members, gap, members_exceed_workers
)
SELECT
    cast(:sign AS integer) AS side,
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
FROM site
WHERE
    site.active
    -- if assessed
    AND site.id IN (SELECT assessed.site_id FROM assessed)
    -- if removed
    AND site.id IN (SELECT change.id FROM change)
    -- end
