"""Entry points: HTTP and the command line."""
