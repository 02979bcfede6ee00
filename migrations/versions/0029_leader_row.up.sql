-- One row. The term is its key, so that a write of the leader's holds the term (for key share) while the leader renews
-- its lease, and only another term has to wait for that write to end.
create table private.leader (
  term bigint primary key check (term >= 0),
  holder text,
  expires_at timestamptz not null
);
create unique index leader_is_one on private.leader ((true));

comment on table private.leader is 'The sentinel that leads; exactly one row.';
comment on column private.leader.term is 'grows by one with each new leader';
comment on column private.leader.holder is 'the sentinel''s name for itself';
comment on column private.leader.expires_at is 'by the database''s clock; after it, any sentinel may begin a new term';

insert into private.leader (term, holder, expires_at) values (0, null, '-infinity');

-- Read and written by the functions of sentinels only: no grant, and no policy.
alter table private.leader enable row level security;

revoke all on table private.leader from public, anon, authenticated, service_role;

alter table private.settings
add column leader_lease interval not null default '6 seconds'
check (leader_lease between '1 second' and '5 minutes');

comment on column private.settings.leader_lease is 'a sentinel leads for so long after it last said so';
