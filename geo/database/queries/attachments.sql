-- The sites that staged enterprise unions belong to, where the file names them by credit code, or
-- by name and perhaps division (code or name, of any level), instead of by id.
-- Reads:   staged, site, division.
-- Columns: row, site_id, matches (how many sites it could be; site_id is one of them).
-- Index:   site_credit_code, site_pkey.
WITH RECURSIVE
wanted AS (
    SELECT
        staged.row,
        staged.site_credit_code,
        staged.site_name,
        staged.site_division
    FROM staged
    WHERE staged.kind = 'enterprise' AND staged.site_id IS NULL
),

part AS (
    SELECT
        division.adcode,
        division.adcode AS whole
    FROM division
    UNION
    SELECT
        part.adcode,
        division.parent AS whole
    FROM part
    INNER JOIN division ON part.whole = division.adcode
    WHERE division.parent IS NOT NULL
),

place AS (
    SELECT
        part.adcode,
        part.whole AS called
    FROM part
    UNION
    SELECT
        part.adcode,
        division.name AS called
    FROM part
    INNER JOIN division ON part.whole = division.adcode
),

possible AS (
    SELECT
        wanted.row,
        site.id
    FROM wanted
    INNER JOIN site ON wanted.site_credit_code = site.credit_code
    UNION
    SELECT
        wanted.row,
        site.id
    FROM wanted
    INNER JOIN site ON wanted.site_credit_code = site.id
    UNION
    SELECT
        wanted.row,
        site.id
    FROM wanted
    INNER JOIN site ON wanted.site_name = site.name
    WHERE
        wanted.site_credit_code IS NULL
        AND (
            wanted.site_division IS NULL
            OR wanted.site_division = site.stated_division
            OR EXISTS (
                SELECT FROM place
                WHERE place.adcode = site.adcode AND place.called = wanted.site_division
            )
        )
)

SELECT
    wanted.row,
    min(possible.id) AS site_id,
    count(possible.id) AS matches
FROM wanted
LEFT JOIN possible ON wanted.row = possible.row
GROUP BY wanted.row
ORDER BY wanted.row
