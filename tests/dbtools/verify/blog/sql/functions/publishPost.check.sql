-- Only writers publish, and only what is theirs.

-- as anon: refused 42501
SELECT public."publishPost"(1);

-- as authenticated: returns null
SELECT public."publishPost"(-1);
