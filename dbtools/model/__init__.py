"""Schemas as data: snapshots, their comparison, and their rendering. No connection, no file."""
