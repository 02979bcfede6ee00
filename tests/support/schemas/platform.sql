-- What a project leaves in schemas that are not its own.
create table public.profiles (id uuid primary key references auth.users (id) on delete cascade, name text, secret text);
create table public.messages (id bigint generated always as identity primary key, body text, room text);
create function public.on_user() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id) values (new.id);
  return new;
end
$$;
create trigger on_user after insert on auth.users for each row execute function public.on_user();
create trigger on_upload after insert or delete on storage.objects for each row
when (pg_trigger_depth() = 0) execute function public.on_user();
alter table storage.objects disable trigger on_upload;

create policy "own files" on storage.objects for all to authenticated
using (bucket_id = 'files' and (storage.foldername(name))[1] = auth.uid()::text) with check (owner = auth.uid());
create policy restrictive_one on storage.buckets as restrictive to anon using (public);
create policy "room" on realtime.messages for select to authenticated using (realtime.topic() like 'room:%');
comment on policy "own files" on storage.objects is 'a folder each';
insert into storage.buckets (id, name, public) values ('files', 'Files', false), ('open', 'open', true);

create function extensions.my_helper(p uuid) returns boolean language sql stable as 'select p is not null';
revoke execute on function extensions.my_helper(uuid) from public;
grant execute on function extensions.my_helper(uuid) to authenticated;
comment on function extensions.my_helper(uuid) is 'mine, in the platform''s schema';
alter table public.profiles enable row level security;
create policy own on public.profiles using (extensions.my_helper(id));
create function public.token() returns text language sql
begin atomic select encode(extensions.digest('x'::text, 'sha256'::text), 'hex'); end;

alter publication supabase_realtime add table public.profiles (id, name) where (name is not null), public.messages;
create publication mine for table public.messages with (publish = 'insert', publish_via_partition_root = true);
comment on publication mine is 'one more';

create extension pg_cron;
select cron.schedule('nightly', '0 3 * * *', $$select 'it''s ' || now()$$);
select cron.schedule('30 seconds', 'vacuum');
select cron.alter_job(cron.schedule('sleeping', '@hourly', 'select 1'), active := false);
select cron.alter_job(cron.schedule('elsewhere', '@daily', 'select 2'), database := 'another');
