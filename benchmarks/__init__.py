"""Measuring Antu against its budgets; run with `make bench`."""
