"""Whatever a name or a text is made of, it comes home, goes into files, and is the same in another database.

A plain run draws a few schemas; DBTOOLS_FIGURES=full draws many.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from alembic import command
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from dbtools import alembic_env, catalog
from dbtools.catalog.normalise import differences
from dbtools.errors import MigrationError
from dbtools.init import init
from dbtools.model.compare import compare
from dbtools.model.quoting import dollar_quoted, literal
from dbtools.postgres import script
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project, sql_folder
from dbtools.pull import PullOptions, pull
from dbtools.pull.incremental import pull_again
from dbtools.revise import pending
from dbtools.revise.answers import Answers
from dbtools.runner.head import at_head
from tests.dbtools.pull.test_corpus import roles_as_before
from tests.support.pulled import problems

FULL = os.environ.get("DBTOOLS_FIGURES") == "full"

PARTS = (
    "a", "B", "_", " ", '"', '""', "'", "\\", "\n", "\r", "\r\n", "\t", ".", "..", "/", "%", "%s", "%41", "{x}", "{",
    "$", "$$", ":", ":x", ";", "--", "é", "語", "🜁", "\u2028", "\x85", "select", ".check", ".sql",
)  # fmt: skip
TEXTS = (
    *PARTS,
    "$body$",
    "$body1$",
    "$x$",
    "\nSET default_tablespace = '';\n",
    "\n\n--\n-- Name: x; Type: TABLE; Schema: y; Owner: z\n--\n",
    "\n-- PostgreSQL database dump complete\n",
    "\nALTER TABLE x.y OWNER TO z;\n",
    "\nRESET SESSION AUTHORIZATION;\n",
)


def in_bytes(text: str, most: int) -> str:
    """As much of a text as so many bytes hold."""
    return text.encode()[:most].decode(errors="ignore")


NAMES = st.lists(st.sampled_from(PARTS), min_size=1, max_size=40).map(lambda parts: in_bytes("".join(parts), 63))
TEXT = st.lists(st.sampled_from(TEXTS), max_size=6).map("".join)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def everything(names: list[str], texts: list[str]) -> str:
    """A schema with an object of each kind, of these names, full of these texts."""
    schema, table, column, other, function, view, filled, trigger, policy, index, enum, domain = map(quoted, names)
    role, publication, collation, statistics, rule, dictionary, aggregate, conversion, sequence = map(quoted, names[:9])
    said, body, default, label = map(literal, texts)
    comments = {
        f"schema {schema}", f"table {schema}.{table}", f"column {schema}.{table}.{column}", f"type {schema}.{enum}",
        f"function {schema}.{function}()", f"view {schema}.{view}", f"materialized view {schema}.{filled}",
        f"trigger {trigger} on {schema}.{table}", f"policy {policy} on {schema}.{table}", f"index {schema}.{index}",
        f"domain {schema}.{domain}", f"constraint {domain} on {schema}.{table}",
        f"column {schema}.{view}.{column}", f"role {role}", f"publication {publication}",
        f"rule {rule} on {schema}.{table}",
        f"collation {schema}.{collation}", f"statistics {schema}.{statistics}", f"conversion {schema}.{conversion}",
        f"text search dictionary {schema}.{dictionary}", f"aggregate {schema}.{aggregate}(int)",
    }  # fmt: skip
    return f"""
        create schema {schema};
        create role {role};
        create collation {schema}.{collation} (provider = libc, locale = 'C');
        create text search dictionary {schema}.{dictionary} (template = pg_catalog.simple);
        create aggregate {schema}.{aggregate} (int) (sfunc = int4pl, stype = int);
        create conversion {schema}.{conversion} for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
        create sequence {schema}.{sequence};
        create type {schema}.{enum} as enum ({literal(in_bytes(texts[3], 63))}, 'x or y');
        create domain {schema}.{domain} as text default {default} check (value <> {label});
        create table {schema}.{table} (
          id bigserial primary key, {column} text default {default}, kind {schema}.{enum},
          own {schema}.{domain} constraint {domain} check (own <> {said}),
          same text generated always as ({label}) stored
        );
        create table {schema}.{other} (id int references {schema}.{table});
        create index {index} on {schema}.{table} ((coalesce({column}, {said})));
        create function {schema}.{function}() returns trigger language plpgsql
          as {dollar_quoted(chr(13).join(("begin", f"perform {said}, {body};", chr(10), "return new;", "end", "")))};
        create function {schema}.{function}(a text default {default}) returns text stable language sql
          set application_name = {literal(texts[0].replace(chr(10), ""))} return {body};
        create view {schema}.{view} as select {column}, {said}::text as {other} from {schema}.{table};
        create materialized view {schema}.{filled} as select {column}, {label}::text as {other} from {schema}.{view};
        create unique index on {schema}.{filled} ({other});
        create trigger {trigger} before update on {schema}.{table}
          for each row when (new.{column} <> {default}) execute function {schema}.{function}();
        alter table {schema}.{table} enable row level security;
        create policy {policy} on {schema}.{table} to anon, {role} using ({column} <> {body});
        create statistics {schema}.{statistics} on id, {column} from {schema}.{table};
        create rule {rule} as on delete to {schema}.{table} do also notify {other};
        create publication {publication} for table {schema}.{table} where ({column} <> {body});
        create type {schema}.{trigger} as ({column} text collate {schema}.{collation}, {role} int);
        alter default privileges in schema {schema} grant select on tables to {role};
        grant select ({column}) on {schema}.{table} to anon;
        grant select on {schema}.{view}, {schema}.{filled} to authenticated;
    """ + "".join(f"comment on {one} is {said};" for one in sorted(comments) if texts[0])


@contextmanager
def database(shadow: Shadow, statements: str = "") -> Iterator[str]:
    url = shadow.create()
    try:
        with psycopg.connect(url) as connection:
            connection.execute(statements.encode())
        yield url
    finally:
        shadow.drop(str(conninfo_to_dict(url)["dbname"]))


def new_project(folder: Path) -> Project:
    folder.mkdir()
    init(folder)
    return Project.find(folder)


def pulled(url: str, folder: Path, shadow: Shadow) -> Project:
    project = new_project(folder)
    report = pull(url, project.migrations, shadow=shadow, options=PullOptions(objects_in=project))
    assert (problems(report), report.ok) == ([], True)
    return project


def texts_of(project: Project) -> dict[str, bytes]:
    files = (*(project.migrations / "versions").glob("*.sql"), *sql_folder.files(project))
    return {path.relative_to(project.root).as_posix(): path.read_bytes() for path in files}


def comes_home(shadow: Shadow, folder: Path, statements: str) -> None:
    """Pull, upgrade another database by the files, pull that: both databases and all files are the same."""
    with roles_as_before(shadow), database(shadow, statements) as url, database(shadow) as elsewhere:
        one = pulled(url, folder / "one", shadow)
        alembic_env.upgrade(one, elsewhere)
        with psycopg.connect(url) as here, psycopg.connect(elsewhere) as there:
            assert compare(catalog.read(here), catalog.read(there)) == []
        assert texts_of(pulled(elsewhere, folder / "two", shadow)) == texts_of(one)
        with at_head(one, shadow) as head:
            assert pending(head, one) is None


# How many schemas lie in one database, which costs hardly more than one of them.
TOGETHER = 5


@settings(
    max_examples=200 // TOGETHER,
    deadline=None,
    phases=(Phase.explicit, Phase.generate) if FULL else (Phase.explicit,),
    suppress_health_check=list(HealthCheck),
)
@example(
    names=[
        "s%\r\n",
        't"".%(a)s',
        ":x\n--",
        "a/b",
        'six""inch{y}',
        "v.w",
        "語é 🜁",
        "\\.t",
        " p ",
        "$i$",
        "e\t",
        "select",
    ],
    texts=[*TEXTS[-5:-2], "\r\nx\ry\\:z%s'{x}$body$"],
)
@given(
    names=st.lists(NAMES.filter(str.strip), min_size=12 * TOGETHER, max_size=12 * TOGETHER, unique=True),
    texts=st.lists(TEXT, min_size=4 * TOGETHER, max_size=4 * TOGETHER),
)
def test_every_name_and_every_text_comes_home_byte_for_byte(shadow: Shadow, names: list[str], texts: list[str]) -> None:
    schemas = [everything(names[12 * n :][:12], texts[4 * n :][:4]) for n in range(len(names) // 12)]
    with tempfile.TemporaryDirectory() as folder:
        comes_home(shadow, Path(folder), "".join(schemas))


@given(st.sampled_from(["function", "view", "policies"]), NAMES, NAMES)
@example("function", "..", "x.check")
def test_a_file_tells_the_name_that_it_was_made_of(kind: str, schema: str, name: str) -> None:
    project = Project(root=Path("/p"), migrations=Path("/p/migrations"), sql=Path("/p/sql"))
    for item in (
        sql_folder.named(project, kind, schema, name),
        sql_folder.named(project, "trigger", schema, name, "a.b/c"),
    ):
        assert sql_folder.at(project, item.path) == item
        assert not item.path.name.endswith(sql_folder.CHECK)
        assert not set('\n\r\\:"') & set(item.path.relative_to(project.root).as_posix())


def test_what_is_proven_is_what_the_files_hold(shadow: Shadow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = new_project(tmp_path / "p")
    write = Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", lambda path, content: write(path, content.replace(b"xyz", b"xzz")))
    schema = """
        create table public.t (a text default 'xyz');
        create function public.f() returns text language sql return 'xyz'
    """
    with database(shadow, schema) as url:
        report = pull(url, project.migrations, shadow=shadow, options=PullOptions(objects_in=project))
    assert {(change.object.identity, change.property) for change in report.differences} == {
        ("column public.t.a", "default"),
        ("function public.f()", "body"),
    }
    with pytest.raises(MigrationError, match=r"x\.sql does not hold what was written"):
        script.write(tmp_path / "x.sql", "select 'xyz'")


BY_HAND = """
    alter table public."t%(a)s" alter "d%" set default ':x %s', drop gone,
      add ":c" text default E'%%\\r\\n:y::text', add "n\nl" int generated always as (length(':z%s')) stored;
    comment on column public."t%(a)s"."d%" is E'{x}\\r\\nSET default_tablespace = \\'\\';';
    create table public."u:%s" (id serial primary key, "%" text default '\\:x');
    create function public."f\\%"() returns text language sql as E'\\r\\nselect \\'%s:x\\'\\r\\n';
    alter table public.many add y bigserial;
    drop function public."six""inch"()
"""


def test_what_was_changed_by_hand_comes_home_whatever_it_is_made_of(shadow: Shadow, tmp_path: Path) -> None:
    before = """
        create table public."t%(a)s" ("d%" text default '%', gone text default ':gone');
        create table public.many (id serial primary key, x bigint default nextval('many_id_seq'));
        create function public."six""inch"() returns int language sql as E'\\r\\nselect 1'
    """
    with database(shadow, before) as live, database(shadow, before) as other:
        project = pulled(live, tmp_path / "p", shadow)
        for url in (live, other):
            command.stamp(alembic_env.config(project, url), "0001")
        with psycopg.connect(live) as connection:
            connection.execute(BY_HAND.encode())
        none = Answers(ask=lambda _: False)
        report = pull_again(live, project, "By hand", answers=none, shadow=shadow)
        assert ([str(change) for change in report.left], bool(report.changes)) == ([], True)
        alembic_env.upgrade(project, other, confirm=["by_hand"])
        with psycopg.connect(live) as here, psycopg.connect(other) as there:
            assert differences(there, catalog.read(here), catalog.read(there)) == []


def test_a_file_of_sql_is_sent_as_it_is_or_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "x.sql"
    for content, text in {
        b"select 1;\r\n": "select 1;\r\n",
        b"\xef\xbb\xbfselect '\r'": "select '\r'",
        "select 'é'".encode(): "select 'é'",
    }.items():
        file.write_bytes(content)
        assert script.text_of(file) == text
    for content, said in {
        "select 'é'".encode("latin1"): "x.sql is not UTF-8",
        b"select 1;\nselect '\0'": "x.sql, line 2: a NUL character",
    }.items():
        file.write_bytes(content)
        with pytest.raises(MigrationError, match=said):
            script.text_of(file)
    (tmp_path / "folder.sql").mkdir()
    with pytest.raises(MigrationError, match=r"folder\.sql is a folder"):
        script.text_of(tmp_path / "folder.sql")


def test_files_without_an_end_of_line_with_a_byte_order_mark_and_folders_called_like_files_become_a_revision(
    shadow: Shadow, tmp_path: Path
) -> None:
    create = "create or replace function {}() returns int language sql as 'select 1'"
    with database(shadow, 'create schema "x.sql"') as url:
        project = pulled(url, tmp_path / "p", shadow)
        (project.sql / "functions/x.sql").mkdir(parents=True)
        (project.sql / "functions/x.sql/f.sql").write_text(create.format('"x.sql".f') + " -- the end;")
        (project.sql / "functions/g.sql").write_bytes(b"\xef\xbb\xbf" + create.format("public.g").encode())
        (project.sql / "functions/h.sql").write_bytes(create.format("public.h").encode() + b";\r\n")
        with at_head(project, shadow) as head:
            revision = pending(head, project)
    assert revision
    assert {change.object.name for change in revision.changes} == {"f", "g", "h"}
