-- Attaches staged enterprise unions to the sites found for them.
-- Binds:   rows (numbers), site_ids (arrays of the same length).
UPDATE staged
SET site_id = found.site_id
FROM unnest(cast(:rows AS integer[]), cast(:site_ids AS text[])) AS found (row, site_id)
WHERE staged.row = found.row
