"""A dump is cut where pg_dump cut it, and nowhere else; its command line holds no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbtools.errors import PullError
from dbtools.pull import dump

HEAD = """\
--
-- PostgreSQL database dump
--

\\restrict SoMeKeY

SET statement_timeout = 0;
SET default_table_access_method = columnar;

"""
TAIL = """\
--
-- PostgreSQL database dump complete
--

\\unrestrict SoMeKeY

"""


def entry(name: str, kind: str, body: str, schema: str = "public") -> str:
    return f"--\n-- Name: {name}; Type: {kind}; Schema: {schema}; Owner: postgres\n--\n\n{body}\n\n\n"


def test_entries_come_with_their_names_and_their_own_statements_only() -> None:
    text = (
        HEAD + entry("é", "TABLE", 'CREATE TABLE public."é" ();') + entry("s", "SCHEMA", "CREATE SCHEMA s;", "-") + TAIL
    )
    assert dump.split(text) == [
        dump.Entry("é", "TABLE", "public", "postgres", 'CREATE TABLE public."é" ();', "columnar"),
        dump.Entry("s", "SCHEMA", "", "postgres", "CREATE SCHEMA s;"),
    ]


def test_a_body_that_looks_like_a_dump_stays_whole() -> None:
    inner = HEAD + entry("x", "TABLE", "CREATE TABLE x ();") + TAIL
    body = f"CREATE FUNCTION public.f() RETURNS text\n    LANGUAGE sql\n    AS $_$ select $$\n{inner}$$ $_$;"
    assert [found.text for found in dump.split(HEAD + entry("f()", "FUNCTION", body) + TAIL)] == [body]


def test_a_name_may_hold_what_a_header_is_made_of() -> None:
    [found] = dump.split(HEAD + entry("; Type: VIEW; Schema: auth; Owner: me", "TABLE", "SELECT 1;") + TAIL)
    assert (found.name, found.type, found.schema) == ("; Type: VIEW; Schema: auth; Owner: me", "TABLE", "public")


def test_settings_between_entries_belong_to_the_tables_after_them() -> None:
    text = (
        HEAD.replace("columnar", "heap")
        + entry("a", "TABLE", "CREATE TABLE a ();\n\nSET default_table_access_method = columnar;")
        + entry("f()", "FUNCTION", "CREATE FUNCTION f();")
        + entry("b", "TABLE", "CREATE TABLE b ();")
        + TAIL
    )
    assert [(found.text, found.access_method) for found in dump.split(text)] == [
        ("CREATE TABLE a ();", "heap"),
        ("CREATE FUNCTION f();", "heap"),
        ("CREATE TABLE b ();", "columnar"),
    ]


@pytest.mark.parametrize(
    "written",
    [
        "SET default_tablespace = '';",
        "SET default_table_access_method = other;",
        "ALTER TABLE ONLY s.a ALTER COLUMN b SET (pg_attver=26911616);",
    ],
)
def test_what_somebody_wrote_in_the_words_of_pg_dump_stays(written: str) -> None:
    quoted = written.replace("'", "''")
    body = f"CREATE TABLE public.a (b text DEFAULT '\n{quoted}\n');\nCOMMENT ON TABLE public.a IS 'x\n{quoted}'"
    found = dump.split(HEAD + entry("a", "TABLE", f"{body}\n;") + entry("b", "TABLE", "CREATE TABLE b ();") + TAIL)
    assert [(one.text, one.access_method) for one in found] == [
        (f"{body}\n;", "columnar"),
        ("CREATE TABLE b ();", "columnar"),
    ]


def test_the_servers_own_mark_on_a_column_is_left_out() -> None:
    body = "CREATE TABLE s.a ();\nALTER TABLE ONLY s.a ALTER COLUMN {};\n\n\nALTER TABLE s.a OWNER TO postgres;"
    marked = entry("a", "TABLE", body.format("b SET (pg_attver=26911616)"))
    marked += entry("c", "TABLE", body.format("b SET (pg_attver=26911616, n_distinct=5)"))
    assert [found.text for found in dump.split(HEAD + marked + TAIL)] == [
        "CREATE TABLE s.a ();\n\n\nALTER TABLE s.a OWNER TO postgres;",
        body.format("b SET (n_distinct=5)"),
    ]


def test_the_password_is_not_on_the_command_line() -> None:
    url = "postgresql://postgres:s3cret@db.example:5432/postgres"
    command, environment = dump._command(Path("pg_dump"), url, [])
    assert "s3cret" not in " ".join(command)
    assert environment["PGPASSWORD"] == "s3cret"


def test_a_server_newer_than_every_pg_dump_is_an_error_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PullError, match="Postgres 99, newer than the pg_dump at hand") as caught:
        dump.program(99)
    assert "postgresql-client-99" in caught.value.hint
