-- Takes the staged sites that differ from the table for assessment.
-- Reads:   change, staged.
INSERT INTO candidate (id, category, workers, members, started_on, ended_on, geom, point)
SELECT
    staged.id,
    staged.category,
    staged.workers,
    staged.members,
    staged.started_on,
    staged.ended_on,
    staged.geom,
    ST_PointOnSurface(staged.geom) AS point
FROM change
INNER JOIN staged ON change.id = staged.id
