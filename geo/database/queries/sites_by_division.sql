-- How many sites there are in each of some divisions and all below it.
-- Uses:    tally.sql
-- Binds:   wholes (array: the codes of these divisions), and those of tally.sql.
-- Columns: adcode, sites; without a row where there are none.
-- Index:   division_parent, and what serves tally.sql.
WITH RECURSIVE
part AS (
    SELECT
        whole.adcode AS whole,
        whole.adcode
    FROM unnest(cast(:wholes AS text[]) COLLATE "C") AS whole (adcode)
    UNION
    SELECT
        part.whole,
        division.adcode
    FROM part
    INNER JOIN division ON part.adcode = division.parent
)

SELECT
    part.whole AS adcode,
    sum(tally.sites)::bigint AS sites
FROM part
INNER JOIN tally ON part.adcode = tally.place
GROUP BY part.whole
