-- Compared without regard to case.
-- for: citext_eq(citext,citext)
language sql as $$ select lower($1::text) = lower($2::text) $$
-- for: citext_ne(citext,citext)
language sql as $$ select lower($1::text) <> lower($2::text) $$
-- for: citext_lt(citext,citext)
language sql as $$ select lower($1::text) < lower($2::text) $$
-- for: citext_le(citext,citext)
language sql as $$ select lower($1::text) <= lower($2::text) $$
-- for: citext_gt(citext,citext)
language sql as $$ select lower($1::text) > lower($2::text) $$
-- for: citext_ge(citext,citext)
language sql as $$ select lower($1::text) >= lower($2::text) $$
-- for: citext_cmp(citext,citext)
language sql as $$ select bttextcmp(lower($1::text), lower($2::text)) $$
-- for: citext_hash(citext)
language sql as $$ select hashtext(lower($1::text)) $$
-- for: citext_hash_extended(citext,bigint)
language sql as $$ select hashtextextended(lower($1::text), $2) $$
