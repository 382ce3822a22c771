"""Antu's library: the rules, the database, loading and analysis, usable without HTTP."""
