select e.oid, e.extname from pg_extension as e
where true
