-- The areas of a tile as it draws them, on a grid that is coarser from afar. The borders of a layer
-- are moved together and cut wherever they meet; each face between them is given to the areas that
-- hold it. So its areas share borders to the last corner, and no land is lost or in two of them.
-- Uses:    tile_area.sql
-- Binds:   west, north (of the tile) and unit (of the grid, in metres of EPSG:3857), fine (units of
--          the tile in one of the grid), and those of tile_area.sql.
-- Columns: id, geom (in units of the tile, y downward).
-- Index:   what serves tile_area.sql, once for the tile and once for each face.
WITH
line AS (
    SELECT
        tile_area.layer,
        ST_UnaryUnion(
            ST_Collect(
                ST_Boundary(
                    ST_SnapToGrid(
                        ST_Affine(
                            ST_Transform(
                                ST_ClipByBox2D(tile_area.geom, cast(:clip AS geometry)), 3857
                            ),
                            1 / :unit,
                            0,
                            0,
                            -1 / :unit,
                            -:west / :unit,
                            :north / :unit
                        ),
                        1
                    )
                )
            ),
            1
        ) AS geom
    FROM tile_area
    GROUP BY tile_area.layer
),

net AS (
    SELECT
        line.layer,
        ST_Polygonize(line.geom) AS geom
    FROM line
    GROUP BY line.layer
),

face AS MATERIALIZED (
    SELECT
        net.layer,
        part.geom,
        ST_Transform(
            ST_Affine(ST_PointOnSurface(part.geom), :unit, 0, 0, -:unit, :west, :north), 4326
        ) AS inside
    FROM net, ST_Dump(net.geom) AS part
)

SELECT
    tile_area.id,
    -- Outer rings as the format has them.
    ST_ForcePolygonCCW(ST_Scale(ST_Union(face.geom), :fine, :fine)) AS geom
FROM face
INNER JOIN tile_area
    ON face.layer = tile_area.layer AND ST_Intersects(tile_area.geom, face.inside)
GROUP BY tile_area.id
