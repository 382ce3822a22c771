-- Marks every site for assessment.
INSERT INTO touched (site_id)
SELECT site.id
FROM site
