create function resolve(
  query text, variables jsonb default '{}', "operationName" text default null, extensions jsonb default null
) returns jsonb language sql stable
as $$ select pg_catalog.jsonb_build_object('errors', pg_catalog.jsonb_build_array('only a stand-in')) $$;
create function comment_directive(comment_ text) returns jsonb language sql immutable as $$ select '{}'::jsonb $$;
create function get_schema_version() returns integer language sql stable as $$ select 1 $$;
