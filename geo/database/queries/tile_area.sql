-- The areas that a tile draws: the divisions of a level, or the territories of federations that
-- are active on a date.
-- Binds:   level (null: no divisions), clip (EWKT: the tile and a rim); on (date, may be missing:
--          no territories) with categories (array, may be missing: federations that take one of
--          these).
-- Columns: id, layer (of areas that share borders: all divisions, each territory by itself, since
--          territories may lie across each other as often as one likes), geom (as it is stored).
-- Index:   division_geom, union_organisation_geom.
SELECT
    division.adcode AS id,
    '' AS layer,
    division.geom
FROM division
WHERE
    division.level = cast(:level AS text)
    AND ST_Intersects(division.geom, cast(:clip AS geometry))
-- if on
UNION ALL
SELECT
    union_organisation.id,
    union_organisation.id AS layer,
    union_organisation.geom
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
