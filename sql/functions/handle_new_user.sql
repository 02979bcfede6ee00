-- Runs as the auth service inserts a user. That service has no rights in this project, hence definer; and nobody needs
-- EXECUTE for a trigger to fire.
create or replace function public.handle_new_user()
returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  new.raw_user_meta_data :=
    jsonb_build_object('display_name', split_part(coalesce(new.email, 'player'), '@', 1))
    || coalesce(new.raw_user_meta_data, '{}');
  return new;
end;
$$;

comment on function public.handle_new_user() is
'Gives a new user a name to show, from the e-mail address, where the sign-up gave none.';

revoke all on function public.handle_new_user() from public, anon, authenticated, service_role;
