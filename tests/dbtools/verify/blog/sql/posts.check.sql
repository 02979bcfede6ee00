INSERT INTO auth.users (id, email) VALUES
('00000000-0000-4000-8000-00000000000a', 'a@example.test'), ('00000000-0000-4000-8000-00000000000b', 'b@example.test');
GRANT USAGE ON SEQUENCE public."Posts_postId_seq" TO authenticated;

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000a"}: 1 row
INSERT INTO public."Posts" (title) VALUES ('A draft');

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000a"}: returns A draft
SELECT title FROM public."Posts";

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000b"}: 0 rows
SELECT title FROM public."Posts";

-- as anon: 0 rows
SELECT title FROM public."Published";

-- as authenticated {"sub": "00000000-0000-4000-8000-00000000000a"}: 1 row
SELECT public."publishPost"("postId") FROM public."Posts";

-- as anon: returns A draft
SELECT title FROM public."Published";
