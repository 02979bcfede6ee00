ALTER TABLE public."Posts" ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON public."Posts" FROM anon, authenticated;
GRANT SELECT ON public."Posts" TO anon, authenticated;
GRANT INSERT (title), UPDATE (title, "publishedAt") ON public."Posts" TO authenticated;

DROP POLICY IF EXISTS "Everybody reads what is published" ON public."Posts";
CREATE POLICY "Everybody reads what is published" ON public."Posts" FOR SELECT USING ("publishedAt" IS NOT NULL);
DROP POLICY IF EXISTS "Writers read their drafts" ON public."Posts";
CREATE POLICY "Writers read their drafts" ON public."Posts" FOR SELECT TO authenticated
USING ("writerId" = (SELECT auth.uid()));
DROP POLICY IF EXISTS "Writers write" ON public."Posts";
CREATE POLICY "Writers write" ON public."Posts" FOR INSERT TO authenticated
WITH CHECK ("writerId" = (SELECT auth.uid()));
DROP POLICY IF EXISTS "Writers edit" ON public."Posts";
CREATE POLICY "Writers edit" ON public."Posts" FOR UPDATE TO authenticated
USING ("writerId" = (SELECT auth.uid()));
