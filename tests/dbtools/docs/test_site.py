"""`dbtools docs`: pages that say what a database has, whatever it is called, and say it twice in the same bytes."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath

import psycopg
import pytest

from dbtools.docs import site
from dbtools.docs.pages import Format, render
from dbtools.docs.write import docs
from dbtools.errors import ConfigError

HOSTILE = '<script>alert(1)</script>|`"\u202e'
SCHEMA = f"""
create table public.parents (id integer primary key, owner uuid, note text);
create table public.children (id integer primary key, parent_id integer references public.parents, made_by uuid);
create table public."{HOSTILE.replace('"', '""')}" (id integer);
comment on table public.parents is '<b>bold</b> & {HOSTILE}';
create function public.total(p_id integer) returns bigint language plpgsql security definer set search_path = '' as $$
begin
  insert into public.children (id) values (p_id);
  return (select count(*) from public.parents);
end $$;
comment on function public.total is 'Counts. Errors (code in DETAIL): 404 nobody_there.';
create function public.outer_total() returns bigint language sql as 'select public.total(1)';
create function public.made_up() returns void language plpgsql as $$ begin execute 'select 1'; end $$;
alter table public.parents enable row level security;
create policy own on public.parents for select to authenticated using ((select auth.uid()) = owner);
create policy anything on public.parents for insert to anon with check (true);
"""


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.targets += [value for name, value in attrs if name in {"href", "src"} and value]


@pytest.fixture
def made(platform: psycopg.Connection) -> site.Site:
    platform.execute(SCHEMA.encode())
    platform.commit()
    return site.read(platform, title="Made", origin="a test", revisions=None, with_sizes=False)


@pytest.fixture
def html(made: site.Site) -> dict[str, str]:
    return {path: content.decode() for path, content in render(made, "html").items()}


def test_every_link_of_the_site_leads_to_a_file_of_it(html: dict[str, str]) -> None:
    checked = 0
    for path, page in html.items():
        if path.endswith(".html"):
            links = _Links()
            links.feed(page)
            for target in links.targets:
                assert not target.startswith(("http:", "https:", "//")), f"{path} needs a network: {target}"
                bare = target.partition("#")[0]
                parts: list[str] = list(PurePosixPath(path).parent.parts)
                for part in PurePosixPath(bare).parts if bare else ():
                    parts = parts[:-1] if part == ".." else [*parts, part]
                assert not bare or "/".join(parts) in html, f"{path}: {target}"
                checked += 1
    assert checked > 50


def test_hostile_names_are_text(html: dict[str, str], made: site.Site) -> None:
    for path, page in html.items():
        if path.endswith(".html"):
            links = _Links()
            links.feed(page)
            assert links.tags.count("script") == 2, path
            assert "\u202e" not in page
            assert "<b>bold" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html["index.html"]
    assert "⟨U+202E⟩" in html["index.html"]
    assert "\u202e" not in html["search-index.js"]
    for path, content in render(made, "markdown").items():
        assert "<script>" not in content.decode().replace("\n```sql", ""), path


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_two_readings_give_the_same_bytes(platform: psycopg.Connection, made: site.Site, form: Format) -> None:
    again = site.read(platform, title="Made", origin="a test", revisions=None, with_sizes=False)
    assert render(made, form) == render(again, form)


def test_a_function_says_what_it_touches_who_calls_it_and_what_could_not_be_read(made: site.Site) -> None:
    use = made.uses.of("function public.total(integer)")
    assert use.reads == ["table public.parents"]
    assert use.writes == ["table public.children"]
    assert made.uses.callers["function public.total(integer)"] == ["function public.outer_total()"]
    assert made.uses.of("function public.made_up()").unread == ["SQL that is put together at run time"]
    page = render(made, "html")["functions/public.total.html"].decode()
    assert "nobody_there" in page
    assert "404" in page


def test_the_matrix_tells_rows_by_policy_from_every_row_and_no_row(made: site.Site) -> None:
    cells = {role: [cell.state for cell in some] for role, some in made.matrix["table public.parents"].cells}
    assert cells["anon"] == ["nothing", "some", "nothing", "nothing"]
    assert cells["authenticated"] == ["some", "nothing", "nothing", "nothing"]
    assert cells["service_role"] == ["all"] * 4
    assert made.matrix["table public.children"].state == "off"


def test_roles_that_may_the_same_for_the_same_reason_are_said_together(made: site.Site, html: dict[str, str]) -> None:
    [shared] = made.rights.shared("table public.children")
    assert shared.roles == ["anon", "authenticated", "service_role"]
    assert {right.role for right in made.rights.on("table public.children")} == set(shared.roles)
    together = "<bdi>anon</bdi>, <bdi>authenticated</bdi>, <bdi>service_role</bdi>"
    assert together in html["tables/public.children.html"]
    assert together in html["grants.html"]


def test_sql_is_marked_where_the_style_colours_it_and_nowhere_else(html: dict[str, str]) -> None:
    coloured = set(re.findall(r"\.sql \.(\w+)", html["style.css"]))
    marked = set(re.findall(r'<span class="(\w{1,2})">', html["functions/public.total.html"]))
    assert {"k"} <= marked <= coloured


def test_warnings_name_what_a_reviewer_stops_at(made: site.Site) -> None:
    found = {(warning.rule, warning.identity) for warning in made.warnings}
    assert ("row_security_off", "table public.children") in found
    assert ("always_true", "policy anything on public.parents") in found
    assert ("key_without_index", "table public.children") in found
    assert ("open_definer", "function public.total(integer)") in found
    assert ("always_true", "policy own on public.parents") not in found


def test_a_right_says_why(platform: psycopg.Connection) -> None:
    platform.execute(
        "create table public.given (id integer); "
        "create function public.open() returns integer language sql as 'select 1'; "
        "revoke all on public.given from anon, authenticated, service_role; grant update on public.given to anon;"
        "create role clerk; grant select on public.given to clerk; grant clerk to authenticated"
    )
    read = site.read(platform, title="", origin="", revisions=None, with_sizes=False)
    rights = read.rights
    try:
        assert rights.reasons("authenticated", "table public.given") == {"SELECT": ["member of clerk, granted"]}
        assert list(rights.reasons("anon", "table public.given")) == ["UPDATE"]
        why = rights.reasons("anon", "function public.open()")["EXECUTE"]
        assert any("PUBLIC" in reason for reason in why)
        assert any("default privileges of postgres" in reason for reason in why)
    finally:
        # Roles are the server's, which other tests share.
        platform.rollback()


def test_check_says_what_is_stale_and_a_run_removes_only_what_it_wrote(
    platform: psycopg.Connection, platform_url: str, tmp_path: Path
) -> None:
    to = tmp_path / "pages"
    platform.execute("create table public.one (id integer)")
    platform.commit()
    assert not docs(to, url=platform_url, project=None, check=True).ok
    assert not to.exists()
    docs(to, url=platform_url, project=None)
    assert docs(to, url=platform_url, project=None, check=True).ok
    (to / "mine.txt").write_text("kept")
    platform.execute("drop table public.one; create table public.two (id integer)")
    platform.commit()
    stale = docs(to, url=platform_url, project=None, check=True)
    assert not stale.ok
    assert (stale.files["tables/public.one.html"], stale.files["tables/public.two.html"]) == ("removed", "new")
    docs(to, url=platform_url, project=None)
    assert not (to / "tables/public.one.html").exists()
    assert (to / "mine.txt").read_text() == "kept"


def test_a_folder_that_holds_something_else_is_left_alone(platform_url: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(ConfigError, match="holds something else"):
        docs(tmp_path, url=platform_url, project=None, form="markdown")
    assert (tmp_path / "README.md").read_text() == "mine"
