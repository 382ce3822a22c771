-- A page of sites, ordered by id.
-- Uses:    passing.sql
-- Binds:   after (id, may be missing), size (sites on the page), and those of passing.sql.
-- Columns: features (text: GeoJSON Features, joined), returned (how many), last (id), more (bool:
--          there are sites beyond the page).
-- Index:   site_geom with a box, else site_pkey.
WITH
page AS (
    SELECT
        passing.id,
        row_number() OVER (ORDER BY passing.id) AS place,
        '{"type":"Feature","id":' || to_json(passing.id)
        || ',"geometry":' || coalesce(ST_AsGeoJSON(passing.geom, 7), 'null')
        || ',"properties":' || passing.properties || '}' AS feature
    FROM passing
    -- if after
    WHERE passing.id > :after
    -- end
    ORDER BY passing.id
    LIMIT :size + 1
)

SELECT
    coalesce(
        string_agg(page.feature, ',' ORDER BY page.place) FILTER (WHERE page.place <= :size), ''
    ) AS features,
    count(*) FILTER (WHERE page.place <= :size) AS returned,
    max(page.id) FILTER (WHERE page.place <= :size) AS last,
    count(*) > :size AS more
FROM page
