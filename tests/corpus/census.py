"""A census of a database's catalog that shares nothing with the tool's own readers: every row, every column.

Which column refers to what, Postgres says itself (`pg_get_catalog_foreign_keys`); an OID becomes the name of its
object, an expression the text that Postgres prints. What depends on the order in which things were made (numbers of
columns after dropped ones, OIDs in names) is replaced by what it stands for.
"""

from __future__ import annotations

from collections import Counter

import psycopg
from psycopg.rows import tuple_row

# What a catalog says of the run of a server and not of a schema, or in numbers what a definition below says in words.
_PASSED = {
    "pg_class": "relfilenode relpages reltuples relallvisible relallfrozen relfrozenxid relminmxid reltoastrelid"
    " relnatts relhasindex relhastriggers reltype relpartbound relchecks relhassubclass relhasrules relispopulated",
    "pg_attribute": "attnum attcacheoff attmissingval atthasmissing attrelid attoptions",
    "pg_attrdef": "adnum adbin",
    "pg_constraint": "conkey confkey conbin conpfeqop conppeqop conffeqop conexclop confdelsetcols"
    " conparentid connoinherit",
    "pg_index": "indkey indexprs indpred",
    "pg_proc": "prosqlbody proargdefaults",
    "pg_policy": "polqual polwithcheck",
    "pg_trigger": "tgattr tgqual tgargs",
    "pg_type": "typdefaultbin typrelid",
    "pg_rewrite": "ev_qual ev_action",
    "pg_publication_rel": "prattrs prqual",
    "pg_statistic_ext": "stxkeys stxexprs",
    "pg_partitioned_table": "partattrs partexprs",
    "pg_description": "objoid objsubid classoid",
}
_PRINTED = {
    "pg_class": "pg_get_expr(c.relpartbound, c.oid)",
    "pg_attrdef": "pg_get_expr(c.adbin, c.adrelid)",
    "pg_constraint": "pg_get_constraintdef(c.oid)",
    "pg_index": "pg_get_indexdef(c.indexrelid)",
    "pg_proc": "case when c.prokind in ('f', 'p') then pg_get_functiondef(c.oid) end",
    "pg_policy": "array[pg_get_expr(c.polqual, c.polrelid), pg_get_expr(c.polwithcheck, c.polrelid)]",
    "pg_trigger": "pg_get_triggerdef(c.oid)",
    "pg_rewrite": "pg_get_ruledef(c.oid)",
    "pg_statistic_ext": "pg_get_statisticsobjdef(c.oid)",
    "pg_partitioned_table": "pg_get_partkeydef(c.partrelid)",
    "pg_publication_rel": "(select array[pg_get_expr(c.prqual, c.prrelid), array(select attname from pg_attribute as a"
    " where a.attrelid = c.prrelid and a.attnum = any(c.prattrs) order by 1)::text])",
    "pg_description": "(select array[i.type, i.identity]"
    " from pg_identify_object(c.classoid, c.objoid, c.objsubid) as i)",
    "pg_attribute": """
      (select array[i.type, i.identity] from pg_identify_object('pg_class'::regclass, c.attrelid, 0) as i)
      || array[(
        select count(*)::text from pg_attribute as before
        where before.attrelid = c.attrelid and before.attnum between 1 and c.attnum and not before.attisdropped
      )]
      || array(select o from unnest(c.attoptions) as o where o !~ '^pg_attver=' order by 1)
    """,
}
# Where a catalog has no OID of its own, the column that says whose row it is.
_OF = {
    "pg_attribute": "attrelid",
    "pg_index": "indexrelid",
    "pg_description": "objoid",
    "pg_aggregate": "aggfnoid",
    "pg_sequence": "seqrelid",
    "pg_partitioned_table": "partrelid",
    "pg_inherits": "inhrelid",
    "pg_range": "rngtypid",
    "pg_foreign_table": "ftrelid",
}
_NONE = (
    *("pg_depend", "pg_init_privs", "pg_largeobject", "pg_largeobject_metadata", "pg_seclabel", "pg_shdepend"),
    *("pg_statistic", "pg_statistic_ext_data"),
)
_ONLY = {
    "pg_namespace": "c.nspname !~ '^pg_(toast_)?temp_'",
    "pg_class": "c.relkind not in ('t') and c.relname !~ '^pg_toast'",
    "pg_attribute": "c.attnum > 0 and not c.attisdropped and not exists (select from pg_class as t"
    " where t.oid = c.attrelid and (t.relkind = 't' or t.relnamespace = 'pg_toast'::regnamespace"
    " or t.relkind in ('i', 'I')))",
    "pg_index": "not exists (select from pg_class as t where t.oid = c.indexrelid"
    " and t.relnamespace = 'pg_toast'::regnamespace)",
    # What a shadow's likeness of an extension needs beside it.
    "pg_proc": "c.proname !~ '^dbtools_'",
    "pg_trigger": "not c.tgisinternal",
    "pg_type": "c.typnamespace <> 'pg_toast'::regnamespace",
}
# What stands for no list at all. A table's columns have none by themselves.
_OWNERS_OWN = {
    "relacl": "case c.relkind when 'S' then 's' else 'r' end::\"char\", c.relowner",
    "nspacl": "'n', c.nspowner",
    "proacl": "'f', c.proowner",
    "typacl": "'T', c.typowner",
    "lanacl": "'l', c.lanowner",
    "fdwacl": "'F', c.fdwowner",
    "srvacl": "'S', c.srvowner",
}
_BELONGS = """
    select concat_ws(' ', 'belongs', d.deptype, a.type, a.identity, 'to', b.type, b.identity)
    from pg_depend as d, pg_identify_object(d.classid, d.objid, d.objsubid) as a,
      pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) as b
    where d.objid >= 16384 and a.identity !~ 'dbtools_' and (
      d.deptype in ('e', 'x') or d.deptype in ('a', 'i') and exists (
        select from pg_class as s where s.oid = d.objid and s.relkind = 'S' and d.classid = 'pg_class'::regclass
      )
    )
"""


def census(url: str) -> Counter[str]:
    """Each row of the catalog that is not Postgres' own, as text, and how often it is there."""
    rows: Counter[str] = Counter()
    with psycopg.connect(url, row_factory=tuple_row) as connection:
        connection.execute("set search_path to ''; set jit to off")
        for catalog, query in _queries(connection).items():
            for (row,) in connection.execute(query.encode()):
                rows[f"{catalog} {row}"] += 1
        rows.update(row for (row,) in connection.execute(_BELONGS))
    return Counter({row: number for row, number in rows.items() if "alembic_version" not in row})


def _queries(connection: psycopg.Connection) -> dict[str, str]:
    refers = {
        (table, columns[0]): (target, is_array)
        for table, columns, target, is_array in connection.execute(
            "select fktable::regclass::text, fkcols, pktable::regclass::text, is_array"
            " from pg_get_catalog_foreign_keys() where cardinality(fkcols) = 1"
        )
    }
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(
        "select c.relname, a.attname, a.atttypid::regtype::text from pg_class as c inner join pg_attribute as a"
        " on a.attrelid = c.oid and a.attnum > 0 where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind = 'r'"
        " and not c.relisshared order by c.relname, a.attname"
    ):
        columns.setdefault(table, {})[column] = kind
    return {table: _query(table, kinds, refers) for table, kinds in columns.items() if table not in _NONE}


def _query(table: str, kinds: dict[str, str], refers: dict[tuple[str, str], tuple[str, bool]]) -> str:
    passed = {"oid", *_PASSED.get(table, "").split()}
    values = [
        f"'{column}', {_value(column, kind, refers.get((table, column)))}"
        for column, kind in kinds.items()
        if column not in passed
    ]
    half = len(values) // 2
    built = f"jsonb_build_object({', '.join(values[:half])}) || jsonb_build_object({', '.join(values[half:])})"
    own = "oid" if "oid" in kinds else _OF.get(table)
    conditions = [f"c.{own} >= 16384"] if own else []
    conditions += [_ONLY[table]] if table in _ONLY else []
    where = f" where {' and '.join(conditions)}" if conditions else ""
    printed = f"jsonb_build_object('printed', {_PRINTED.get(table, 'null::text')})"
    return f"select ({built} || {printed})::text from pg_catalog.{table} as c{where}"


def _value(column: str, kind: str, target: tuple[str, bool] | None) -> str:
    value = f"c.{column}"
    if default := _OWNERS_OWN.get(column):
        value = f"coalesce({value}, acldefault({default}))"
    if kind == "aclitem[]":
        return f"array(select i::text from unnest({value}) as i order by 1)"
    if target is None:
        return value
    pointed, is_array = target
    named = "(select coalesce(i.type || ' ' || i.identity, '') from pg_identify_object('{0}'::regclass, {1}, 0) as i)"
    if is_array:
        each = f"unnest({value}::oid[]) with ordinality as u (o, n) order by n"
        return f"array(select {named.format(pointed, 'o')} from {each})"
    return named.format(pointed, value)
