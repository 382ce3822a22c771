-- Marks the sites inside a development zone that changes: as it was, and as it is to be.
-- Reads:   candidate (the zones as they are to be, among others).
-- Index:   site_zone_id, site_geom.
INSERT INTO touched (site_id)
SELECT site.id
FROM candidate
INNER JOIN site ON candidate.id = site.zone_id
UNION
SELECT site.id
FROM candidate
INNER JOIN site ON candidate.geom && site.geom AND ST_Intersects(candidate.geom, site.point)
WHERE candidate.category = 'development_zone' AND ST_Dimension(candidate.geom) = 2
