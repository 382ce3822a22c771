-- How many sites pass, counted up to one more than asked for.
-- Uses:    passing.sql
-- Binds:   most, and those of passing.sql.
-- Columns: found.
-- Index:   site_geom with a box.
WITH
found AS (
    SELECT passing.id
    FROM passing
    LIMIT :most + 1
)

SELECT count(*) AS found
FROM found
