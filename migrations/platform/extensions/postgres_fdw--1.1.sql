-- Servers and foreign tables can be made of it; to read one needs the real one.
create foreign data wrapper postgres_fdw;
grant usage on foreign data wrapper postgres_fdw to postgres with grant option;
