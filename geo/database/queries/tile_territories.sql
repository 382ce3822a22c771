-- The territories of federations in a tile, those active on a date, the large ones first.
-- Uses:    tile_shape.sql
-- Binds:   those of tile_shape.sql.
-- Columns: tile (a vector tile with the layer territories: id, name, kind, categories (joined by
--          commas), members, exemplar).
-- Index:   what serves tile_shape.sql.
WITH
feature AS (
    SELECT
        union_organisation.id,
        union_organisation.name,
        union_organisation.kind,
        union_organisation.members,
        union_organisation.exemplar,
        tile_shape.geom,
        array_to_string(union_organisation.categories, ',') AS categories
    FROM tile_shape
    INNER JOIN union_organisation ON tile_shape.id = union_organisation.id
    ORDER BY union_organisation.area_m2 DESC, union_organisation.id
)

SELECT coalesce(ST_AsMVT(feature, 'territories', 4096, 'geom'), '') AS tile
FROM feature
