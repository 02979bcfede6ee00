-- In a transaction of its own, because only then is the strong lock gone under which the constraints were added.
alter table public.nodes validate constraint nodes_name_check;
alter table public.nodes validate constraint nodes_platform_check;
alter table public.nodes validate constraint nodes_version_check;
alter table public.nodes validate constraint nodes_max_parallel_check;
alter table public.nodes_permissions validate constraint nodes_permissions_target_id_check;
alter table public.jobs validate constraint jobs_discord_server_id_check;
alter table public.rotations validate constraint rotations_slug_check;
alter table public.rotations validate constraint rotations_name_check;
alter table public.rotations validate constraint rotations_description_check;
alter table public.rotations_versions validate constraint rotations_versions_message_check;
