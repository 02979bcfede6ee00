-- What was cut stays cut.
alter table private.settings
drop column max_script_bytes,
drop column max_permissions_per_node,
drop column session_timeout,
drop column jobs_per_minute,
drop column chunks_per_hour,
drop column claim_codes_per_hour,
drop column claim_codes_per_address_per_hour,
drop column new_nodes_per_address_per_hour,
drop column registrations_per_minute,
drop column heartbeats_per_minute;
alter table public.nodes
drop column session_id,
drop column beats_due;
drop table private.rates;
alter table public.rotations_versions drop constraint rotations_versions_message_check;
alter table public.rotations
drop constraint rotations_slug_check,
drop constraint rotations_name_check,
drop constraint rotations_description_check;
alter table public.jobs drop constraint jobs_discord_server_id_check;
alter table public.nodes_permissions drop constraint nodes_permissions_target_id_check;
alter table public.nodes
drop constraint nodes_name_check,
drop constraint nodes_platform_check,
drop constraint nodes_version_check,
drop constraint nodes_max_parallel_check;
