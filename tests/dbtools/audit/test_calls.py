"""The forms of a call that `dbtools audit` finds in a text."""

from __future__ import annotations

import pytest

from dbtools.audit.calls import Call, find, in_sql

KNOWN = {"public.jobs": "table", "public.nodes": "table", "private.reap": "function", "public.reap": "function"}


def found(text: str, language: str = "typescript") -> list[tuple[str, str]]:
    """Kind and name of what is called; `?` in front of a name that is not known before it runs."""
    calls = [call for _, call in find(text, language, KNOWN)]  # type: ignore[arg-type]
    return sorted({(call.kind, "?" * call.dynamic + call.name) for call in calls})


@pytest.mark.parametrize(
    ("language", "text", "kind", "name"),
    [
        ("typescript", "await supabase.rpc('x', {})", "function", "public.x"),
        ("typescript", "supabase\n  .rpc<Database['y']>(\n    `x`,\n  )", "function", "public.x"),
        ("typescript", "const { rpc } = client; rpc('x')", "function", "public.x"),
        ("typescript", "client.schema('api').rpc('x')", "function", "api.x"),
        ("typescript", "supabase?.functions?.invoke('x/sub')", "edge function", "x"),
        ("typescript", "(supabase as any).functions.invoke('x?action=y' as never)", "edge function", "x"),
        ("javascript", "fetch(`${base}/functions/v1/x?id=${id}`)", "edge function", "x"),
        ("javascript", "new URL('functions/v1/x', base)", "edge function", "x"),
        ("javascript", "fetch(base + '/rest/v1/rpc/x')", "function", "public.x"),
        ("typescript", "db\n  .from('x')\n  .select()", "table", "public.x"),
        ("typescript", "db.schema('api').from<Row>('x')", "table", "api.x"),
        ("typescript", "on('postgres_changes', { event: '*', schema: 'public', table: 'x' })", "table", "public.x"),
        ("typescript", "const view = <a href='#'>{db.from('x')}</a>;", "table", "public.x"),
        ("html", "<script lang='ts'>\ndb.rpc('x')\n</script>\n<p>don't</p>", "function", "public.x"),
        ("python", 'client.table("x").select("*")', "table", "public.x"),
        ("python", "client.from_(\n    'x'\n)", "table", "public.x"),
        ("python", 'httpx.get(f"{base}/rest/v1/x", params={})', "table", "public.x"),
        ("python", 'client.functions.invoke("x")', "edge function", "x"),
        ("rust", 'client.rpc("x", "{}").execute()', "function", "public.x"),
        ("rust", "fn f<'a>(c: &'a C) { c.from(\"x\") }", "table", "public.x"),
        ("rust", 'format!("{}/rest/v1/x?id=eq.{}", base, id)', "table", "public.x"),
    ],
)
def test_a_call_is_found(language: str, text: str, kind: str, name: str) -> None:
    assert found(text, language) == [(kind, name)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("typescript", "// supabase.rpc('x')\n/* db.from('x')\n fetch('/functions/v1/x') */"),
        ("typescript", "const at = 'https://example.invalid'; // db.from('x')"),
        ("python", '# client.rpc("x")\ndef f():\n    """See client.rpc("x")."""'),
        ("rust", '/// c.rpc("x")\n//! c.from("x")\n/* /functions/v1/x */'),
        ("postgresql", "-- select reap()\n/* from jobs */ select 1"),
        ("typescript", "Array.from('x'); Buffer.from('x'); storage.from('x'); supabase.storage.from('x')"),
        ("rust", 'String::from("x"); client.storage().from("x")'),
        ("typescript", "type F = { Functions: { x: { Args: never } } }"),
        ("typescript", "rows.from(first)"),
        ("python", "render.table(changes)"),
        ("python", "def rpc(name: str) -> None: ..."),
        ("python", 'print("read from jobs")'),
    ],
)
def test_what_is_no_call_is_not_found(language: str, text: str) -> None:
    assert found(text, language) == []


@pytest.mark.parametrize(
    ("language", "text", "kind", "name"),
    [
        ("typescript", "supabase.rpc(name, {})", "function", "?name"),
        ("typescript", "supabase.from(`${prefix}_x`)", "table", "?`${prefix}_x`"),
        ("typescript", "supabase.functions.invoke(FUNCTIONS[0])", "edge function", "?FUNCTIONS[0]"),
        ("typescript", "fetch(`${base}/functions/v1/${name}`)", "edge function", "?functions/v1/${name}"),
        ("typescript", "fetch(`${base}/functions/v1/node-${action}`)", "edge function", "?functions/v1/node-${action}"),
        ("typescript", "const api = base + '/functions/v1'", "edge function", "?functions/v1"),
        ("rust", 'format!("{}/functions/v1/{}", base, name)', "edge function", "?functions/v1/{}"),
        ("python", 'f"{base}/rest/v1/rpc/{name}"', "function", "?rest/v1/rpc/{name}"),
    ],
)
def test_a_name_that_is_made_at_run_time_is_said_to_be_so(language: str, text: str, kind: str, name: str) -> None:
    assert found(text, language) == [(kind, name)]


@pytest.mark.parametrize(
    ("language", "text", "names"),
    [
        ("rust", 'sqlx::query!(r#"update jobs set status = $1 -- x"#)', ["public.jobs"]),
        ("python", 'execute("select * from public.jobs as j join nodes on true")', ["public.jobs", "public.nodes"]),
        ("typescript", "sql`select private.reap(${id})`", ["private.reap"]),
        ("typescript", "db.from('nodes').select('*, jobs!inner(id)')", ["public.jobs", "public.nodes"]),
        ("postgresql", 'insert into "jobs" (id) select reap();', ["public.jobs", "public.reap"]),
        ("postgresql", "create or replace function public.reap() returns void language sql as $$ select 1 $$;", []),
        ("postgresql", "drop function if exists reap(); comment on function reap() is ''; select auth.reap()", []),
        ("postgresql", "create trigger t after insert on x execute function public.reap()", ["public.reap"]),
    ],
)
def test_sql_is_searched_for_what_the_database_has(language: str, text: str, names: list[str]) -> None:
    assert sorted(name for _, name in found(text, language)) == names


def test_lines_count_from_one_and_comments_do_not_shift_them() -> None:
    text = "/* one\n two */\nclient\n  .rpc(\n    'x')\n"
    assert find(text, "typescript", {}) == [(5, Call("function", "public.x"))]


def test_a_name_in_another_schema_is_another_name() -> None:
    assert list(in_sql("select private.reap(), other.reap()", {"public.reap": "function"})) == []
