-- The territories of the federations that are active on a day, simplified for a map.
-- Binds:   on (date), tolerance (degrees: corners are left out as far as the border moves by no
--          more, and what is smaller altogether), digits (of a coordinate); each of these may be
--          missing: categories (array: federations that take one of them), division (code: those
--          that touch it), box (EWKT: those that touch it), or eastern and western (EWKT: the two
--          parts of a box across the antimeridian).
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
    AND coalesce(federation.founded_on <= :on, TRUE)
    AND coalesce(federation.dissolved_on >= :on, TRUE)
    AND greatest(
        ST_XMax(federation.geom) - ST_XMin(federation.geom),
        ST_YMax(federation.geom) - ST_YMin(federation.geom)
    ) >= :tolerance
    -- if categories
    AND (
        federation.categories IS NULL
        OR federation.categories && cast(:categories AS text[])
    )
    -- if division
    AND ST_Intersects(
        federation.geom,
        (SELECT division.geom FROM division WHERE division.adcode = :division)
    )
    -- if box
    AND ST_Intersects(federation.geom, cast(:box AS geometry))
    -- if eastern
    AND (
        ST_Intersects(federation.geom, cast(:eastern AS geometry))
        OR ST_Intersects(federation.geom, cast(:western AS geometry))
    )
    -- end
