drop table private.settings;

-- The schema stays: Alembic's own table is in it.
revoke usage on schema private from anon, authenticated, service_role;
