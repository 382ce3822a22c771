-- The territories of the federations that are active on a day, simplified for a map.
-- Binds:   on (date), categories (array or null: federations that take one of them), division
--          (code or null: those that touch it), tolerance (degrees: corners are left out as far as
--          the border moves by no more, and what is smaller altogether), digits (of a coordinate),
--          box (EWKT), or eastern and western (the parts of one across the antimeridian), may be
--          missing: only what touches it.
-- Columns: collection (text: a GeoJSON FeatureCollection).
-- Index:   union_organisation_geom.
SELECT
    '{"type":"FeatureCollection","features":['
    || coalesce(
        string_agg(
            json_build_object(
                'type', 'Feature',
                'id', federation.id,
                'geometry', ST_AsGeoJSON(
                    ST_SimplifyPreserveTopology(federation.geom, :tolerance), :digits
                )::json,
                'properties', json_build_object(
                    'name', federation.name,
                    'kind', federation.kind,
                    'categories', federation.categories
                )
            )::text,
            ',' ORDER BY federation.area_m2 DESC, federation.id
        ),
        ''
    )
    || ']}' AS collection
FROM union_organisation AS federation
WHERE
    federation.geom IS NOT NULL
    AND (federation.founded_on IS NULL OR federation.founded_on <= cast(:on AS date))
    AND (federation.dissolved_on IS NULL OR federation.dissolved_on >= cast(:on AS date))
    AND (
        cast(:categories AS text[]) IS NULL
        OR federation.categories IS NULL
        OR federation.categories && cast(:categories AS text[])
    )
    AND (
        cast(:division AS text) IS NULL
        OR ST_Intersects(
            federation.geom,
            (SELECT division.geom FROM division WHERE division.adcode = cast(:division AS text))
        )
    )
    AND greatest(
        ST_XMax(federation.geom) - ST_XMin(federation.geom),
        ST_YMax(federation.geom) - ST_YMin(federation.geom)
    ) >= :tolerance
    -- if box
    AND ST_Intersects(federation.geom, cast(:box AS geometry))
    -- if eastern
    AND (
        ST_Intersects(federation.geom, cast(:eastern AS geometry))
        OR ST_Intersects(federation.geom, cast(:western AS geometry))
    )
    -- end
