-- The sites of a tile one by one: each is in exactly one tile of a zoom, by its point; outlines of
-- areas and lines are in every tile that they reach.
-- Uses:    passing.sql
-- Binds:   z, x, y (of the tile), world (tiles around the earth), clip (EWKT: the tile and a rim),
--          and those of passing.sql, among them reach.
-- Columns: tile (a vector tile with the layers sites and outlines).
-- Index:   site_geom.
WITH
-- Read once for both layers.
near AS MATERIALIZED (
    SELECT
        passing.id,
        passing.name,
        passing.category,
        passing.grade,
        passing.workers,
        passing.coverage,
        passing.needs_own_union,
        passing.gap,
        passing.adcode,
        passing.point,
        passing.geom,
        coalesce(passing.members, passing.union_members) AS members
    FROM passing
),

placed AS (
    SELECT
        near.*,
        least((ST_X(near.point) + 180) / 360 * :world, :world - 1e-9) AS at_x,
        least(
            greatest((1 - asinh(tan(radians(ST_Y(near.point)))) / pi()) / 2 * :world, 0),
            :world - 1e-9
        ) AS at_y
    FROM near
    WHERE near.point IS NOT NULL
),

feature AS (
    SELECT
        placed.id,
        placed.name,
        placed.category,
        placed.grade,
        placed.workers,
        placed.coverage,
        placed.needs_own_union,
        placed.gap,
        placed.adcode,
        placed.members,
        ST_Point(floor((placed.at_x - :x) * 4096), floor((placed.at_y - :y) * 4096)) AS geom
    FROM placed
    WHERE floor(placed.at_x) = :x AND floor(placed.at_y) = :y
    ORDER BY placed.id
),

outline AS (
    SELECT
        near.id,
        near.category,
        near.coverage,
        ST_AsMVTGeom(
            ST_Transform(ST_ClipByBox2D(near.geom, cast(:clip AS geometry)), 3857),
            ST_TileEnvelope(:z, :x, :y),
            4096,
            64
        ) AS geom
    FROM near
    WHERE ST_Dimension(near.geom) > 0
)

SELECT
    coalesce((SELECT ST_AsMVT(feature, 'sites', 4096, 'geom') FROM feature), '')
    || coalesce((SELECT ST_AsMVT(outline, 'outlines', 4096, 'geom') FROM outline), '') AS tile
