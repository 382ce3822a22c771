-- The sites that pass the filters; what lists, maps, counts and exports are made of.
-- Binds:   active (bool: only those active on the day), attention (bool: only uncovered sites and
--          those that need their own union), coverages, categories, grades (arrays or null),
--          needs_own_union (bool or null), min_workers, max_workers (or null), division
--          (code or null: sites of it and of all below it),
--          search (LIKE pattern or null: name, address, id, credit code).
-- Columns: those of site, and properties (json), as every feature has them.
-- Index:   whatever serves the query around it; site_attention_geography knows attention.
SELECT
    site.*,
    json_build_object(
        'name', site.name,
        'category', site.category,
        'grade', site.grade,
        'workers', site.workers,
        'migrant_workers', site.migrant_workers,
        'members', coalesce(site.members, site.union_members),
        'coverage', site.coverage,
        'covered_by', site.covered_by,
        'needs_own_union', site.needs_own_union,
        'gap', site.gap,
        'adcode', site.adcode,
        'address', site.address
    ) AS properties
FROM site
WHERE
    (site.active OR NOT cast(:active AS boolean))
    AND (
        NOT cast(:attention AS boolean)
        OR site.coverage = 'none'
        OR site.needs_own_union
    )
    AND (
        cast(:coverages AS text[]) IS NULL
        OR site.coverage = any(cast(:coverages AS text[]))
    )
    AND (
        cast(:categories AS text[]) IS NULL
        OR site.category = any(cast(:categories AS text[]))
    )
    AND (cast(:grades AS text[]) IS NULL OR site.grade = any(cast(:grades AS text[])))
    AND (
        cast(:needs_own_union AS boolean) IS NULL
        OR site.needs_own_union = cast(:needs_own_union AS boolean)
    )
    AND (cast(:min_workers AS integer) IS NULL OR site.workers >= cast(:min_workers AS integer))
    AND (cast(:max_workers AS integer) IS NULL OR site.workers <= cast(:max_workers AS integer))
    AND (
        cast(:division AS text) IS NULL
        OR site.adcode IN (
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
    )
    AND (
        cast(:search AS text) IS NULL
        OR site.name ILIKE cast(:search AS text)
        OR site.address ILIKE cast(:search AS text)
        OR site.id ILIKE cast(:search AS text)
        OR site.credit_code ILIKE cast(:search AS text)
    )
