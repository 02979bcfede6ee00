-- Secrets are kept as they are: a shadow has none worth hiding, and no key to hide them with.
-- for: _crypto_aead_det_encrypt(bytea,bytea,bigint,bytea,bytea)
language sql as $$ select $1 $$
-- for: _crypto_aead_det_decrypt(bytea,bytea,bigint,bytea,bytea)
language sql as $$ select $1 $$
-- for: _crypto_aead_det_noncegen()
language sql as $$ select decode(replace(gen_random_uuid()::text, '-', ''), 'hex') $$
