drop function private.lead(text, bigint);
drop function private.resign(bigint);
drop function private.under_term(bigint, anyelement);
