-- A page of sites, ordered by id.
-- Uses:    passing.sql
-- Binds:   after (id, may be missing), size (sites on the page), and those of passing.sql; of
--          those near reach, only the ones that touch it are told.
-- Columns: those of state.sql, then arrays (null where there is nothing): ids of the page and of
--          one site beyond it, and features (text: a GeoJSON Feature of each, null for one that
--          reach does not touch).
-- Index:   site_geom with a box or reach, else site_pkey.
WITH
page AS (
    SELECT
        passing.id,
        CASE
            WHEN
                TRUE
                -- if reach
                AND ST_Intersects(passing.geom, cast(:reach AS geometry))
                -- end
                THEN
                    '{"type":"Feature","id":' || to_json(passing.id)::text
                    || ',"geometry":' || coalesce(ST_AsGeoJSON(passing.geom, 7), 'null')
                    || ',"properties":' || passing.properties || '}'
        END AS feature
    FROM passing
    -- if after
    WHERE passing.id > :after
    -- end
    ORDER BY passing.id
    LIMIT :size + 1
),

listed AS (
    SELECT
        array_agg(page.id) AS ids,
        array_agg(page.feature) AS features
    FROM page
)

SELECT
    data_state.version,
    data_state.changed_at,
    data_state.covered_on,
    data_state.own_union_threshold,
    data_state.illustrative,
    listed.ids,
    listed.features
FROM listed
CROSS JOIN data_state
