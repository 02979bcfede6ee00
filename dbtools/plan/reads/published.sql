select r.oid, p.pubname, r.prrelid
from pg_publication_rel as r inner join pg_publication as p on r.prpubid = p.oid
where true
