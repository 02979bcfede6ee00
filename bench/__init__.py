"""`make bench`: how fast the job system is, beside the least that Postgres could do for the same work."""
