-- To whom create_job is closed, and what it refuses.
insert into auth.users (id, email) values ('00000000-0000-4000-8000-00000000000a', 'verify@example.test');

-- as anon: refused 42501
select public.create_job('{}', 1);

-- as service_role: refused 42501
select public.create_job('{}', 1);

-- as authenticated: refused PT401 not_signed_in
select public.create_job('{}', 1);

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000a"}: refused PT400 access_type_unknown
select public.create_job('{}', 1, 'everybody');

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000a"}: refused PT400 discord_server_required
select public.create_job('{}', 1, 'discord');

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000a"}: refused PT400 iterations_out_of_range
select public.create_job('{}', 0);

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000a"}: refused PT400 config_not_an_object
select public.create_job('[]', 1);

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000a"}: refused PT404 rotation_not_found
select public.create_job('{"rotationId": "00000000-0000-4000-8000-00000000000f"}', 1);

-- Repeated with the same request id, the call answers with the same job; for another one the id is refused.
-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000a"}
select
  set_config(
    'check.first',
    public.create_job('{"verify": 1}', 2500, p_request_id := '00000000-0000-4000-8000-00000000000b')::text, true
  );

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000a"}: returns true
select
  public.create_job('{"verify": 1}', 2500, p_request_id := '00000000-0000-4000-8000-00000000000b')
  = current_setting('check.first')::jsonb;

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000a"}: refused PT409 request_id_reused
select public.create_job('{"verify": 2}', 2500, p_request_id := '00000000-0000-4000-8000-00000000000b');
