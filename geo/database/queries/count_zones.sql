-- Writes what counts for each zone itself into the assessment.
-- Binds:   ids, workers, members (arrays of the same length).
UPDATE assessed
SET
    counted_workers = figure.workers,
    counted_members = figure.members
FROM
    unnest(
        cast(:ids AS text[]), cast(:workers AS integer[]), cast(:members AS integer[])
    ) AS figure (id, workers, members)
WHERE assessed.site_id = figure.id
