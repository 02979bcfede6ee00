alter table private.settings drop column max_answer_bytes;
drop table public.guilds_members;
drop table public.nodes_acceptances;
alter table public.jobs
drop column rotation_id,
drop column rotation_version,
drop column script_checksum;
drop table private.scripts;
