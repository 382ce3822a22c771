"""Everything that speaks SQL; every function takes a Connection first and never commits."""
