-- A page of sites, ordered by id.
-- Uses:    passing.sql
-- Binds:   after (id, may be missing), size (sites on the page), and those of passing.sql; of
--          those near reach, only the ones that touch it are told.
-- Columns: those of state.sql, then features (text: GeoJSON Features, joined), returned (how many),
--          last (id up to which sites were looked at), more (bool: there may be sites beyond).
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

-- A window or an ordered aggregate would work on every site of the box, not only on the page.
listed AS (
    SELECT
        count(*) AS found,
        count(page.feature) AS touching,
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
    coalesce(array_to_string(listed.features[1:cast(:size AS integer)], ','), '') AS features,
    listed.touching - (listed.features[:size + 1] IS NOT NULL)::integer AS returned,
    listed.ids[least(listed.found, :size)] AS last,
    listed.found > :size AS more
FROM listed
CROSS JOIN data_state
