"""The programs of a distributed simulation service on Supabase: sentinel, node and portal client."""

__version__ = "0.1.0"
