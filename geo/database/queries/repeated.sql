-- The ids that more than one staged row has.
-- Columns: id, rows (numbers of the rows in the file, ascending).
SELECT
    staged.id,
    array_agg(staged.row ORDER BY staged.row) AS rows
FROM staged
GROUP BY staged.id
HAVING count(*) > 1
ORDER BY min(staged.row)
