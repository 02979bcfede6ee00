alter table private.settings drop column leader_lease;

drop table private.leader;
