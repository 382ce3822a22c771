-- Lets `division_part` mean, until the end of the transaction, the counts of another date.
-- Reads:   division_part, division_change.
CREATE TEMPORARY VIEW division_part AS
SELECT
    division_part.adcode,
    division_part.part,
    division_part.sites,
    division_part.sites_unknown_workers,
    division_part.sites_members_exceed_workers,
    division_part.workers,
    division_part.members,
    division_part.gap
FROM division_part
UNION ALL
SELECT
    division_change.adcode,
    division_change.part,
    division_change.sites,
    division_change.sites_unknown_workers,
    division_change.sites_members_exceed_workers,
    division_change.workers,
    division_change.members,
    division_change.gap
FROM division_change
