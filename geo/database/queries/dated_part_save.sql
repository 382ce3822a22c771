-- Adds the changes to what the counts of the divisions differ by on the date of a session.
-- Reads:   division_change.
-- Index:   dated_part_key, once there is one.
MERGE INTO dated_part AS stored
USING division_change AS change
    ON stored.adcode = change.adcode AND stored.part = change.part
WHEN MATCHED THEN
    UPDATE
        SET
            sites = stored.sites + change.sites,
            sites_unknown_workers = stored.sites_unknown_workers + change.sites_unknown_workers,
            sites_members_exceed_workers
            = stored.sites_members_exceed_workers + change.sites_members_exceed_workers,
            workers = stored.workers + change.workers,
            members = stored.members + change.members,
            gap = stored.gap + change.gap
WHEN NOT MATCHED THEN INSERT (
    adcode,
    part,
    sites,
    sites_unknown_workers,
    sites_members_exceed_workers,
    workers,
    members,
    gap
) VALUES (
    change.adcode,
    change.part,
    change.sites,
    change.sites_unknown_workers,
    change.sites_members_exceed_workers,
    change.workers,
    change.members,
    change.gap
)
