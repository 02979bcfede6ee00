-- Resolves the names in one function's body, with the search_path that it will run with. Empty: nothing to say.
create function pg_temp.dbtools_problems(
  p_function oid, p_language text, p_path text, p_table oid, p_old name, p_new name, p_checker text
)
returns table (place text, problem text)
language plpgsql
-- What is set in here ends with the call.
set search_path from current
as $$
begin
  if p_language = 'sql' then
    if p_path is not null then
      perform set_config('search_path', p_path, true);
    end if;
    perform pg_catalog.fmgr_sql_validator(p_function);
  else
    return query execute format(
      $check$
      select 'line ' || c.lineno, c.message || coalesce(': ' || nullif(c.query, ''), '')
      from %s.plpgsql_check_function_tb(
        funcoid := $1, relid := $2, oldtable := $3, newtable := $4,
        fatal_errors := false, other_warnings := false, extra_warnings := false
      ) as c
      where c.level = 'error'
      $check$,
      p_checker
    ) using p_function::regprocedure, p_table::regclass, p_old, p_new;
  end if;
exception when others then
  return query select ''::text, sqlerrm;
end;
$$;
