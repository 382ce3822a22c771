-- Marks the sites whose state may differ between two dates: they begin or end in between, or a
-- union organisation over them does.
-- Binds:   first (date, excluded), last (date, included); first <= last.
-- Index:   site_started_on, site_ended_on, site_pkey, site_geom, site_zone_id.
WITH
turning_site AS (
    SELECT site.*
    FROM site
    WHERE
        (site.started_on > :first AND site.started_on <= :last)
        OR (site.ended_on >= :first AND site.ended_on < :last)
),

turning_union AS (
    SELECT union_organisation.*
    FROM union_organisation
    WHERE
        (union_organisation.founded_on > :first AND union_organisation.founded_on <= :last)
        OR (union_organisation.dissolved_on >= :first AND union_organisation.dissolved_on < :last)
)

INSERT INTO touched (site_id)
SELECT turning_site.id
FROM turning_site
UNION
SELECT site.id
FROM turning_site
INNER JOIN site ON turning_site.id = site.zone_id
UNION
SELECT site.id
FROM turning_site
INNER JOIN site ON turning_site.geom && site.geom AND ST_Intersects(turning_site.geom, site.point)
WHERE turning_site.category = 'development_zone' AND ST_Dimension(turning_site.geom) = 2
UNION
SELECT site.id
FROM turning_union
INNER JOIN site ON turning_union.site_id = site.id
UNION
SELECT site.id
FROM turning_union
INNER JOIN
    site
    ON turning_union.geom && site.geom AND ST_Intersects(turning_union.geom, site.point)
ON CONFLICT (site_id) DO NOTHING
