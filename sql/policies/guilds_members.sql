-- Who belongs to a Discord server is not the user's to say: the service writes what Discord tells it. It inserts and
-- deletes; an update would move nobody's chunks.
alter table public.guilds_members enable row level security;

revoke all on table public.guilds_members from public, anon, authenticated, service_role;
grant select on table public.guilds_members to authenticated;
grant select, insert, delete on table public.guilds_members to service_role;

drop policy if exists guilds_members_select_own on public.guilds_members;
create policy guilds_members_select_own on public.guilds_members
for select to authenticated using (user_id = (select auth.uid()));
