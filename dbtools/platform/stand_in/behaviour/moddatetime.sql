-- The column that the trigger names is set to now.
-- for: moddatetime()
language plpgsql as $$
begin
  return json_populate_record(new, json_build_object(tg_argv[0], now()));
end
$$
