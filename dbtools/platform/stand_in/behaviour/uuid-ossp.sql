-- Any new identifier is as good as another.
-- for: uuid_generate_v1()
language sql as $$ select gen_random_uuid() $$
-- for: uuid_generate_v1mc()
language sql as $$ select gen_random_uuid() $$
-- for: uuid_generate_v4()
language sql as $$ select gen_random_uuid() $$
-- for: uuid_nil()
language sql as $$ select '00000000-0000-0000-0000-000000000000'::uuid $$
-- for: uuid_ns_dns()
language sql as $$ select '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid $$
-- for: uuid_ns_url()
language sql as $$ select '6ba7b811-9dad-11d1-80b4-00c04fd430c8'::uuid $$
-- for: uuid_ns_oid()
language sql as $$ select '6ba7b812-9dad-11d1-80b4-00c04fd430c8'::uuid $$
-- for: uuid_ns_x500()
language sql as $$ select '6ba7b814-9dad-11d1-80b4-00c04fd430c8'::uuid $$
-- for: uuid_generate_v3(uuid,text)
language sql as $$ select overlay(overlay(md5(uuid_send($1) || convert_to($2, 'UTF8')) placing '3' from 13) placing '8' from 17)::uuid $$
