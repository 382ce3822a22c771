"""What a user can do that joins database, ingest, analysis and maps; CLI and HTTP call these."""
