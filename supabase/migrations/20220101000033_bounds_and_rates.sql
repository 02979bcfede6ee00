-- Revision 0033, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0032' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0033', '0032', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- What is too long already is cut, or the row could not be changed any more.
-- noqa: disable=LT02
update public.nodes as n
set
  name = left(n.name, 255),
  platform = left(n.platform, 255),
  version = left(n.version, 255),
  max_parallel = greatest(least(n.max_parallel, 4096), 0)
where
  length(n.name) > 255 or length(n.platform) > 255 or length(n.version) > 255
  or n.max_parallel not between 0 and 4096;
update public.nodes_permissions as p set target_id = left(p.target_id, 100)
where length(p.target_id) > 100;
update public.jobs as j set discord_server_id = left(j.discord_server_id, 100)
where length(j.discord_server_id) > 100;
update public.rotations as r
set
  name = left(r.name, 255),
  description = left(r.description, 10000),
  slug = case when length(r.slug) > 255 then left(r.slug, 222) || '-' || md5(r.slug) else r.slug end
where length(r.name) > 255 or length(r.slug) > 255 or length(r.description) > 10000;
update public.rotations_versions as v set message = left(v.message, 1000)
where length(v.message) > 1000;
-- noqa: enable=all

-- Validated by the next revision, under a lock that lets everybody work.
alter table public.nodes
add constraint nodes_name_check check (length(name) <= 255) not valid,
add constraint nodes_platform_check check (length(platform) <= 255) not valid,
add constraint nodes_version_check check (length(version) <= 255) not valid,
add constraint nodes_max_parallel_check check (max_parallel between 0 and 4096) not valid;
alter table public.nodes_permissions
add constraint nodes_permissions_target_id_check check (length(target_id) <= 100) not valid;
alter table public.jobs add constraint jobs_discord_server_id_check check (length(discord_server_id) <= 100) not valid;
alter table public.rotations
add constraint rotations_slug_check check (length(slug) <= 255) not valid,
add constraint rotations_name_check check (length(name) <= 255) not valid,
add constraint rotations_description_check check (length(description) <= 10000) not valid;
alter table public.rotations_versions
add constraint rotations_versions_message_check check (length(message) <= 1000) not valid;

-- A rate is kept as the moment at which all that was taken would have been earned (GCRA). Not logged: after a crash of
-- the server everybody begins anew.
create unlogged table private.rates (
  kind text not null,
  subject text not null,
  due timestamptz not null,
  primary key (kind, subject)
);
comment on table private.rates is 'How much of a rate a user, a key or an address has used up; see private.take.';
alter table private.rates enable row level security;
revoke all on table private.rates from public, anon, authenticated, service_role;

-- In the node's own row, which every heartbeat writes anyway.
alter table public.nodes
add column session_id uuid,
add column beats_due timestamptz;
comment on column public.nodes.session_id is 'the process that is this node; a second one is refused while it lives';
comment on column public.nodes.beats_due is 'when all heartbeats of now would have been due, at the allowed rate';

alter table private.settings
add column max_script_bytes integer not null default 262144 check (max_script_bytes between 1 and 16777216),
add column max_permissions_per_node integer not null default 100 check (max_permissions_per_node between 1 and 10000),
add column session_timeout interval not null default '1 minute'
check (session_timeout > '0' and session_timeout <= '1 day'),
add column jobs_per_minute integer not null default 120 check (jobs_per_minute >= 0),
add column chunks_per_hour integer not null default 200000 check (chunks_per_hour >= 0),
add column claim_codes_per_hour integer not null default 20 check (claim_codes_per_hour >= 0),
add column claim_codes_per_address_per_hour integer not null default 200 check (claim_codes_per_address_per_hour >= 0),
add column new_nodes_per_address_per_hour integer not null default 300 check (new_nodes_per_address_per_hour >= 0),
add column registrations_per_minute integer not null default 60 check (registrations_per_minute >= 0),
add column heartbeats_per_minute integer not null default 3000 check (heartbeats_per_minute >= 0);
comment on column private.settings.max_script_bytes is 'the most bytes of a rotation''s script';
comment on column private.settings.max_permissions_per_node is
'so many others may be named in the permissions of a node';
comment on column private.settings.session_timeout is
'a process of a node that has been silent for longer may be replaced by another one';
comment on column private.settings.jobs_per_minute is 'a user may create or retry so many jobs; 0: any number';
comment on column private.settings.chunks_per_hour is
'a user''s new or retried jobs may have so many chunks; 0: any number';
comment on column private.settings.claim_codes_per_hour is 'a user may try so many wrong claim codes; 0: any number';
comment on column private.settings.claim_codes_per_address_per_hour is
'so many wrong claim codes may be tried from one address; 0: any number';
comment on column private.settings.new_nodes_per_address_per_hour is
'so many keys may be registered for the first time from one address; 0: any number';
comment on column private.settings.registrations_per_minute is 'one key may register so often; 0: any number';
comment on column private.settings.heartbeats_per_minute is 'a node may send so many heartbeats; 0: any number';

delete from private.alembic_version where version_num = '0032';
insert into private.alembic_version (version_num) values ('0033');
