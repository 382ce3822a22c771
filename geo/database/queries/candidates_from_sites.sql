-- Takes the touched sites, as they are stored, for assessment.
-- Reads:   touched. Rows already in candidate (as a load brings them) stay as they are.
-- Index:   site_pkey.
INSERT INTO candidate (id, category, workers, members, started_on, ended_on, geom, point)
SELECT
    site.id,
    site.category,
    site.workers,
    site.members,
    site.started_on,
    site.ended_on,
    site.geom,
    site.point
FROM touched
INNER JOIN site ON touched.site_id = site.id
ON CONFLICT (id) DO NOTHING
