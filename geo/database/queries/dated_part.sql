-- Lets `division_part` mean, on this connection, counts of its own, which go with it to a date.
-- Reads:   division_part, as it is stored.
CREATE TEMPORARY TABLE division_part AS
SELECT division_part.*
FROM division_part
