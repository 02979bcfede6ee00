CREATE OR REPLACE FUNCTION public."publishPost"("postId" integer) RETURNS timestamptz LANGUAGE sql
SET search_path = ''
AS $$
  UPDATE public."Posts" AS p SET "publishedAt" = now() WHERE p."postId" = $1 RETURNING "publishedAt";
$$;
REVOKE ALL ON FUNCTION public."publishPost"(integer) FROM PUBLIC, anon, service_role;
GRANT EXECUTE ON FUNCTION public."publishPost"(integer) TO authenticated;
