-- The state of the data.
-- Columns: version, changed_at, covered_on, own_union_threshold, illustrative.
-- Reads:   data_state (one row).
SELECT
    data_state.version,
    data_state.changed_at,
    data_state.covered_on,
    data_state.own_union_threshold,
    data_state.illustrative
FROM data_state
