-- Random UUIDs; the time-based kinds answer with random ones too, which is all that a default needs.
create function uuid_generate_v4() returns uuid language sql volatile strict parallel safe
return pg_catalog.gen_random_uuid();
create function uuid_generate_v1() returns uuid language sql volatile strict parallel safe
return pg_catalog.gen_random_uuid();
create function uuid_nil() returns uuid language sql immutable strict parallel safe
return '00000000-0000-0000-0000-000000000000'::uuid;
