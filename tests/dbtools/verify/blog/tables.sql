CREATE TABLE public."Posts" (
  "postId" serial PRIMARY KEY,
  "writerId" uuid NOT NULL DEFAULT auth.uid() REFERENCES auth.users (id) ON DELETE CASCADE,
  title varchar(200) NOT NULL,
  "publishedAt" timestamptz
);
CREATE INDEX "Posts_writer" ON public."Posts" ("writerId");
CREATE VIEW public."Published" WITH (security_invoker = on) AS
SELECT "postId", title FROM public."Posts" WHERE "publishedAt" IS NOT NULL;
REVOKE ALL ON public."Published" FROM anon, authenticated;
GRANT SELECT ON public."Published" TO anon, authenticated;
