-- needs: storage.buckets
-- Rows, but the policies of storage.objects name them.
select 'bucket' as kind, '' as schema, '' as parent, b.id as name, format('bucket %I', b.id) as identity,
  jsonb_build_object(
    'name', b.name,
    'public', b.public,
    'file_size_limit', b.file_size_limit,
    'allowed_mime_types', b.allowed_mime_types
  ) as properties
from storage.buckets as b
