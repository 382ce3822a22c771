-- The territories of federations in a tile, those active on a date, the large ones first.
-- Corners are moved to a grid as in tile_divisions.sql.
-- Binds:   on (date), categories (array, may be missing: federations that take one of these), z,
--          x, y (of the tile), clip (EWKT: the tile and a rim), unit (of the grid).
-- Columns: tile (a vector tile with the layer territories: id, name, kind, categories (joined by
--          commas), members, exemplar).
-- Index:   union_organisation_geom.
WITH
feature AS (
    SELECT
        union_organisation.id,
        union_organisation.name,
        union_organisation.kind,
        union_organisation.members,
        union_organisation.exemplar,
        array_to_string(union_organisation.categories, ',') AS categories,
        ST_AsMVTGeom(
            ST_SnapToGrid(
                ST_Transform(
                    ST_ClipByBox2D(union_organisation.geom, cast(:clip AS geometry)), 3857
                ),
                ST_XMin(ST_TileEnvelope(0, 0, 0)),
                ST_YMin(ST_TileEnvelope(0, 0, 0)),
                :unit,
                :unit
            ),
            ST_TileEnvelope(:z, :x, :y),
            4096,
            64
        ) AS geom
    FROM union_organisation
    WHERE
        -- Most unions have no territory; the planner knows how many only if it is asked.
        union_organisation.geom IS NOT NULL
        AND ST_Intersects(union_organisation.geom, cast(:clip AS geometry))
        AND coalesce(union_organisation.founded_on <= :on, TRUE)
        AND coalesce(union_organisation.dissolved_on >= :on, TRUE)
        -- if categories
        AND (
            union_organisation.categories IS NULL
            OR union_organisation.categories && cast(:categories AS text[])
        )
        -- end
    ORDER BY union_organisation.area_m2 DESC, union_organisation.id
)

SELECT coalesce(ST_AsMVT(feature, 'territories', 4096, 'geom'), '') AS tile
FROM feature
