-- Revision 0001, written by `dbtools export`: an edit made here is lost.

create schema if not exists private;
create table if not exists private.alembic_version (
  version_num varchar(32) not null, constraint alembic_version_pkc primary key (version_num)
);
revoke all on private.alembic_version from public, anon, authenticated, service_role;

do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from private.alembic_version), 'base'
  );
begin
  if found <> 'base' then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', '0001', 'base', found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

-- The schema as `dbtools pull` found it in the live database. Frozen: changes are revisions on top of it.

-- Settings of this transaction
select
  set_config('dbtools.search_path', current_setting('search_path'), true),
  set_config('dbtools.check_function_bodies', current_setting('check_function_bodies'), true),
  set_config('dbtools.xmloption', current_setting('xmloption'), true),
  set_config('dbtools.default_table_access_method', current_setting('default_table_access_method'), true);
set local search_path = '';
set local check_function_bodies = false;
set local xmloption = content;
set local default_table_access_method = heap;

-- Every object starts from the built-in default privileges
do $aside$
declare
  v record;
begin
  for v in
    select distinct d.defaclnamespace <> 0 as in_public, w.what,
      case x.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end as grantee
    from pg_default_acl as d
      inner join (
        values ('r', 'tables'), ('S', 'sequences'), ('f', 'functions'), ('T', 'types'), ('n', 'schemas')
      ) as w (code, what) on d.defaclobjtype::text = w.code,
      aclexplode(d.defaclacl) as x
    where d.defaclrole = current_user::regrole
      and (d.defaclnamespace = 0 or d.defaclnamespace = to_regnamespace('public'))
  loop
    execute format(
      'alter default privileges %s revoke all on %s from %s',
      case when v.in_public then 'in schema public' end, v.what, v.grantee
    );
  end loop;

  -- An entry without a schema stood in place of the built-in default: write that one in, and Postgres drops the entry.
  for v in
    select w.what, w.public_may
    from pg_default_acl as d
      inner join (
        values ('r', 'tables', null), ('S', 'sequences', null), ('f', 'functions', 'execute'), ('T', 'types', 'usage'),
          ('n', 'schemas', null)
      ) as w (code, what, public_may) on d.defaclobjtype::text = w.code
    where d.defaclrole = current_user::regrole and d.defaclnamespace = 0
  loop
    execute format('alter default privileges grant all on %s to current_user', v.what);
    if v.public_may is not null then
      execute format('alter default privileges grant %s on %s to public', v.public_may, v.what);
    end if;
  end loop;
end
$aside$;

-- Name: pg_cron; Type: EXTENSION; Schema: -; Owner: -
CREATE EXTENSION IF NOT EXISTS pg_cron WITH SCHEMA pg_catalog;

-- Name: pgcrypto; Type: EXTENSION; Schema: -; Owner: -
CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA extensions;

-- Name: uuid-ossp; Type: EXTENSION; Schema: -; Owner: -
CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA extensions;

-- Name: claim_node(uuid, text, integer); Type: FUNCTION; Schema: public; Owner: postgres
CREATE FUNCTION public.claim_node(p_node_id uuid, p_name text, p_max_parallel integer) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public'
    AS $$
declare
  v_node nodes;
begin
  if auth.uid() is null then
    raise exception 'sign in to claim a node' using errcode = '42501';
  end if;

  update nodes
  set user_id = auth.uid(),
      name = coalesce(nullif(trim(p_name), ''), name),
      max_parallel = coalesce(p_max_parallel, max_parallel),
      claim_code = null
  where id = p_node_id and user_id is null
  returning * into v_node;
  if not found then
    return jsonb_build_object('success', false, 'error', 'no such node, or it has an owner');
  end if;

  return jsonb_build_object(
    'success', true, 'nodeId', v_node.id, 'name', v_node.name, 'maxParallel', v_node.max_parallel
  );
end;
$$;


ALTER FUNCTION public.claim_node(p_node_id uuid, p_name text, p_max_parallel integer) OWNER TO postgres;

-- Name: cleanup_stale_data(); Type: FUNCTION; Schema: public; Owner: postgres
CREATE FUNCTION public.cleanup_stale_data() RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
  delete from nodes
  where user_id is null and status = 'pending' and created_at < now() - interval '1 hour';

  delete from nodes
  where status = 'offline' and last_seen_at < now() - interval '30 days';

  delete from jobs_configs
  where last_used_at < now() - interval '7 days'
    and hash not in (select config_hash from jobs);
end;
$$;


ALTER FUNCTION public.cleanup_stale_data() OWNER TO postgres;

-- Name: file_rotation_version(); Type: FUNCTION; Schema: public; Owner: postgres
CREATE FUNCTION public.file_rotation_version() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public'
    AS $$
begin
  insert into rotations_versions (rotation_id, version, script, created_by)
  values (old.id, old.current_version, old.script, coalesce(auth.uid(), old.user_id))
  on conflict (rotation_id, version) do nothing;
  new.current_version := old.current_version + 1;
  return new;
end;
$$;


ALTER FUNCTION public.file_rotation_version() OWNER TO postgres;

-- Name: handle_new_user(); Type: FUNCTION; Schema: public; Owner: postgres
CREATE FUNCTION public.handle_new_user() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
  new.raw_user_meta_data :=
    jsonb_build_object('display_name', split_part(coalesce(new.email, 'player'), '@', 1))
    || coalesce(new.raw_user_meta_data, '{}');
  return new;
end;
$$;


ALTER FUNCTION public.handle_new_user() OWNER TO postgres;

-- Name: hash_config(jsonb); Type: FUNCTION; Schema: public; Owner: postgres
CREATE FUNCTION public.hash_config(p_config jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'public'
    AS $$
begin
  return encode(digest(p_config::text, 'sha256'), 'hex');
end;
$$;


ALTER FUNCTION public.hash_config(p_config jsonb) OWNER TO postgres;

-- Name: mark_nodes_offline(); Type: FUNCTION; Schema: public; Owner: postgres
CREATE FUNCTION public.mark_nodes_offline() RETURNS void
    LANGUAGE sql
    AS $$
  update public.nodes set status = 'offline'
  where status = 'online' and last_seen_at < now() - interval '5 minutes';
$$;


ALTER FUNCTION public.mark_nodes_offline() OWNER TO postgres;

-- Name: notify_pending_chunk(); Type: FUNCTION; Schema: public; Owner: postgres
CREATE FUNCTION public.notify_pending_chunk() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if new.status = 'pending' and new.node_id is null then
    perform pg_notify('pending_chunk', new.id::text);
  end if;
  return new;
end;
$$;


ALTER FUNCTION public.notify_pending_chunk() OWNER TO postgres;

-- Name: reap_stale_chunks(); Type: FUNCTION; Schema: public; Owner: postgres
CREATE FUNCTION public.reap_stale_chunks() RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
  update jobs_chunks
  set status = 'pending', node_id = null, claimed_at = null
  where status = 'running' and claimed_at < now() - interval '5 minutes';
end;
$$;


ALTER FUNCTION public.reap_stale_chunks() OWNER TO postgres;

-- Name: set_rotation_checksum(); Type: FUNCTION; Schema: public; Owner: postgres
CREATE FUNCTION public.set_rotation_checksum() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  new.checksum := encode(sha256(convert_to(new.script, 'UTF8')), 'hex');
  return new;
end;
$$;


ALTER FUNCTION public.set_rotation_checksum() OWNER TO postgres;

-- Name: touch_updated_at(); Type: FUNCTION; Schema: public; Owner: postgres
CREATE FUNCTION public.touch_updated_at() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  new.updated_at := now();
  return new;
end;
$$;


ALTER FUNCTION public.touch_updated_at() OWNER TO postgres;

-- Name: verify_claim_code(text); Type: FUNCTION; Schema: public; Owner: postgres
CREATE FUNCTION public.verify_claim_code(p_code text) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public'
    AS $$
declare
  v_node nodes;
begin
  if auth.uid() is null then
    raise exception 'sign in to claim a node' using errcode = '42501';
  end if;

  select * into v_node from nodes
  where claim_code = upper(replace(p_code, '-', '')) and user_id is null;
  if not found then
    return jsonb_build_object('valid', false);
  end if;

  return jsonb_build_object(
    'valid', true,
    'nodeId', v_node.id,
    'name', v_node.name,
    'totalCores', v_node.total_cores,
    'platform', v_node.platform,
    'version', v_node.version
  );
end;
$$;


ALTER FUNCTION public.verify_claim_code(p_code text) OWNER TO postgres;

-- Name: jobs; Type: TABLE; Schema: public; Owner: postgres
CREATE TABLE public.jobs (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    config_hash text NOT NULL,
    total_iterations integer NOT NULL,
    completed_iterations integer DEFAULT 0 NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    result jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone,
    access_type text DEFAULT 'private'::text NOT NULL,
    discord_server_id text
);


ALTER TABLE public.jobs OWNER TO postgres;

-- Name: jobs_chunks; Type: TABLE; Schema: public; Owner: postgres
CREATE TABLE public.jobs_chunks (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    job_id uuid NOT NULL,
    node_id uuid,
    config_hash text NOT NULL,
    iterations integer NOT NULL,
    seed_offset integer NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    result jsonb,
    claimed_at timestamp with time zone,
    completed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE public.jobs_chunks OWNER TO postgres;

-- Name: jobs_configs; Type: TABLE; Schema: public; Owner: postgres
CREATE TABLE public.jobs_configs (
    hash text NOT NULL,
    config jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_used_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE public.jobs_configs OWNER TO postgres;

-- Name: TABLE jobs_configs; Type: COMMENT; Schema: public; Owner: postgres
COMMENT ON TABLE public.jobs_configs IS 'one row for each distinct simulation config, shared by the jobs that use it';

-- Name: nodes; Type: TABLE; Schema: public; Owner: postgres
CREATE TABLE public.nodes (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid,
    name text DEFAULT 'My Node'::text NOT NULL,
    max_parallel integer DEFAULT 4 NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    last_seen_at timestamp with time zone,
    version text DEFAULT 'unknown'::text NOT NULL,
    total_cores integer DEFAULT 4 NOT NULL,
    platform text DEFAULT 'unknown'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    public_key text NOT NULL,
    claim_code text
);


ALTER TABLE public.nodes OWNER TO postgres;

-- Name: nodes_permissions; Type: TABLE; Schema: public; Owner: postgres
CREATE TABLE public.nodes_permissions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    node_id uuid NOT NULL,
    access_type text NOT NULL,
    target_id text,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE public.nodes_permissions OWNER TO postgres;

-- Name: COLUMN nodes_permissions.target_id; Type: COMMENT; Schema: public; Owner: postgres
COMMENT ON COLUMN public.nodes_permissions.target_id IS 'a user id for access type user, a guild id for guild';

-- Name: rotations; Type: TABLE; Schema: public; Owner: postgres
CREATE TABLE public.rotations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    script text NOT NULL,
    description text,
    is_public boolean DEFAULT false NOT NULL,
    forked_from_id uuid,
    spec_id integer NOT NULL,
    current_version integer DEFAULT 1 NOT NULL,
    checksum text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE public.rotations OWNER TO postgres;

-- Name: rotations_versions; Type: TABLE; Schema: public; Owner: postgres
CREATE TABLE public.rotations_versions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    rotation_id uuid NOT NULL,
    version integer NOT NULL,
    script text NOT NULL,
    message text,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


ALTER TABLE public.rotations_versions OWNER TO postgres;

-- Name: stats_daily_throughput; Type: MATERIALIZED VIEW; Schema: public; Owner: postgres
CREATE MATERIALIZED VIEW public.stats_daily_throughput AS
 SELECT ((completed_at AT TIME ZONE 'utc'::text))::date AS day,
    count(*) AS chunks,
    sum(iterations) AS iterations,
    count(DISTINCT node_id) AS nodes
   FROM public.jobs_chunks
  WHERE (status = 'completed'::text)
  GROUP BY (((completed_at AT TIME ZONE 'utc'::text))::date)
  WITH NO DATA;


ALTER MATERIALIZED VIEW public.stats_daily_throughput OWNER TO postgres;

-- Name: stats_rotations_by_spec; Type: MATERIALIZED VIEW; Schema: public; Owner: postgres
CREATE MATERIALIZED VIEW public.stats_rotations_by_spec AS
 SELECT spec_id,
    count(*) AS rotations,
    count(forked_from_id) AS forks,
    max(current_version) AS most_versions
   FROM public.rotations
  WHERE is_public
  GROUP BY spec_id
  WITH NO DATA;


ALTER MATERIALIZED VIEW public.stats_rotations_by_spec OWNER TO postgres;

-- Name: jobs_chunks jobs_chunks_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.jobs_chunks
    ADD CONSTRAINT jobs_chunks_pkey PRIMARY KEY (id);

-- Name: jobs_configs jobs_configs_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.jobs_configs
    ADD CONSTRAINT jobs_configs_pkey PRIMARY KEY (hash);

-- Name: jobs jobs_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);

-- Name: nodes nodes_claim_code_key; Type: CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.nodes
    ADD CONSTRAINT nodes_claim_code_key UNIQUE (claim_code);

-- Name: nodes_permissions nodes_permissions_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.nodes_permissions
    ADD CONSTRAINT nodes_permissions_pkey PRIMARY KEY (id);

-- Name: nodes nodes_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.nodes
    ADD CONSTRAINT nodes_pkey PRIMARY KEY (id);

-- Name: nodes nodes_public_key_key; Type: CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.nodes
    ADD CONSTRAINT nodes_public_key_key UNIQUE (public_key);

-- Name: rotations rotations_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.rotations
    ADD CONSTRAINT rotations_pkey PRIMARY KEY (id);

-- Name: rotations rotations_user_id_slug_key; Type: CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.rotations
    ADD CONSTRAINT rotations_user_id_slug_key UNIQUE (user_id, slug);

-- Name: rotations_versions rotations_versions_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.rotations_versions
    ADD CONSTRAINT rotations_versions_pkey PRIMARY KEY (id);

-- Name: rotations_versions rotations_versions_rotation_id_version_key; Type: CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.rotations_versions
    ADD CONSTRAINT rotations_versions_rotation_id_version_key UNIQUE (rotation_id, version);

-- Name: idx_jobs_chunks_config_hash; Type: INDEX; Schema: public; Owner: postgres
CREATE INDEX idx_jobs_chunks_config_hash ON public.jobs_chunks USING btree (config_hash);

-- Name: idx_jobs_chunks_job_id; Type: INDEX; Schema: public; Owner: postgres
CREATE INDEX idx_jobs_chunks_job_id ON public.jobs_chunks USING btree (job_id);

-- Name: idx_jobs_chunks_node_status; Type: INDEX; Schema: public; Owner: postgres
CREATE INDEX idx_jobs_chunks_node_status ON public.jobs_chunks USING btree (node_id, status) WHERE (status = ANY (ARRAY['pending'::text, 'claimed'::text]));

-- Name: idx_jobs_config_hash; Type: INDEX; Schema: public; Owner: postgres
CREATE INDEX idx_jobs_config_hash ON public.jobs USING btree (config_hash);

-- Name: idx_jobs_user_status; Type: INDEX; Schema: public; Owner: postgres
CREATE INDEX idx_jobs_user_status ON public.jobs USING btree (user_id, status);

-- Name: idx_nodes_permissions_node_id; Type: INDEX; Schema: public; Owner: postgres
CREATE INDEX idx_nodes_permissions_node_id ON public.nodes_permissions USING btree (node_id);

-- Name: idx_nodes_public_key; Type: INDEX; Schema: public; Owner: postgres
CREATE INDEX idx_nodes_public_key ON public.nodes USING btree (public_key) WHERE (public_key IS NOT NULL);

-- Name: idx_nodes_user_id; Type: INDEX; Schema: public; Owner: postgres
CREATE INDEX idx_nodes_user_id ON public.nodes USING btree (user_id);

-- Name: idx_rotations_forked_from; Type: INDEX; Schema: public; Owner: postgres
CREATE INDEX idx_rotations_forked_from ON public.rotations USING btree (forked_from_id) WHERE (forked_from_id IS NOT NULL);

-- Name: idx_rotations_public; Type: INDEX; Schema: public; Owner: postgres
CREATE INDEX idx_rotations_public ON public.rotations USING btree (is_public) WHERE is_public;

-- Name: idx_rotations_user_id; Type: INDEX; Schema: public; Owner: postgres
CREATE INDEX idx_rotations_user_id ON public.rotations USING btree (user_id);

-- Name: idx_rotations_versions_created_by; Type: INDEX; Schema: public; Owner: postgres
CREATE INDEX idx_rotations_versions_created_by ON public.rotations_versions USING btree (created_by);

-- Name: idx_stats_rotations_by_spec; Type: INDEX; Schema: public; Owner: postgres
CREATE UNIQUE INDEX idx_stats_rotations_by_spec ON public.stats_rotations_by_spec USING btree (spec_id);

-- Name: jobs_chunks trg_pending_chunk; Type: TRIGGER; Schema: public; Owner: postgres
CREATE TRIGGER trg_pending_chunk AFTER INSERT OR UPDATE ON public.jobs_chunks FOR EACH ROW EXECUTE FUNCTION public.notify_pending_chunk();

-- Name: rotations trg_rotations_checksum; Type: TRIGGER; Schema: public; Owner: postgres
CREATE TRIGGER trg_rotations_checksum BEFORE INSERT OR UPDATE ON public.rotations FOR EACH ROW EXECUTE FUNCTION public.set_rotation_checksum();

-- Name: rotations trg_rotations_updated_at; Type: TRIGGER; Schema: public; Owner: postgres
CREATE TRIGGER trg_rotations_updated_at BEFORE UPDATE ON public.rotations FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- Name: rotations trg_rotations_version; Type: TRIGGER; Schema: public; Owner: postgres
CREATE TRIGGER trg_rotations_version BEFORE UPDATE ON public.rotations FOR EACH ROW WHEN ((old.script IS DISTINCT FROM new.script)) EXECUTE FUNCTION public.file_rotation_version();

-- Name: jobs_chunks jobs_chunks_config_hash_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.jobs_chunks
    ADD CONSTRAINT jobs_chunks_config_hash_fkey FOREIGN KEY (config_hash) REFERENCES public.jobs_configs(hash);

-- Name: jobs_chunks jobs_chunks_job_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.jobs_chunks
    ADD CONSTRAINT jobs_chunks_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;

-- Name: jobs_chunks jobs_chunks_node_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.jobs_chunks
    ADD CONSTRAINT jobs_chunks_node_id_fkey FOREIGN KEY (node_id) REFERENCES public.nodes(id);

-- Name: jobs jobs_config_hash_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_config_hash_fkey FOREIGN KEY (config_hash) REFERENCES public.jobs_configs(hash);

-- Name: jobs jobs_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users(id);

-- Name: nodes_permissions nodes_permissions_node_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.nodes_permissions
    ADD CONSTRAINT nodes_permissions_node_id_fkey FOREIGN KEY (node_id) REFERENCES public.nodes(id) ON DELETE CASCADE;

-- Name: nodes nodes_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.nodes
    ADD CONSTRAINT nodes_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth.users(id);

-- Name: rotations rotations_forked_from_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.rotations
    ADD CONSTRAINT rotations_forked_from_id_fkey FOREIGN KEY (forked_from_id) REFERENCES public.rotations(id);

-- Name: rotations_versions rotations_versions_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.rotations_versions
    ADD CONSTRAINT rotations_versions_created_by_fkey FOREIGN KEY (created_by) REFERENCES auth.users(id);

-- Name: rotations_versions rotations_versions_rotation_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
ALTER TABLE ONLY public.rotations_versions
    ADD CONSTRAINT rotations_versions_rotation_id_fkey FOREIGN KEY (rotation_id) REFERENCES public.rotations(id) ON DELETE CASCADE;

-- Name: jobs_configs Anyone signed in adds configs; Type: POLICY; Schema: public; Owner: postgres
CREATE POLICY "Anyone signed in adds configs" ON public.jobs_configs FOR INSERT TO authenticated WITH CHECK (true);

-- Name: jobs_chunks Node owners update assigned chunks; Type: POLICY; Schema: public; Owner: postgres
CREATE POLICY "Node owners update assigned chunks" ON public.jobs_chunks FOR UPDATE TO authenticated USING ((EXISTS ( SELECT 1
   FROM public.nodes
  WHERE ((nodes.id = jobs_chunks.node_id) AND (nodes.user_id = auth.uid())))));

-- Name: nodes Owners delete their nodes; Type: POLICY; Schema: public; Owner: postgres
CREATE POLICY "Owners delete their nodes" ON public.nodes FOR DELETE TO authenticated USING ((auth.uid() = user_id));

-- Name: nodes_permissions Owners manage permissions of their nodes; Type: POLICY; Schema: public; Owner: postgres
CREATE POLICY "Owners manage permissions of their nodes" ON public.nodes_permissions TO authenticated USING ((EXISTS ( SELECT 1
   FROM public.nodes
  WHERE ((nodes.id = nodes_permissions.node_id) AND (nodes.user_id = auth.uid())))));

-- Name: nodes Owners see their nodes; Type: POLICY; Schema: public; Owner: postgres
CREATE POLICY "Owners see their nodes" ON public.nodes FOR SELECT TO authenticated USING ((auth.uid() = user_id));

-- Name: nodes Owners update their nodes; Type: POLICY; Schema: public; Owner: postgres
CREATE POLICY "Owners update their nodes" ON public.nodes FOR UPDATE TO authenticated USING ((auth.uid() = user_id));

-- Name: rotations Public or own rotations are visible; Type: POLICY; Schema: public; Owner: postgres
CREATE POLICY "Public or own rotations are visible" ON public.rotations FOR SELECT USING ((is_public OR (auth.uid() = user_id)));

-- Name: jobs_configs Service role manages configs; Type: POLICY; Schema: public; Owner: postgres
CREATE POLICY "Service role manages configs" ON public.jobs_configs TO service_role USING (true) WITH CHECK (true);

-- Name: jobs_chunks Users add chunks to their jobs; Type: POLICY; Schema: public; Owner: postgres
CREATE POLICY "Users add chunks to their jobs" ON public.jobs_chunks FOR INSERT TO authenticated WITH CHECK ((EXISTS ( SELECT 1
   FROM public.jobs
  WHERE ((jobs.id = jobs_chunks.job_id) AND (jobs.user_id = auth.uid())))));

-- Name: rotations Users delete their own rotations; Type: POLICY; Schema: public; Owner: postgres
CREATE POLICY "Users delete their own rotations" ON public.rotations FOR DELETE USING ((auth.uid() = user_id));

-- Name: rotations Users insert their own rotations; Type: POLICY; Schema: public; Owner: postgres
CREATE POLICY "Users insert their own rotations" ON public.rotations FOR INSERT WITH CHECK ((auth.uid() = user_id));

-- Name: rotations_versions Users insert versions they made; Type: POLICY; Schema: public; Owner: postgres
CREATE POLICY "Users insert versions they made" ON public.rotations_versions FOR INSERT TO authenticated WITH CHECK ((( SELECT auth.uid() AS uid) = created_by));

-- Name: jobs Users manage their own jobs; Type: POLICY; Schema: public; Owner: postgres
CREATE POLICY "Users manage their own jobs" ON public.jobs TO authenticated USING ((auth.uid() = user_id)) WITH CHECK ((auth.uid() = user_id));

-- Name: jobs_chunks Users see chunks of their jobs; Type: POLICY; Schema: public; Owner: postgres
CREATE POLICY "Users see chunks of their jobs" ON public.jobs_chunks FOR SELECT TO authenticated USING ((EXISTS ( SELECT 1
   FROM public.jobs
  WHERE ((jobs.id = jobs_chunks.job_id) AND (jobs.user_id = auth.uid())))));

-- Name: jobs_configs Users see configs of their jobs; Type: POLICY; Schema: public; Owner: postgres
CREATE POLICY "Users see configs of their jobs" ON public.jobs_configs FOR SELECT TO authenticated USING ((EXISTS ( SELECT 1
   FROM public.jobs
  WHERE ((jobs.config_hash = jobs_configs.hash) AND (jobs.user_id = auth.uid())))));

-- Name: rotations_versions Users see versions they made; Type: POLICY; Schema: public; Owner: postgres
CREATE POLICY "Users see versions they made" ON public.rotations_versions FOR SELECT TO authenticated USING ((( SELECT auth.uid() AS uid) = created_by));

-- Name: rotations Users update their own rotations; Type: POLICY; Schema: public; Owner: postgres
CREATE POLICY "Users update their own rotations" ON public.rotations FOR UPDATE USING ((auth.uid() = user_id));

-- Name: jobs; Type: ROW SECURITY; Schema: public; Owner: postgres
ALTER TABLE public.jobs ENABLE ROW LEVEL SECURITY;

-- Name: jobs_chunks; Type: ROW SECURITY; Schema: public; Owner: postgres
ALTER TABLE public.jobs_chunks ENABLE ROW LEVEL SECURITY;

-- Name: jobs_configs; Type: ROW SECURITY; Schema: public; Owner: postgres
ALTER TABLE public.jobs_configs ENABLE ROW LEVEL SECURITY;

-- Name: nodes; Type: ROW SECURITY; Schema: public; Owner: postgres
ALTER TABLE public.nodes ENABLE ROW LEVEL SECURITY;

-- Name: nodes_permissions; Type: ROW SECURITY; Schema: public; Owner: postgres
ALTER TABLE public.nodes_permissions ENABLE ROW LEVEL SECURITY;

-- Name: rotations; Type: ROW SECURITY; Schema: public; Owner: postgres
ALTER TABLE public.rotations ENABLE ROW LEVEL SECURITY;

-- Name: rotations_versions; Type: ROW SECURITY; Schema: public; Owner: postgres
ALTER TABLE public.rotations_versions ENABLE ROW LEVEL SECURITY;

-- Name: supabase_realtime jobs_chunks; Type: PUBLICATION TABLE; Schema: public; Owner: postgres
ALTER PUBLICATION supabase_realtime ADD TABLE ONLY public.jobs_chunks;

-- Name: FUNCTION claim_node(p_node_id uuid, p_name text, p_max_parallel integer); Type: ACL; Schema: public; Owner: postgres
GRANT ALL ON FUNCTION public.claim_node(p_node_id uuid, p_name text, p_max_parallel integer) TO anon;
GRANT ALL ON FUNCTION public.claim_node(p_node_id uuid, p_name text, p_max_parallel integer) TO authenticated;
GRANT ALL ON FUNCTION public.claim_node(p_node_id uuid, p_name text, p_max_parallel integer) TO service_role;

-- Name: FUNCTION cleanup_stale_data(); Type: ACL; Schema: public; Owner: postgres
GRANT ALL ON FUNCTION public.cleanup_stale_data() TO anon;
GRANT ALL ON FUNCTION public.cleanup_stale_data() TO authenticated;
GRANT ALL ON FUNCTION public.cleanup_stale_data() TO service_role;

-- Name: FUNCTION file_rotation_version(); Type: ACL; Schema: public; Owner: postgres
GRANT ALL ON FUNCTION public.file_rotation_version() TO anon;
GRANT ALL ON FUNCTION public.file_rotation_version() TO authenticated;
GRANT ALL ON FUNCTION public.file_rotation_version() TO service_role;

-- Name: FUNCTION handle_new_user(); Type: ACL; Schema: public; Owner: postgres
REVOKE ALL ON FUNCTION public.handle_new_user() FROM PUBLIC;

-- Name: FUNCTION hash_config(p_config jsonb); Type: ACL; Schema: public; Owner: postgres
GRANT ALL ON FUNCTION public.hash_config(p_config jsonb) TO anon;
GRANT ALL ON FUNCTION public.hash_config(p_config jsonb) TO authenticated;
GRANT ALL ON FUNCTION public.hash_config(p_config jsonb) TO service_role;

-- Name: FUNCTION mark_nodes_offline(); Type: ACL; Schema: public; Owner: postgres
GRANT ALL ON FUNCTION public.mark_nodes_offline() TO anon;
GRANT ALL ON FUNCTION public.mark_nodes_offline() TO authenticated;
GRANT ALL ON FUNCTION public.mark_nodes_offline() TO service_role;

-- Name: FUNCTION notify_pending_chunk(); Type: ACL; Schema: public; Owner: postgres
GRANT ALL ON FUNCTION public.notify_pending_chunk() TO anon;
GRANT ALL ON FUNCTION public.notify_pending_chunk() TO authenticated;
GRANT ALL ON FUNCTION public.notify_pending_chunk() TO service_role;

-- Name: FUNCTION reap_stale_chunks(); Type: ACL; Schema: public; Owner: postgres
GRANT ALL ON FUNCTION public.reap_stale_chunks() TO anon;
GRANT ALL ON FUNCTION public.reap_stale_chunks() TO authenticated;
GRANT ALL ON FUNCTION public.reap_stale_chunks() TO service_role;

-- Name: FUNCTION set_rotation_checksum(); Type: ACL; Schema: public; Owner: postgres
GRANT ALL ON FUNCTION public.set_rotation_checksum() TO anon;
GRANT ALL ON FUNCTION public.set_rotation_checksum() TO authenticated;
GRANT ALL ON FUNCTION public.set_rotation_checksum() TO service_role;

-- Name: FUNCTION touch_updated_at(); Type: ACL; Schema: public; Owner: postgres
GRANT ALL ON FUNCTION public.touch_updated_at() TO anon;
GRANT ALL ON FUNCTION public.touch_updated_at() TO authenticated;
GRANT ALL ON FUNCTION public.touch_updated_at() TO service_role;

-- Name: FUNCTION verify_claim_code(p_code text); Type: ACL; Schema: public; Owner: postgres
GRANT ALL ON FUNCTION public.verify_claim_code(p_code text) TO anon;
GRANT ALL ON FUNCTION public.verify_claim_code(p_code text) TO authenticated;
GRANT ALL ON FUNCTION public.verify_claim_code(p_code text) TO service_role;

-- Name: TABLE jobs; Type: ACL; Schema: public; Owner: postgres
GRANT ALL ON TABLE public.jobs TO anon;
GRANT ALL ON TABLE public.jobs TO authenticated;
GRANT ALL ON TABLE public.jobs TO service_role;

-- Name: TABLE jobs_chunks; Type: ACL; Schema: public; Owner: postgres
GRANT ALL ON TABLE public.jobs_chunks TO anon;
GRANT ALL ON TABLE public.jobs_chunks TO authenticated;
GRANT ALL ON TABLE public.jobs_chunks TO service_role;

-- Name: TABLE jobs_configs; Type: ACL; Schema: public; Owner: postgres
GRANT ALL ON TABLE public.jobs_configs TO anon;
GRANT ALL ON TABLE public.jobs_configs TO authenticated;
GRANT ALL ON TABLE public.jobs_configs TO service_role;

-- Name: TABLE nodes; Type: ACL; Schema: public; Owner: postgres
GRANT ALL ON TABLE public.nodes TO anon;
GRANT ALL ON TABLE public.nodes TO authenticated;
GRANT ALL ON TABLE public.nodes TO service_role;

-- Name: TABLE nodes_permissions; Type: ACL; Schema: public; Owner: postgres
GRANT ALL ON TABLE public.nodes_permissions TO anon;
GRANT ALL ON TABLE public.nodes_permissions TO authenticated;
GRANT ALL ON TABLE public.nodes_permissions TO service_role;

-- Name: TABLE rotations; Type: ACL; Schema: public; Owner: postgres
GRANT ALL ON TABLE public.rotations TO anon;
GRANT ALL ON TABLE public.rotations TO authenticated;
GRANT ALL ON TABLE public.rotations TO service_role;

-- Name: TABLE rotations_versions; Type: ACL; Schema: public; Owner: postgres
GRANT ALL ON TABLE public.rotations_versions TO anon;
GRANT ALL ON TABLE public.rotations_versions TO authenticated;
GRANT ALL ON TABLE public.rotations_versions TO service_role;

-- Name: TABLE stats_daily_throughput; Type: ACL; Schema: public; Owner: postgres
GRANT ALL ON TABLE public.stats_daily_throughput TO authenticated;
GRANT ALL ON TABLE public.stats_daily_throughput TO service_role;

-- Name: TABLE stats_rotations_by_spec; Type: ACL; Schema: public; Owner: postgres
GRANT ALL ON TABLE public.stats_rotations_by_spec TO anon;
GRANT ALL ON TABLE public.stats_rotations_by_spec TO authenticated;
GRANT ALL ON TABLE public.stats_rotations_by_spec TO service_role;

-- Name: DEFAULT PRIVILEGES FOR SEQUENCES; Type: DEFAULT ACL; Schema: public; Owner: postgres
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON SEQUENCES TO postgres;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON SEQUENCES TO anon;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON SEQUENCES TO authenticated;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON SEQUENCES TO service_role;

-- Name: DEFAULT PRIVILEGES FOR FUNCTIONS; Type: DEFAULT ACL; Schema: public; Owner: postgres
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON FUNCTIONS TO postgres;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON FUNCTIONS TO anon;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON FUNCTIONS TO authenticated;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON FUNCTIONS TO service_role;

-- Name: DEFAULT PRIVILEGES FOR TABLES; Type: DEFAULT ACL; Schema: public; Owner: postgres
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON TABLES TO postgres;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON TABLES TO anon;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON TABLES TO authenticated;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON TABLES TO service_role;

-- Grants on schema public
do $aside$
declare
  v text;
begin
  for v in
    select distinct case x.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end
    from pg_namespace as n, aclexplode(n.nspacl) as x
    where n.nspname = 'public' and x.grantee <> n.nspowner
  loop
    execute format('revoke all on schema public from %s', v);
  end loop;
end
$aside$;
grant usage on schema public to anon;
grant usage on schema public to authenticated;
grant usage on schema public to postgres;
grant usage on schema public to public;
grant usage on schema public to service_role;

-- The project's own in schema storage: Rotation images are visible
create policy "Rotation images are visible" on storage.objects as permissive for select to public
using ((bucket_id = 'rotation-images'::text));

-- The project's own in schema storage: Users upload rotation images
create policy "Users upload rotation images" on storage.objects as permissive for insert to authenticated
with check (((bucket_id = 'rotation-images'::text) AND ((storage.foldername(name))[1] = (auth.uid())::text)));

-- The project's own in schema auth: on_auth_user_created
CREATE TRIGGER on_auth_user_created BEFORE INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.handle_new_user();

-- Name: rotation-images; Type: BUCKET
insert into storage.buckets (id, allowed_mime_types, file_size_limit, name, public)
values ('rotation-images', array['image/png', 'image/webp']::text[], 2097152, 'rotation-images', 'true')
on conflict (id) do nothing;

-- Name: cleanup-stale-data; Type: CRON JOB
select cron.schedule('cleanup-stale-data', '0 * * * *', 'select public.cleanup_stale_data()');

-- Name: mark-nodes-offline; Type: CRON JOB
select cron.schedule('mark-nodes-offline', '* * * * *', 'select public.mark_nodes_offline()');

-- Name: reap-stale-chunks; Type: CRON JOB
select cron.schedule('reap-stale-chunks', '* * * * *', 'select public.reap_stale_chunks()');

-- Name: refresh-daily-throughput; Type: CRON JOB
select cron.schedule('refresh-daily-throughput', '10 0 * * *', 'refresh materialized view public.stats_daily_throughput');

-- Name: refresh-rotations-by-spec; Type: CRON JOB
select cron.schedule('refresh-rotations-by-spec', '*/15 * * * *', 'refresh materialized view concurrently public.stats_rotations_by_spec');

-- Back to the settings as they were
select
  set_config('search_path', current_setting('dbtools.search_path'), true),
  set_config('check_function_bodies', current_setting('dbtools.check_function_bodies'), true),
  set_config('xmloption', current_setting('dbtools.xmloption'), true),
  set_config('default_table_access_method', current_setting('dbtools.default_table_access_method'), true);

insert into private.alembic_version (version_num) values ('0001');
