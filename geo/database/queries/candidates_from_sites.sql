-- Takes the touched sites, as they are stored, for assessment by the rule of coverage.
-- Reads:   touched. Rows already in candidate (as a load brings them) stay as they are.
--          Neighbours come one after the other: who looks for what an area holds reads few pages.
-- Index:   site_pkey.
INSERT INTO candidate (
    id,
    category,
    workers,
    members,
    started_on,
    ended_on,
    geom,
    point,
    located,
    adcode,
    former_zone_id
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
    marked.located,
    site.adcode,
    site.zone_id AS former_zone_id
FROM (
    SELECT
        touched.site_id,
        bool_and(touched.anew <> 'division') AS located
    FROM touched
    WHERE touched.anew <> 'own'
    GROUP BY touched.site_id
) AS marked
INNER JOIN site ON marked.site_id = site.id
WHERE NOT EXISTS (SELECT FROM candidate WHERE candidate.id = site.id)
ORDER BY site.point
