-- What tells this state of the data from every other; asked for with every answer, for its tag.
-- Columns: stamp (text).
-- Reads:   data_state (one row).
SELECT data_state::text AS stamp
FROM data_state
