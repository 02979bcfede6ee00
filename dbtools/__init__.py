"""Database-first migrations for Supabase and Postgres."""

__version__ = "0.1.0"
