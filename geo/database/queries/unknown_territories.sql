-- Staged federations whose territory names divisions or a zone that the database does not have.
-- Reads:   staged, division, site.
-- Columns: row, field, value (what is not known).
-- Index:   division_pkey, site_pkey.
SELECT
    staged.row,
    'territory_adcodes' AS field,
    string_agg(named.adcode, ', ' ORDER BY named.adcode) AS value
FROM staged
CROSS JOIN LATERAL unnest(staged.territory_adcodes) AS named (adcode)
WHERE NOT EXISTS (SELECT FROM division WHERE division.adcode = named.adcode)
GROUP BY staged.row
UNION ALL
SELECT
    staged.row,
    'territory_site_id' AS field,
    staged.territory_site_id AS value
FROM staged
WHERE
    staged.territory_site_id IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM site
        WHERE site.id = staged.territory_site_id AND ST_Dimension(site.geom) = 2
    )
ORDER BY row, field
