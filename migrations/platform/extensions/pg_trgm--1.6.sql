-- The functions of the index types are of C. Here each is one that only raises an error, which an empty table never meets.
create function pg_trgm_standin_gin(text, internal) returns internal language internal immutable as 'internal_in';
create function pg_trgm_standin_gist(internal) returns internal language internal immutable as 'internal_in';
create function show_trgm(text) returns text[] language sql immutable strict parallel safe as $$
  select array_agg(distinct pg_catalog.substr(w.padded, i, 3))
  from (
    select '  ' || word || ' ' as padded from pg_catalog.regexp_split_to_table(pg_catalog.lower($1), '[^[:alnum:]]+') as word
    where word <> ''
  ) as w, pg_catalog.generate_series(1, pg_catalog.length(w.padded) - 2) as i
$$;
create function similarity(text, text) returns real language sql immutable strict parallel safe as $$
  select coalesce(
    count(*) filter (where n = 2)::real / nullif(count(*), 0), 0
  )::real
  from (
    select t, count(*) as n
    from (select unnest(show_trgm($1)) union all select unnest(show_trgm($2))) as both_of_them (t)
    group by t
  ) as counted
$$;
create function word_similarity(text, text) returns real language sql immutable strict parallel safe
as $$ select similarity($1, $2) $$;
create function strict_word_similarity(text, text) returns real language sql immutable strict parallel safe
as $$ select similarity($1, $2) $$;
create function show_limit() returns real language sql stable strict parallel safe as $$ select 0.3::real $$;
create function set_limit(real) returns real language sql volatile strict as $$ select $1 $$;
create function similarity_op(text, text) returns boolean language sql stable strict parallel safe
as $$ select similarity($1, $2) >= 0.3 $$;
create function similarity_dist(text, text) returns real language sql immutable strict parallel safe
as $$ select (1 - similarity($1, $2))::real $$;
create operator % (leftarg = text, rightarg = text, function = similarity_op, commutator = %);
create operator <% (leftarg = text, rightarg = text, function = similarity_op);
create operator %> (leftarg = text, rightarg = text, function = similarity_op);
create operator <<% (leftarg = text, rightarg = text, function = similarity_op);
create operator %>> (leftarg = text, rightarg = text, function = similarity_op);
create operator <-> (leftarg = text, rightarg = text, function = similarity_dist, commutator = <->);
create operator <<-> (leftarg = text, rightarg = text, function = similarity_dist);
create operator <->> (leftarg = text, rightarg = text, function = similarity_dist);
create operator class gin_trgm_ops for type text using gin as
operator 1 %, operator 3 pg_catalog.~~ (text, text), operator 4 pg_catalog.~~* (text, text),
operator 5 pg_catalog.~ (text, text), operator 6 pg_catalog.~* (text, text), operator 7 %>, operator 9 %>>,
function 1 pg_catalog.btint4cmp(integer, integer), function 2 pg_trgm_standin_gin(text, internal),
function 3 pg_trgm_standin_gin(text, internal), function 4 pg_trgm_standin_gin(text, internal), storage integer;
create operator class gist_trgm_ops for type text using gist as
operator 1 %, operator 3 pg_catalog.~~ (text, text), operator 4 pg_catalog.~~* (text, text),
operator 5 pg_catalog.~ (text, text), operator 6 pg_catalog.~* (text, text), operator 7 %>, operator 9 %>>,
function 1 pg_trgm_standin_gist(internal), function 2 pg_trgm_standin_gist(internal),
function 3 pg_trgm_standin_gist(internal),
function 4 pg_trgm_standin_gist(internal), function 5 pg_trgm_standin_gist(internal),
function 6 pg_trgm_standin_gist(internal),
function 7 pg_trgm_standin_gist(internal);
