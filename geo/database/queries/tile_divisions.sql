-- The divisions of a level in a tile. Corners are moved to a grid, alike for all who share them, so
-- that borders are simpler from afar and neighbours still touch.
-- Binds:   level, z, x, y (of the tile), clip (EWKT: the tile and a rim), unit (of the grid, in
--          metres of EPSG:3857).
-- Columns: tile (a vector tile with the layer divisions: adcode, name, name_en, level, parent).
-- Index:   division_geom.
WITH
feature AS (
    SELECT
        division.adcode,
        division.name,
        division.name_en,
        division.level,
        division.parent,
        ST_AsMVTGeom(
            ST_SnapToGrid(
                ST_Transform(ST_ClipByBox2D(division.geom, cast(:clip AS geometry)), 3857),
                ST_XMin(ST_TileEnvelope(0, 0, 0)),
                ST_YMin(ST_TileEnvelope(0, 0, 0)),
                :unit,
                :unit
            ),
            ST_TileEnvelope(:z, :x, :y),
            4096,
            64
        ) AS geom
    FROM division
    WHERE division.level = :level AND ST_Intersects(division.geom, cast(:clip AS geometry))
    ORDER BY division.adcode
)

SELECT coalesce(ST_AsMVT(feature, 'divisions', 4096, 'geom'), '') AS tile
FROM feature
