-- Deletes the counts of cells that a change has left empty.
-- Reads:   heat_change.
-- Index:   heat_cell_pkey.
DELETE FROM heat_cell
USING heat_change
WHERE
    heat_change.sites < 0
    AND heat_cell.sites = 0
    AND heat_cell.level = heat_change.level
    AND heat_cell.block
    = (heat_change.y >> 6) * (1 << heat_change.level) + (heat_change.x >> 6)
    AND heat_cell.part = heat_change.part
    AND heat_cell.cell = (heat_change.y & 63) * 64 + (heat_change.x & 63)
