-- Whose a rotation is, and who may read it.
insert into auth.users (id, email) values
('00000000-0000-4000-8000-00000000000a', 'verify-a@example.test'),
('00000000-0000-4000-8000-00000000000b', 'verify-b@example.test');

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000a"}: 1 row
insert into public.rotations (id, user_id, slug, name, script, spec_id)
values (
  '00000000-0000-4000-8000-00000000000c', '00000000-0000-4000-8000-00000000000a', 'verify', 'verify', 'cast()', 1
);

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000b"}: refused 42501
insert into public.rotations (user_id, slug, name, script, spec_id)
values ('00000000-0000-4000-8000-00000000000a', 'forged', 'forged', 'cast()', 1);

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000b"}: 0 rows
select r.id from public.rotations as r
where r.id = '00000000-0000-4000-8000-00000000000c';

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000b"}: 0 rows
update public.rotations set script = 'mine'
where id = '00000000-0000-4000-8000-00000000000c';

-- as anon: 0 rows
select r.id from public.rotations as r
where r.id = '00000000-0000-4000-8000-00000000000c';

-- A job that needs it opens it to nobody.
-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000a"}
select public.create_job('{"rotationId": "00000000-0000-4000-8000-00000000000c"}', 1);

-- as anon: 0 rows
select r.id from public.rotations as r
where r.id = '00000000-0000-4000-8000-00000000000c';

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000b"}: 0 rows
delete from public.rotations
where id = '00000000-0000-4000-8000-00000000000c';
