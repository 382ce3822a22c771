-- Marks the sites under the union organisations that change: as they were, and as they are to be.
-- Reads:   change, staged, union_organisation.
-- Index:   union_organisation_pkey, site_pkey, site_geom.
WITH
organisation AS (
    SELECT
        staged.site_id,
        staged.geom
    FROM change
    INNER JOIN staged ON change.id = staged.id
    UNION ALL
    SELECT
        union_organisation.site_id,
        union_organisation.geom
    FROM change
    INNER JOIN union_organisation ON change.id = union_organisation.id
)

INSERT INTO touched (site_id)
SELECT site.id
FROM organisation
INNER JOIN site ON organisation.site_id = site.id
UNION
SELECT site.id
FROM organisation
INNER JOIN site ON organisation.geom && site.geom AND ST_Intersects(organisation.geom, site.point)
