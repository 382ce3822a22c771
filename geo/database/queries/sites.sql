-- A page of sites, ordered by id.
-- Uses:    passing.sql
-- Binds:   west, south, east, north (or null), west_2, east_2 (the other side of the
--          antimeridian, or null), after (id or null), size (one more than the page), and those
--          of passing.sql.
-- Columns: ids (ordered), features (texts: GeoJSON Features in the same order).
-- Index:   site_geom with a box, else site_pkey.
WITH
page AS (
    SELECT
        passing.id,
        passing.geom,
        passing.properties
    FROM passing
    WHERE
        (
            cast(:west AS double precision) IS NULL
            OR ST_Intersects(
                passing.geom,
                ST_MakeEnvelope(
                    cast(:west AS double precision),
                    cast(:south AS double precision),
                    cast(:east AS double precision),
                    cast(:north AS double precision),
                    4326
                )
            )
            OR ST_Intersects(
                passing.geom,
                ST_MakeEnvelope(
                    cast(:west_2 AS double precision),
                    cast(:south AS double precision),
                    cast(:east_2 AS double precision),
                    cast(:north AS double precision),
                    4326
                )
            )
        )
        AND (cast(:after AS text) IS NULL OR passing.id > cast(:after AS text))
    ORDER BY passing.id
    LIMIT :size
)

SELECT
    array_agg(page.id ORDER BY page.id) AS ids,
    array_agg(
        json_build_object(
            'type', 'Feature',
            'id', page.id,
            'geometry', ST_AsGeoJSON(page.geom, 7)::json,
            'properties', page.properties
        )::text ORDER BY page.id
    ) AS features
FROM page
