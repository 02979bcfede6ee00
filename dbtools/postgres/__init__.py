"""Postgres itself: connections, embedded servers, shadows, SQL scripts."""
