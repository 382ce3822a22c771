-- Marks every site for assessment.
INSERT INTO touched (site_id, anew)
SELECT
    site.id,
    'division' AS anew
FROM site
