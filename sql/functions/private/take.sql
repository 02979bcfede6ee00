-- A rate of p_most in p_period, all of it at once if need be. One timestamp is the whole state: when all that was taken
-- would have been earned, at an even pace; nobody may be further ahead than one period. Its row is locked until the end
-- of the transaction, so calls at the same time cannot pass together; what fails later gives back what it took. A call
-- that asks for more than a period's worth takes all of it.
create or replace function private.take(
  p_kind text,
  p_subject text,
  p_amount bigint,
  p_most integer,
  p_period interval,
  p_code text,
  p_message text
)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  v_cost interval;
  v_due timestamptz;
begin
  if p_most = 0 then
    return;
  end if;
  v_cost := p_period * (least(p_amount, p_most) / p_most::float8);

  insert into private.rates as r (kind, subject, due) values (p_kind, p_subject, now() + v_cost)
  on conflict (kind, subject) do update set due = greatest(r.due, now()) + v_cost
  where greatest(r.due, now()) + v_cost <= now() + p_period;
  if not found then
    select r.due into v_due from private.rates as r where r.kind = p_kind and r.subject = p_subject;
    perform private.refuse_for(
      greatest(ceil(extract(epoch from v_due + v_cost - p_period - now())), 1)::integer, p_code, p_message,
      format('Up to %s in %s; wait for the seconds that Retry-After says.', p_most, p_period)
    );
  end if;
end;
$$;

comment on function private.take(text, text, bigint, integer, interval, text, text) is
'Takes so much of what a user, a key or an address may have in a period, or refuses with PT429 and Retry-After. Where
p_most is 0, any number is fine.';

revoke all on function private.take(text, text, bigint, integer, interval, text, text)
from public, anon, authenticated, service_role;
