-- Requests are put into the queue, and none is ever sent.
-- for: _encode_url_with_params_array(text,text[])
language sql as $$ select $1 $$
-- for: _urlencode_string(character varying)
language sql as $$ select $1 $$
-- for: _urlencode_string(text)
language sql as $$ select $1 $$
-- for: wake()
language plpgsql as $$ begin end $$
-- for: worker_restart()
language sql as $$ select true $$
-- for: wait_until_running()
language plpgsql as $$ begin end $$
