-- Lets `division_part` mean, on this connection, the counts of another date.
-- Reads:   division_part, dated_part.
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
    dated_part.adcode,
    dated_part.part,
    dated_part.sites,
    dated_part.sites_unknown_workers,
    dated_part.sites_members_exceed_workers,
    dated_part.workers,
    dated_part.members,
    dated_part.gap
FROM dated_part
