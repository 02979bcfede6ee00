-- Puts access control lists into the catalog as they are: their order, grantors and options are facts, which GRANT
-- cannot always make again. One statement for each class of objects; parameters: the names of the objects, their lists.

-- == function
update pg_proc as o set proacl = f.acl::aclitem[]
from unnest(%(names)s::text[], %(acls)s::text[]) as f (name, acl)
where o.oid = to_regprocedure(f.name)
returning f.name

-- == table
update pg_class as o set relacl = f.acl::aclitem[]
from unnest(%(names)s::text[], %(acls)s::text[]) as f (name, acl)
where o.oid = to_regclass(f.name)
returning f.name

-- == column
update pg_attribute as o set attacl = f.acl::aclitem[]
from unnest(%(names)s::text[], %(columns)s::text[], %(acls)s::text[]) as f (name, attribute, acl)
where o.attrelid = to_regclass(f.name) and quote_ident(o.attname) = f.attribute and o.attnum <> 0
returning f.name

-- == schema
update pg_namespace as o set nspacl = f.acl::aclitem[]
from unnest(%(names)s::text[], %(acls)s::text[]) as f (name, acl)
where quote_ident(o.nspname) = f.name
returning f.name

-- == type
update pg_type as o set typacl = f.acl::aclitem[]
from unnest(%(names)s::text[], %(acls)s::text[]) as f (name, acl)
where o.oid = to_regtype(f.name)
returning f.name

-- == language
update pg_language as o set lanacl = f.acl::aclitem[]
from unnest(%(names)s::text[], %(acls)s::text[]) as f (name, acl)
where quote_ident(o.lanname) = f.name
returning f.name

-- == foreign-data wrapper
update pg_foreign_data_wrapper as o set fdwacl = f.acl::aclitem[]
from unnest(%(names)s::text[], %(acls)s::text[]) as f (name, acl)
where quote_ident(o.fdwname) = f.name
returning f.name
