-- Compares the counts that are kept of divisions with a recount.
-- Reads:   division_change (the recount), division_part.
-- Columns: divisions (counts), wrong_divisions (those that differ).
WITH
wrong_division AS (
    SELECT coalesce(division_part.adcode, division_change.adcode) AS adcode
    FROM division_part
    FULL JOIN division_change
        ON
            division_part.adcode = division_change.adcode
            AND division_part.part = division_change.part
    WHERE
        (
            division_part.sites,
            division_part.sites_unknown_workers,
            division_part.sites_members_exceed_workers,
            division_part.workers,
            division_part.members,
            division_part.gap
        ) IS DISTINCT FROM (
            division_change.sites,
            division_change.sites_unknown_workers,
            division_change.sites_members_exceed_workers,
            division_change.workers,
            division_change.members,
            division_change.gap
        )
)

SELECT
    (SELECT count(*) FROM division_part) AS divisions,
    (SELECT count(*) FROM wrong_division) AS wrong_divisions
