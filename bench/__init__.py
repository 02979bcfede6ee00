"""How fast the job system is, beside the least that Postgres could do for the same work, and beside other queues."""
