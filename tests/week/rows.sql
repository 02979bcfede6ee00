insert into auth.users (id) select md5('user' || i)::uuid from generate_series(1, 30) as i;
insert into public.places (name, city) values ('North', 'Aa'), ('South', 'Bb'), ('Harbour', null);
insert into public.hours select p.id, d, row('09:00', '17:00')::public.span from public.places as p, generate_series(1, 5) as d;
insert into public.members (id, user_id, name, mail, home, born, note)
  select md5('member' || i)::uuid, md5('user' || i)::uuid, 'Member ' || i, 'm' || i || '@example.org', i % 3 + 1,
    date '1970-01-01' + i * 100, case when i % 2 = 0 then 'note ' || i end from generate_series(1, 30) as i;
insert into public.categories (name, above) values ('Wood', null), ('Power Tools', 1), ('Garden', null), ('Measuring', 1);
insert into public.suppliers (name, contact) select 'Supplier ' || i, jsonb_build_object('n', i) from generate_series(1, 8) as i;
insert into public.tools (name, place, supplier, state, price, tags, manual_url, weight)
  select 'Tool ' || i, i % 3 + 1, i % 8 + 1, (enum_range(null::public.condition))[1 + i % 4], i * 100,
    array['t' || i % 5], 'https://example.org/' || i, i / 4.0 from generate_series(1, 120) as i;
insert into public.tool_categories select id, id % 4 + 1 from public.tools;
insert into public.loans (tool, member, during, state, remark)
  select i % 120 + 1, md5('member' || i % 30 + 1)::uuid, daterange(date '2026-01-01' + i, date '2026-01-03' + i),
    (enum_range(null::public.loan_state))[1 + i % 3], 'r' || i from generate_series(1, 200) as i;
insert into public.fines (loan, amount, paid) select i * 4, i * 50, i % 2 = 0 from generate_series(1, 40) as i;
insert into public.payments (member, amount, method) select md5('member' || i)::uuid, i, (array['card', 'cash'])[1 + i % 2] from generate_series(1, 30) as i;
insert into public.invoices (supplier, number, due) select i, 'N' || i, '2026-12-01' from generate_series(1, 8) as i;
insert into public.invoice_lines select i, j, 'line ' || j, i * j from generate_series(1, 8) as i, generate_series(1, 3) as j;
insert into public.repairs (tool, began, ended, cost) select i, '2026-02-01', '2026-02-09', i * 10 from generate_series(1, 20) as i;
insert into public.parts (name, stock) select 'Part ' || i, i from generate_series(1, 10) as i;
insert into public.repair_parts select i, i % 10 + 1, 2 from generate_series(1, 20) as i;
insert into public.courses (title, seats, teacher) select 'Course ' || i, 8, md5('member' || i)::uuid from generate_series(1, 5) as i;
insert into public.course_dates (course, at, place) select i, '2026-12-05 10:00Z', 1 from generate_series(1, 5) as i;
insert into public.enrolments select i % 5 + 1, md5('member' || i)::uuid, i % 7 = 0 from generate_series(1, 30) as i;
insert into public.ratings select i, md5('member' || i % 30 + 1)::uuid, i % 5 + 1, 'words' from generate_series(1, 60) as i;
insert into public.messages (sender, receiver, body) select md5('member' || i)::uuid, md5('member1')::uuid, 'b' || i from generate_series(1, 30) as i;
insert into public.settings values ('fine', '{"day": 50}'), ('limit', '5');
insert into internal.api_keys (name, hash) select 'k' || i, sha256(('k' || i)::bytea) from generate_series(1, 4) as i;
insert into internal.webhooks (url, event) values ('https://example.org/hook', 'loans');
insert into public.events (at, what) select timestamptz '2026-10-05 00:00Z' + i * interval '1 day', 'old' from generate_series(1, 40) as i;
refresh materialized view public.popular;
