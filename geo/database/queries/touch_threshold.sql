-- Marks the sites that need a union of their own by one threshold and not by another.
-- Binds:   lower, upper (headcounts; lower <= upper).
-- Index:   site_workers.
INSERT INTO touched (site_id, anew)
SELECT
    site.id,
    'own' AS anew
FROM site
WHERE site.workers >= :lower AND site.workers < :upper
