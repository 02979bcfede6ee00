create table meta (
  queue_name varchar primary key, is_partitioned boolean not null, is_unlogged boolean not null,
  created_at timestamptz not null default now()
);
create type message_record as (
  msg_id bigint, read_ct integer, enqueued_at timestamptz, vt timestamptz, message jsonb
);
create function standin_create(queue_name text, persistence text) returns void language plpgsql as $$
begin
  execute format(
    'create %s table pgmq.%I (msg_id bigint primary key generated always as identity, read_ct integer default 0 not null,'
    ' enqueued_at timestamptz default now() not null, vt timestamptz not null, message jsonb)',
    persistence, 'q_' || queue_name
  );
  execute format(
    'create table pgmq.%I (msg_id bigint primary key, read_ct integer default 0 not null,'
    ' enqueued_at timestamptz default now() not null, archived_at timestamptz default now() not null,'
    ' vt timestamptz not null, message jsonb)',
    'a_' || queue_name
  );
  execute format('create index %I on pgmq.%I (vt asc)', 'q_' || queue_name || '_vt_idx', 'q_' || queue_name);
  execute format('create index %I on pgmq.%I (archived_at)', 'archived_at_idx_' || queue_name, 'a_' || queue_name);
  insert into pgmq.meta (queue_name, is_partitioned, is_unlogged)
  values (standin_create.queue_name, false, persistence = 'unlogged');
end $$;
create function "create"(queue_name text) returns void language sql as $$ select pgmq.standin_create($1, '') $$;
create function create_unlogged(queue_name text) returns void language sql
as $$ select pgmq.standin_create($1, 'unlogged') $$;
create function send(queue_name text, msg jsonb, delay integer default 0) returns setof bigint language plpgsql as $$
begin
  return query execute format(
    'insert into pgmq.%I (vt, message) values (clock_timestamp() + %L::interval, %L) returning msg_id',
    'q_' || queue_name, make_interval(secs => delay), msg
  );
end $$;
create function read(queue_name text, vt integer, qty integer) returns setof message_record language plpgsql as $$
begin
  return query execute format(
    'update pgmq.%1$I as q set vt = clock_timestamp() + %2$L::interval, read_ct = q.read_ct + 1'
    ' where q.msg_id in (select n.msg_id from pgmq.%1$I as n where n.vt <= clock_timestamp() order by n.msg_id limit %3$s'
    ' for update skip locked) returning q.msg_id, q.read_ct, q.enqueued_at, q.vt, q.message',
    'q_' || queue_name, make_interval(secs => vt), qty
  );
end $$;
create function delete(queue_name text, msg_id bigint) returns boolean language plpgsql as $$
declare
  v_count bigint;
begin
  execute format('delete from pgmq.%I where msg_id = %s', 'q_' || queue_name, msg_id);
  get diagnostics v_count = row_count;
  return v_count > 0;
end $$;
create function archive(queue_name text, msg_id bigint) returns boolean language plpgsql as $$
declare
  v_count bigint;
begin
  execute format(
    'with gone as (delete from pgmq.%I where msg_id = %s returning *) insert into pgmq.%I'
    ' (msg_id, vt, read_ct, enqueued_at, message) select msg_id, vt, read_ct, enqueued_at, message from gone',
    'q_' || queue_name, msg_id, 'a_' || queue_name
  );
  get diagnostics v_count = row_count;
  return v_count > 0;
end $$;
-- As a hosted project grants it.
grant usage, create on schema pgmq to postgres with grant option;
grant all on all tables in schema pgmq to postgres with grant option;
