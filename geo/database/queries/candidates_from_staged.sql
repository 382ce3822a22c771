-- Takes the staged sites that differ from the table for assessment.
-- Reads:   change, staged, site. In the order of candidates_from_sites.sql.
INSERT INTO candidate (
    id, category, workers, members, started_on, ended_on, geom, point, former_zone_id
)
SELECT
    staged.id,
    staged.category,
    staged.workers,
    staged.members,
    staged.started_on,
    staged.ended_on,
    staged.geom,
    ST_PointOnSurface(staged.geom) AS point,
    site.zone_id AS former_zone_id
FROM change
INNER JOIN staged ON change.id = staged.id
LEFT JOIN site ON change.id = site.id
ORDER BY point
