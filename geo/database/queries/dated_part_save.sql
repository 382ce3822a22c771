-- Adds the changes to what the counts of the divisions differ by on the date of a session.
-- Reads:   division_change.
-- Index:   dated_part_pkey.
INSERT INTO dated_part AS stored (
    adcode,
    part,
    sites,
    sites_unknown_workers,
    sites_members_exceed_workers,
    workers,
    members,
    gap
)
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
ON CONFLICT (adcode, part) DO UPDATE SET
    sites = stored.sites + excluded.sites,
    sites_unknown_workers = stored.sites_unknown_workers + excluded.sites_unknown_workers,
    sites_members_exceed_workers
    = stored.sites_members_exceed_workers + excluded.sites_members_exceed_workers,
    workers = stored.workers + excluded.workers,
    members = stored.members + excluded.members,
    gap = stored.gap + excluded.gap
