-- Deletes the counts of divisions that a change has left empty.
-- Reads:   division_change.
-- Index:   division_part_pkey.
DELETE FROM division_part
USING division_change
WHERE
    division_part.sites = 0
    AND division_part.adcode = division_change.adcode
    AND division_part.part = division_change.part
