-- Takes the touched sites, as they are stored, for assessment by the rule of coverage. Neighbours
-- come one after the other, so that who looks for what an area holds reads few pages.
-- Reads:   touched, site. Rows already in candidate (as a load brings them) stay as they are.
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
    former_active,
    former_adcode,
    former_zone_id,
    former_coverage,
    former_covered_by,
    former_union_members,
    former_needs_own_union,
    former_counted_workers,
    former_counted_members
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
    site.active AS former_active,
    site.adcode AS former_adcode,
    site.zone_id AS former_zone_id,
    site.coverage AS former_coverage,
    site.covered_by AS former_covered_by,
    site.union_members AS former_union_members,
    site.needs_own_union AS former_needs_own_union,
    site.counted_workers AS former_counted_workers,
    site.counted_members AS former_counted_members
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
