"""Any file in; checked frames and a row-by-row report out. No database, no network."""
