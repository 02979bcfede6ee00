"""`make bench`: the job system, the floor and other queues on Postgres, in turn on one server."""
