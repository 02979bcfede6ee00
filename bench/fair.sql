-- Our own tables, stripped of triggers, checks, storage options and all indexes but the keys: columns and foreign keys
-- are left, and get the two partial indexes of the bare floor.
do $$
declare
  statement text;
begin
  for statement in
    select format('drop trigger %I on %s', t.tgname, t.tgrelid::regclass) from pg_trigger as t
    where t.tgrelid in ('public.jobs'::regclass, 'public.jobs_chunks'::regclass) and not t.tgisinternal
    union all
    select format('alter table %s drop constraint %I', c.conrelid::regclass, c.conname)
    from pg_constraint as c
    where c.conrelid in ('public.jobs'::regclass, 'public.jobs_chunks'::regclass) and c.contype = 'c'
    union all
    select format('drop index %s', i.indexrelid::regclass) from pg_index as i
    where i.indrelid in ('public.jobs'::regclass, 'public.jobs_chunks'::regclass) and not i.indisprimary
    union all
    select format('alter table %s reset (%s)', c.oid::regclass, split_part(o.option, '=', 1))
    from pg_class as c cross join unnest(c.reloptions) as o (option)
    where c.oid in ('public.jobs'::regclass, 'public.jobs_chunks'::regclass)
  loop
    execute statement;
  end loop;
end;
$$;
create index on public.jobs_chunks (created_at) where status = 'pending';
create index on public.jobs_chunks (claimed_at) where status = 'running';
insert into auth.users (id, email) values (gen_random_uuid(), 'floor@example.test');
insert into public.jobs_configs (hash, config) values ('floor', '{}');
insert into public.nodes (id, user_id, public_key) select '00000000-0000-0000-0000-000000000001', u.id, 'floor' from auth.users as u;
