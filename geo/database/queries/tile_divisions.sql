-- The divisions of a level in a tile.
-- Uses:    tile_shape.sql
-- Binds:   those of tile_shape.sql.
-- Columns: tile (a vector tile with the layer divisions: adcode, name, name_en, level, parent).
-- Index:   what serves tile_shape.sql.
WITH
feature AS (
    SELECT
        division.adcode,
        division.name,
        division.name_en,
        division.level,
        division.parent,
        tile_shape.geom
    FROM tile_shape
    INNER JOIN division ON tile_shape.id = division.adcode
    ORDER BY division.adcode
)

SELECT coalesce(ST_AsMVT(feature, 'divisions', 4096, 'geom'), '') AS tile
FROM feature
