-- Takes the touched sites, as they are stored, for assessment by the rule of coverage.
-- Reads:   touched. Rows already in candidate (as a load brings them) stay as they are.
-- Index:   site_pkey.
INSERT INTO candidate (
    id, category, workers, members, started_on, ended_on, geom, point, located, adcode
)
SELECT
    site.id,
    site.category,
    site.workers,
    site.members,
    site.started_on,
    site.ended_on,
    site.geom,
    site.point,
    touched.anew <> 'division' AS located,
    site.adcode
FROM touched
INNER JOIN site ON touched.site_id = site.id
WHERE touched.anew <> 'own'
ON CONFLICT (id) DO NOTHING
