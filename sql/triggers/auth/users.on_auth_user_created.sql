create or replace trigger on_auth_user_created before insert on auth.users
for each row execute function public.handle_new_user();
