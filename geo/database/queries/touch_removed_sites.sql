-- Marks the sites that the removal of sites touches: those inside a removed zone, and the zones
-- around a removed site.
-- Reads:   change (the sites to be removed).
-- Index:   site_pkey, site_zone_id.
INSERT INTO touched (site_id)
SELECT site.id
FROM change
INNER JOIN site ON change.id = site.zone_id
UNION
SELECT removed.zone_id AS site_id
FROM change
INNER JOIN site AS removed ON change.id = removed.id
WHERE removed.zone_id IS NOT NULL
