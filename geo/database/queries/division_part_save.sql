-- Adds the changes to the counts of the divisions; a count that they leave empty goes.
-- Reads:   division_change.
-- Index:   division_part_pkey (on the date of a session dated_part_key, where few counts change).
MERGE INTO division_part AS stored
USING (
    SELECT division_change.*
    FROM division_change
    ORDER BY division_change.adcode, division_change.part
) AS change
    ON stored.adcode = change.adcode AND stored.part = change.part
WHEN MATCHED AND stored.sites + change.sites = 0 THEN DELETE
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
