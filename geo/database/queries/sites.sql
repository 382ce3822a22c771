-- A page of sites, by id or from west to east.
-- Uses:    passing.sql
-- Binds:   size (sites on the page), and those of passing.sql; of those near reach, only the ones
--          that touch it are told. By id: by_id (true), and after (id of the site behind which the
--          page begins, may be missing). From west to east: west (EWKT: a line from pole to pole at
--          the western edge of the box), lon and lon_id (of that site, may be missing); reach then
--          need not begin before lon. A site is where its westernmost point in the box may be.
-- Columns: features (array of texts: a GeoJSON Feature of each site of the page and for one beyond
--          it, null for one that reach does not touch; null where there is nothing); stamp
--          (see stamp.sql); last_lon and last_id (of the last site of a full page, else null).
-- Index:   site_geom with west, or with a small box; else site_pkey.
WITH
-- if west
-- The index has them in this order but for some metres: all that are equally far come along.
westernmost AS (
    SELECT
        passing.id,
        passing.geom,
        passing.feature,
        greatest(ST_XMin(passing.geom), ST_XMin(cast(:west AS geometry))) AS lon
    FROM passing
    WHERE
        -- What is only as near as the index can tell would come first.
        ST_XMax(passing.geom) >= ST_XMin(cast(:west AS geometry))
        -- if lon
        AND (greatest(ST_XMin(passing.geom), ST_XMin(cast(:west AS geometry))), passing.id)
        > (:lon, :lon_id)
    -- if west
    ORDER BY passing.geom <#> cast(:west AS geometry)
    FETCH FIRST (:size + 1) ROWS WITH TIES
),

page AS (
    SELECT westernmost.*
    FROM westernmost
    ORDER BY westernmost.lon, westernmost.id
    LIMIT :size + 1
),

-- if by_id
page AS (
    SELECT
        passing.id,
        passing.geom,
        passing.feature,
        0::double precision AS lon
    FROM passing
    -- if after
    WHERE passing.id > :after
    -- if by_id
    ORDER BY passing.id
    LIMIT :size + 1
),

-- end
listed AS (
    SELECT
        array_agg(page.lon) AS lons,
        array_agg(page.id) AS ids,
        array_agg(
            CASE
                WHEN
                    TRUE
                    -- if reach
                    AND ST_Intersects(page.geom, cast(:reach AS geometry))
                    -- end
                    THEN page.feature || '}}'
            END
        ) AS features
    FROM page
)

SELECT
    listed.features,
    data_state::text AS stamp,
    listed.lons[cast(:size AS integer)] AS last_lon,
    listed.ids[cast(:size AS integer)] AS last_id
FROM listed
CROSS JOIN data_state
