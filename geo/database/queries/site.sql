-- One site with all that is known of it, and why it counts as covered.
-- Binds:   id.
-- Columns: feature (text: a GeoJSON Feature).
-- Index:   site_pkey, union_organisation_pkey, division_pkey.
SELECT
    json_build_object(
        'type', 'Feature',
        'id', site.id,
        'geometry', ST_AsGeoJSON(site.geom, 7)::json,
        'properties', json_build_object(
            'name', site.name,
            'category', site.category,
            'grade', site.grade,
            'workers', site.workers,
            'migrant_workers', site.migrant_workers,
            'members', coalesce(site.members, site.union_members),
            'coverage', site.coverage,
            'covered_by', site.covered_by,
            'covered_by_name', covering.name,
            'covered_by_kind', covering.kind,
            'needs_own_union', site.needs_own_union,
            'gap', site.gap,
            'counted_workers', site.counted_workers,
            'counted_members', site.counted_members,
            'adcode', site.adcode,
            'division', division.name,
            'division_en', division.name_en,
            'stated_division', site.stated_division,
            'zone_id', site.zone_id,
            'zone_name', zone.name,
            'address', site.address,
            'credit_code', site.credit_code,
            'started_on', site.started_on,
            'ended_on', site.ended_on,
            'active', site.active,
            'source', site.source,
            'batch_id', site.batch_id
        )
    )::text AS feature
FROM site
LEFT JOIN union_organisation AS covering ON site.covered_by = covering.id
LEFT JOIN division ON site.adcode = division.adcode
LEFT JOIN site AS zone ON site.zone_id = zone.id
WHERE site.id = :id
