"""What `sql/` holds becomes a revision: complete both ways, in a right order, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from dbtools import alembic_env, catalog
from dbtools.errors import RenamesError, ReviseError
from dbtools.model.compare import compare
from dbtools.model.snapshot import Snapshot
from dbtools.postgres.shadow import Shadow
from dbtools.project import Project, sql_folder
from dbtools.revise import Revision, pending
from dbtools.revise.answers import Answers

# A small shop: what the revisions before have made of it. `listed` is nobody's but the baseline's.
BASELINE = """
create table public.items (id int primary key, price numeric not null, owner uuid, sold_at date);
alter table public.items enable row level security;
create function public.listed() returns bigint language sql as 'select count(*) from public.items';
create policy stray on public.items for delete using (false);
"""
FILES = {
    "functions/tax.sql": """\
-- What the state gets.
create or replace function public.tax(p_price numeric) returns numeric
language sql immutable set search_path = '' as $$ select p_price * 0.2 $$;

comment on function public.tax(numeric) is 'The tax on a price.';

revoke all on function public.tax(numeric) from public, anon, authenticated, service_role;
grant execute on function public.tax(numeric) to authenticated;
""",
    "functions/gross.sql": """\
create or replace function public.gross(p_price numeric, p_tax numeric default public.tax(100))
returns numeric language sql immutable
return p_price + public.tax(p_price) + 0 * p_tax;

revoke all on function public.gross(numeric, numeric) from public, anon, authenticated, service_role;
""",
    "functions/private/stamp.sql": """\
create or replace function private.stamp() returns trigger language plpgsql set search_path = '' as $$
begin
  -- 100% of :them
  new.sold_at := coalesce(new.sold_at, '2026-01-01');
  return new;
end;
$$;

revoke all on function private.stamp() from public, anon, authenticated, service_role;
""",
    "triggers/items.trg_stamp.sql": """\
create or replace trigger trg_stamp before insert on public.items
for each row when (public.tax(new.price) > 0) execute function private.stamp();
""",
    "views/prices.sql": """\
create or replace view public.prices with (security_invoker = true) as
select i.id, i.price, public.gross(i.price) as gross from public.items as i;

comment on column public.prices.gross is 'what it costs';
""",
    "policies/items.sql": """\
alter table public.items enable row level security;

revoke all on table public.items from public, anon, authenticated, service_role;
grant select, update (price) on table public.items to authenticated;

drop policy if exists items_cheap on public.items;
create policy items_cheap on public.items for select to authenticated using (public.tax(price) < 10);
""",
    "policies/prices.sql": """\
revoke all on table public.prices from public, anon, authenticated, service_role;
grant select on table public.prices to authenticated;
""",
}

Edit = Callable[..., None]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, project: Project) -> Project:
    root = tmp_path_factory.mktemp("shop")
    versions = root / "migrations" / "versions"
    versions.mkdir(parents=True)
    (root / "pyproject.toml").write_text('[tool.alembic]\nscript_location = "%(here)s/migrations"\n')
    (root / "migrations" / "env.py").write_text((project.migrations / "env.py").read_text())
    listed = "".join(f'    "sql/{path}",\n' for path in FILES)
    (versions / "0001_baseline.py").write_text(
        'from dbtools.revision import baseline\n\nrevision = "0001"\ndown_revision = None\n\n'
        "upgrade, downgrade = baseline(__file__)\n"
    )
    (versions / "0001_baseline.up.sql").write_text(BASELINE)
    (versions / "0002_shop.py").write_text(
        'from dbtools.revision import frozen\n\nrevision = "0002"\ndown_revision = "0001"\n'
        f"from_sql = (\n{listed})\n\nupgrade, downgrade = frozen(__file__)\n"
    )
    stray = "drop policy stray on public.items;\n\n"
    (versions / "0002_shop.up.sql").write_text(stray + "\n".join(FILES.values()))
    return Project.find(root)


@pytest.fixture(scope="module")
def shop_url(shop: Project, shadow: Shadow) -> str:
    url = shadow.create()
    alembic_env.upgrade(shop, url)
    return url


@pytest.fixture
def edit(shop: Project) -> Edit:
    """`edit("functions/tax.sql", old, new)` changes a file of `sql/`; without a text to change, it deletes the file."""
    for path, text in FILES.items():
        (shop.sql / path).parent.mkdir(parents=True, exist_ok=True)
        (shop.sql / path).write_text(text)
    for file in shop.sql.rglob("*.sql"):
        if file.relative_to(shop.sql).as_posix() not in FILES:
            file.unlink()

    def change(path: str, *pairs: tuple[str, str]) -> None:
        file = shop.sql / path
        if not pairs:
            file.unlink()
        for old, new in pairs:
            text = file.read_text()
            assert old in text
            file.write_text(text.replace(old, new))

    return change


def snapshot(connection: psycopg.Connection) -> Snapshot:
    """Without schema private, which is nobody's as long as only Alembic's table is in it."""
    found = catalog.read(connection)
    kept = {name: one for name, one in found.objects.items() if "schema private" not in name}
    return replace(found, objects=kept)


def revised(url: str, project: Project, answers: Answers | None = None) -> Revision:
    """The revision that is pending; run up and down, it must give what `sql/` holds, and the start again."""
    revision = pending(url, project, answers)
    assert revision is not None
    with psycopg.connect(url) as connection, connection.transaction(force_rollback=True):
        start = snapshot(connection)
        connection.execute(revision.up.encode())
        after = snapshot(connection)
        if not revision.renamed:
            assert compare(after, start) == list(revision.changes)
        sql_folder.apply(connection, project)
        assert compare(after, snapshot(connection)) == []
        connection.execute(revision.down.encode())
        assert compare(start, snapshot(connection)) == []
    return revision


def drops(sql: str) -> list[str]:
    return [line for line in sql.splitlines() if line.startswith("drop ") and "if exists" not in line]


def test_nothing_changed_is_no_revision(shop: Project, shop_url: str, edit: Edit) -> None:
    assert pending(shop_url, shop) is None


def test_a_comment_in_a_file_is_no_change(shop: Project, shop_url: str, edit: Edit) -> None:
    edit("functions/tax.sql", ("-- What the state gets.", "-- What is due."))
    assert pending(shop_url, shop) is None


def test_a_body_is_replaced_in_place_with_the_files_own_text_and_back_with_the_frozen_one(
    shop: Project, shop_url: str, edit: Edit
) -> None:
    edit("functions/tax.sql", ("p_price * 0.2", "p_price * 0.25"))
    revision = revised(shop_url, shop)
    assert revision.up == (shop.sql / "functions/tax.sql").read_text()
    assert revision.down == FILES["functions/tax.sql"]
    assert revision.from_sql == ("sql/functions/tax.sql",)


def test_frozen_text_keeps_every_character(shop: Project, shop_url: str, edit: Edit) -> None:
    edit("functions/private/stamp.sql", ("2026-01-01", "2027-01-01"))
    assert "-- 100% of :them" in revised(shop_url, shop).down


def test_a_new_argument_takes_the_dependents_along_in_a_right_order(shop: Project, shop_url: str, edit: Edit) -> None:
    edit(
        "functions/tax.sql",
        ("(p_price numeric)", "(p_price numeric, p_rate numeric default 0.2)"),
        ("public.tax(numeric)", "public.tax(numeric, numeric)"),
    )
    revision = revised(shop_url, shop)
    assert drops(revision.up)[-1] == "drop function public.tax(numeric);"
    assert set(drops(revision.up)) == {
        "drop function public.tax(numeric);",
        "drop function public.gross(numeric, numeric);",
        "drop view public.prices;",
        "drop policy items_cheap on public.items;",
        "drop trigger trg_stamp on public.items;",
    }
    assert "comment on column public.prices.gross" in revision.up
    assert "grant select on table public.prices to authenticated" in revision.up
    assert "private.stamp() returns" not in revision.up


def test_a_renamed_function_keeps_what_depends_on_it(shop: Project, shop_url: str, edit: Edit) -> None:
    for path, text in FILES.items():
        (shop.sql / path.replace("tax.sql", "levy.sql")).write_text(text.replace("public.tax", "public.levy"))
    edit("functions/tax.sql")
    with pytest.raises(RenamesError, match=r"--no-rename 'function public\.tax"):
        pending(shop_url, shop, Answers())
    revision = revised(shop_url, shop, Answers(ask=lambda _: True))
    assert revision.up == "alter function public.tax(numeric) rename to levy;\n"
    assert revision.down == "alter function public.levy(numeric) rename to tax;\n"
    # Who calls it by its old name is asked about, on the target.
    assert revision.contract == ("function public.tax(numeric)",)
    refused = revised(shop_url, shop, Answers(no=["public.tax(numeric)"]))
    assert drops(refused.up) == ["drop function public.tax(numeric);"]


MATERIALIZED = "drop materialized view if exists public.prices;\ncreate materialized view public.prices"
IN_THE_WAY: dict[str, list[tuple[str, ...]]] = {
    "another return type": [("functions/tax.sql", "returns numeric", "returns double precision")],
    "another name of an argument": [("functions/tax.sql", "p_price", "p_amount")],
    "a default less": [
        ("functions/gross.sql", " default public.tax(100)", ""),
        ("views/prices.sql", "public.gross(i.price)", "public.gross(i.price, 0)"),
    ],
    "a column less": [("views/prices.sql", "i.id, i.price,", "i.id,")],
    "a procedure instead of a function": [
        ("functions/private/stamp.sql", "function", "procedure"),
        ("functions/private/stamp.sql", " returns trigger", "(inout new public.items)"),
        ("functions/private/stamp.sql", "private.stamp()(inout", "private.stamp(inout"),
        ("functions/private/stamp.sql", "  return new;\n", ""),
        ("functions/private/stamp.sql", "private.stamp() from", "private.stamp(public.items) from"),
        ("triggers/items.trg_stamp.sql",),
    ],
    "a materialized view instead of a view": [
        ("views/prices.sql", "create or replace view public.prices with (security_invoker = true)", MATERIALIZED),
    ],
}


@pytest.mark.parametrize("what", IN_THE_WAY)
def test_what_cannot_be_replaced_in_place_is_dropped_and_made_again(
    what: str, shop: Project, shop_url: str, edit: Edit
) -> None:
    for path, *change in IN_THE_WAY[what]:
        edit(path, *([change] if change else []))
    assert drops(revised(shop_url, shop).up) != []


def test_a_comment_that_was_taken_out_of_a_file_goes(shop: Project, shop_url: str, edit: Edit) -> None:
    edit("views/prices.sql", ("comment on column public.prices.gross is 'what it costs';\n", ""))
    revision = revised(shop_url, shop)
    assert [(c.action, c.object.kind) for c in revision.changes] == [("extra", "comment")]


def test_a_grant_that_was_taken_out_of_a_file_is_revoked(shop: Project, shop_url: str, edit: Edit) -> None:
    edit("functions/tax.sql", ("grant execute on function public.tax(numeric) to authenticated;\n", ""))
    edit("policies/items.sql", (", update (price)", ""))
    identities = {change.object.identity for change in revised(shop_url, shop).changes}
    assert identities == {
        "grant to authenticated on column public.items.price",
        "grant to authenticated on function public.tax(numeric)",
    }


def test_an_object_whose_file_is_gone_is_dropped_with_it_and_comes_back(
    shop: Project, shop_url: str, edit: Edit
) -> None:
    edit("triggers/items.trg_stamp.sql")
    edit("functions/private/stamp.sql")
    revision = revised(shop_url, shop)
    assert drops(revision.up) == ["drop trigger trg_stamp on public.items;", "drop function private.stamp();"]
    assert "create" not in revision.up
    assert revision.contract == ("function private.stamp()",)
    assert revision.from_sql == ("sql/functions/private/stamp.sql", "sql/triggers/items.trg_stamp.sql")
    assert FILES["functions/private/stamp.sql"] in revision.down


def test_a_policy_that_left_its_file_is_dropped_and_a_table_without_a_file_stays_closed(
    shop: Project, shop_url: str, edit: Edit
) -> None:
    edit("policies/items.sql")
    revision = revised(shop_url, shop)
    assert revision.up == "-- Not in sql/ any more.\ndrop policy items_cheap on public.items;\n"
    assert revision.contract == ("policy public.items.items_cheap",)
    assert FILES["policies/items.sql"] == revision.down


def test_what_sql_never_held_is_not_touched(shop: Project, shop_url: str, edit: Edit) -> None:
    for path in FILES:
        edit(path)
    assert "listed" not in revised(shop_url, shop).up


def test_a_new_file_takes_over_what_the_baseline_had_and_the_way_back_gives_it_again(
    shop: Project, shop_url: str, edit: Edit
) -> None:
    file = shop.sql / "functions/listed.sql"
    file.write_text(
        "create or replace function public.listed(p_least int default 0) returns bigint\n"
        "language sql as 'select count(*) from public.items where price >= p_least';\n"
    )
    revision = revised(shop_url, shop)
    assert drops(revision.up) == ["drop function public.listed();"]
    assert revision.up.endswith("\n\n" + file.read_text())
    assert revision.contract == ()
    assert "create or replace function public.listed()\n" in revision.down


def test_never_a_silent_second_overload(shop: Project, shop_url: str, edit: Edit) -> None:
    with psycopg.connect(shop_url, autocommit=True) as connection:
        connection.execute("create function public.tax(p_price int) returns int language sql return 1")
        try:
            revision = revised(shop_url, shop)
            assert drops(revision.up) == ["drop function public.tax(integer);"]
            assert revision.contract == ("function public.tax(integer)",)
        finally:
            connection.execute("drop function public.tax(int)")


def refused(url: str, project: Project) -> ReviseError:
    with pytest.raises(ReviseError) as caught:
        pending(url, project)
    return caught.value


def test_what_a_table_depends_on_is_refused_by_name(shop: Project, shop_url: str, edit: Edit) -> None:
    with psycopg.connect(shop_url, autocommit=True) as connection:
        connection.execute("alter table public.items add due numeric generated always as (public.tax(price)) stored")
        try:
            edit("functions/tax.sql", ("p_price", "p_amount"))
            error = refused(shop_url, shop)
            assert "column public.items.due" in error.message
            assert "alembic revision" in error.hint
            # What can be replaced in place still is.
            edit("functions/tax.sql", ("p_amount", "p_price"), ("0.2", "0.3"))
            assert drops(revised(shop_url, shop).up) == []
        finally:
            connection.execute("alter table public.items drop column due")


def test_a_file_that_needs_another_column_says_to_add_it_first(shop: Project, shop_url: str, edit: Edit) -> None:
    edit("policies/items.sql", ("public.tax(price) < 10", "colour = 'red'"))
    error = refused(shop_url, shop)
    assert 'items.sql, line 7: column "colour" does not exist' in error.message
    assert "add it first" in error.hint
    assert "alembic revision -m" in error.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("create or replace function public.other() returns int language sql return 1;\n", "not make public.spare"),
        ("create or replace function public.spare() returns int language sql return 1;\ncreate table public.more ();\n",
         "makes table public.more"),
        ("create or replace function public.spare() returns int language sql return 1;\n"
         "alter table public.items add column if not exists colour text;\n", "makes column public.items.colour"),
        ("create function public.spare() returns int language sql return 1;\n", "spare.sql"),
    ],
)  # fmt: skip
def test_a_file_holds_one_object_that_can_be_recreated(
    text: str, message: str, shop: Project, shop_url: str, edit: Edit
) -> None:
    (shop.sql / "functions/spare.sql").write_text(text)
    assert message in refused(shop_url, shop).message


def test_one_file_may_hold_several_overloads(shop: Project, shop_url: str, edit: Edit, tmp_path: Path) -> None:
    one = "create or replace function public.two({}) returns int language sql return 1;\n"
    (shop.sql / "functions/two.sql").write_text(one.format("") + one.format("p int"))
    revision = revised(shop_url, shop)
    assert {change.object.identity for change in revision.changes} == {
        "function public.two()",
        "function public.two(integer)",
    }
