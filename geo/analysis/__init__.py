"""Pure analysis: frames in, frames out; no connection, no clock."""
