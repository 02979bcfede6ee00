"""Database-first migrations for Supabase and Postgres."""
