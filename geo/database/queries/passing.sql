-- The sites that pass the filters; what lists, maps, counts and exports are made of.
-- Binds:   each may be missing, its condition is then left out. active and attention (true: only
--          those active on the day; only uncovered sites and those that need their own union),
--          coverages, categories, grades (arrays), needs_own_union, min_workers, max_workers,
--          unknown_workers (true: without a headcount), division (code: sites of it and of all
--          below it) or adcodes (array: the same, told so that the planner knows how many),
--          outside (level: sites in no division of it), search (array of LIKE patterns, each in
--          name, address, id or credit code, in capitals or small letters) or search_as_written
--          (the same for patterns without letters that have both, which takes half the time), box
--          (EWKT: what touches it), or eastern and western (EWKT: the two parts of a box across
--          the antimeridian), or reach (EWKT: what may touch it, for queries that look closer
--          themselves).
-- Columns: those of site, and feature (text: a GeoJSON Feature without the }} at its end, so that
--          more properties can follow).
-- Index:   whatever serves the query around it; site_attention_geography knows attention.
SELECT
    site.*,
    -- Written out, since row_to_json looks up the type of every field of every row.
    concat(
        '{"type":"Feature","id":', to_json(site.id),
        ',"geometry":', coalesce(ST_AsGeoJSON(site.geom, 7), 'null'),
        ',"properties":{"name":', to_json(site.name),
        ',"category":"', site.category,
        '","grade":"', site.grade,
        '","workers":', coalesce(site.workers::text, 'null'),
        ',"migrant_workers":', coalesce(site.migrant_workers::text, 'null'),
        ',"members":', coalesce(site.members::text, site.union_members::text, 'null'),
        ',"coverage":"', site.coverage,
        '","covered_by":', coalesce(to_json(site.covered_by)::text, 'null'),
        ',"needs_own_union":', site.needs_own_union::text,
        ',"gap":', coalesce(site.gap::text, 'null'),
        ',"adcode":', coalesce(to_json(site.adcode)::text, 'null'),
        ',"address":', coalesce(to_json(site.address)::text, 'null')
    ) AS feature
FROM site
WHERE
    TRUE
    -- if active
    AND site.active
    -- if attention
    AND (site.coverage = 'none' OR site.needs_own_union)
    -- if coverages
    AND site.coverage = any(cast(:coverages AS text[]))
    -- if categories
    AND site.category = any(cast(:categories AS text[]))
    -- if grades
    AND site.grade = any(cast(:grades AS text[]))
    -- if needs_own_union
    AND site.needs_own_union = :needs_own_union
    -- if min_workers
    AND site.workers >= :min_workers
    -- if max_workers
    AND site.workers <= :max_workers
    -- if unknown_workers
    AND site.counted_workers IS NULL
    -- if adcodes
    AND site.adcode = any(cast(:adcodes AS text[]))
    -- if division
    AND site.adcode IN (
        WITH RECURSIVE
        part AS (
            SELECT cast(:division AS text) COLLATE "C" AS adcode
            UNION
            SELECT division.adcode
            FROM part
            INNER JOIN division ON part.adcode = division.parent
        )

        SELECT part.adcode
        FROM part
    )
    -- if outside
    AND NOT EXISTS (
        SELECT
        FROM (
            WITH RECURSIVE
            part AS (
                SELECT division.adcode
                FROM division
                WHERE division.level = :outside
                UNION
                SELECT division.adcode
                FROM part
                INNER JOIN division ON part.adcode = division.parent
            )

            SELECT part.adcode
            FROM part
        ) AS inside
        WHERE inside.adcode = site.adcode
    )
    -- if search
    AND concat_ws(E'\n', site.name, site.address, site.id, site.credit_code)
    ILIKE ALL(cast(:search AS text[]))
    -- if search_as_written
    AND concat_ws(E'\n', site.name, site.address, site.id, site.credit_code)
    LIKE ALL(cast(:search_as_written AS text[]))
    -- The planner takes the exact test for so dear that it avoids it at any price.
    -- if reach
    AND site.geom && cast(:reach AS geometry)
    -- if box
    AND ST_Intersects(site.geom, cast(:box AS geometry))
    -- if eastern
    AND (
        ST_Intersects(site.geom, cast(:eastern AS geometry))
        OR ST_Intersects(site.geom, cast(:western AS geometry))
    )
    -- end
