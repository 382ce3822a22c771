-- Takes away the territories made from zones that are removed, and marks the sites in these.
-- Reads:   change (the sites that are removed).
-- Index:   site_geom.
WITH
lost AS (
    UPDATE union_organisation
    SET geom = NULL
    FROM (
        SELECT
            union_organisation.id,
            union_organisation.geom
        FROM union_organisation
        INNER JOIN change ON union_organisation.territory_site_id = change.id
        WHERE union_organisation.territory_adcodes IS NULL
    ) AS before
    WHERE union_organisation.id = before.id AND before.geom IS NOT NULL
    RETURNING before.geom
)

INSERT INTO touched (site_id)
SELECT DISTINCT site.id
FROM lost
INNER JOIN site ON lost.geom && site.geom AND ST_Intersects(lost.geom, site.point)
