-- Revision 0002, written by `dbtools export`: an edit made here is lost.

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> '0001' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0002', '0001', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- One typed row for every threshold and limit, in a schema that PostgREST does not expose.

create schema if not exists private;
revoke all on schema private from public;
-- Nothing in it can be reached without a grant of its own; policies and exposed functions call into it.
grant usage on schema private to anon, authenticated, service_role;
-- Alembic's own table may be here already.
revoke all on all tables in schema private from public, anon, authenticated, service_role;

create table private.settings (
  id boolean primary key default true check (id),
  chunk_size integer not null default 1000 check (chunk_size between 1 and 1000000),
  max_chunks_per_job integer not null default 10000 check (max_chunks_per_job between 1 and 1000000),
  max_config_bytes integer not null default 65536 check (max_config_bytes between 2 and 16777216),
  stale_after interval not null default '5 minutes' check (stale_after > '0' and stale_after <= '1 day'),
  offline_after interval not null default '5 minutes' check (offline_after > '0' and offline_after <= '1 day'),
  pending_node_retention interval not null default '1 hour' check (pending_node_retention > '0'),
  offline_node_retention interval not null default '30 days' check (offline_node_retention > '0'),
  config_retention interval not null default '7 days' check (config_retention > '0'),
  reap_every interval not null default '1 minute' check (reap_every > '0' and reap_every <= '1 day'),
  offline_every interval not null default '1 minute' check (offline_every > '0' and offline_every <= '1 day'),
  cleanup_every interval not null default '1 hour' check (cleanup_every > '0' and cleanup_every <= '30 days')
);

comment on table private.settings is 'Every threshold and limit of the job system; exactly one row.';
comment on column private.settings.chunk_size is 'iterations in a chunk; a job''s last chunk takes the rest';
comment on column private.settings.max_chunks_per_job is 'a job may have chunk_size times as many iterations';
comment on column private.settings.max_config_bytes is 'the most bytes of a job''s config, as text';
comment on column private.settings.stale_after is 'a running chunk that has been silent for longer is taken back';
comment on column private.settings.offline_after is 'a node that has been silent for longer is not online';
comment on column private.settings.pending_node_retention is 'a node that nobody has claimed is deleted after that';
comment on column private.settings.offline_node_retention is 'an offline node is deleted after that';
comment on column private.settings.config_retention is 'a config that nothing refers to is deleted after that';
comment on column private.settings.reap_every is 'how often the sentinel calls reap_stale_chunks';
comment on column private.settings.offline_every is 'how often the sentinel calls mark_nodes_offline';
comment on column private.settings.cleanup_every is 'how often the sentinel calls cleanup_stale_data';

insert into private.settings default values;

-- Thresholds and limits: their owner writes them, and the sentinel, as service_role, reads how often to do its chores.
-- No policy, because service_role bypasses row level security and nobody else has business here.
alter table private.settings enable row level security;

revoke all on table private.settings from public, anon, authenticated, service_role;
grant select on table private.settings to service_role;

delete from private.alembic_version where version_num = '0001';
insert into private.alembic_version (version_num) values ('0002');
