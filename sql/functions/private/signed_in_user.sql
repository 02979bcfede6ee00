-- Role authenticated alone does not prove a user: a token may come without a subject.
create or replace function private.signed_in_user()
returns uuid
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_user uuid := auth.uid();
begin
  if v_user is null then
    perform private.refuse(401, 'not_signed_in', 'nobody is signed in', 'Sign in, then try again.');
  end if;
  return v_user;
end;
$$;

comment on function private.signed_in_user() is
'The id of the user whose request this is. Refuses with PT401 not_signed_in where there is none.';

revoke all on function private.signed_in_user() from public, anon, authenticated, service_role;
