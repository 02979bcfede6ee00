"""Two snapshots give exactly their differences, in the same order every time."""

from __future__ import annotations

from dbtools.model.compare import Change, comparable, compare
from dbtools.model.snapshot import Object, Snapshot


def snapshot(*objects: Object) -> Snapshot:
    return Snapshot({item.identity: item for item in objects}, 18)


def table(name: str, **properties: str) -> Object:
    return Object("table", "public", name, f"table public.{name}", properties=properties)


def column(name: str, of: str, **properties: str) -> Object:
    return Object("column", "public", name, f"column public.{of}.{name}", f"table public.{of}", properties)


def test_equal_snapshots_have_no_differences() -> None:
    assert compare(snapshot(table("a", owner="x")), snapshot(table("a", owner="x"))) == []


def test_what_only_one_side_has_is_missing_or_extra() -> None:
    assert compare(snapshot(table("a")), snapshot(table("b"))) == [
        Change("missing", table("a")),
        Change("extra", table("b")),
    ]


def test_each_property_that_differs_is_named_with_both_values() -> None:
    expected, found = table("a", owner="x", rls="true", same="1"), table("a", owner="y", options="o", same="1")
    assert compare(snapshot(expected), snapshot(found)) == [
        Change("different", expected, "options", None, "o"),
        Change("different", expected, "owner", "x", "y"),
        Change("different", expected, "rls", "true", None),
    ]


def test_what_hangs_on_a_missing_object_is_not_listed_again() -> None:
    assert compare(snapshot(table("a"), column("c", "a")), snapshot()) == [Change("missing", table("a"))]
    assert compare(snapshot(), snapshot(table("a"), column("c", "a"))) == [Change("extra", table("a"))]


def test_what_hangs_on_an_object_that_is_there_or_that_nobody_lists_is_listed() -> None:
    lost, orphan = column("c", "a"), column("id", "users")
    assert compare(snapshot(table("a"), lost, orphan), snapshot(table("a"))) == [
        Change("missing", lost),
        Change("missing", orphan),
    ]


def test_the_order_does_not_depend_on_the_snapshots_order() -> None:
    one, other = (table("b"), table("a"), table("c")), (table("c", owner="x"),)
    assert compare(snapshot(*one), snapshot(*other)) == compare(snapshot(*reversed(one)), snapshot(*other))


def read_by(major: int, privileges: str, definition: str) -> Snapshot:
    grant = Object("grant", "public", "t", "grant to a on table public.t", "", {"privileges": privileges})
    view = Object("view", "public", "v", "view public.v", "", {"definition": definition})
    return Snapshot({item.identity: item for item in (grant, view)}, major)


def test_what_only_a_newer_major_knows_or_prints_is_no_difference() -> None:
    old = read_by(15, "SELECT, UPDATE", " SELECT t.a, (SELECT max(u.b) FROM s.u WHERE u.a = t.a) FROM s.t;")
    new = read_by(18, "MAINTAIN, SELECT, UPDATE", " SELECT a, (SELECT max(u.b) FROM s.u WHERE u.a = t.a) FROM s.t;")
    assert compare(*comparable(new, old)) == []
    assert compare(*comparable(old, new)) == []
    other = read_by(15, "SELECT", " SELECT t.b, (SELECT max(u.b) FROM s.u WHERE u.a = t.a) FROM s.t;")
    assert [change.property for change in compare(*comparable(new, other))] == ["privileges", "definition"]
    # Between two that both know MAINTAIN, it counts.
    assert len(compare(*comparable(new, read_by(17, "SELECT, UPDATE", "select 1")))) == 2


def test_columns_of_a_views_only_subquery_or_function_have_its_name_before_them_in_an_older_version() -> None:
    for source in ("(SELECT t.a, t.b FROM public.t) AS s", "public.f() AS s (a, b)"):
        old = read_by(15, "SELECT", f"SELECT s.a, sum(s.b) AS b FROM {source} GROUP BY s.a")
        new = read_by(18, "SELECT, MAINTAIN", f"SELECT a, sum(b) AS b FROM {source} GROUP BY a")
        assert compare(*comparable(old, new)) == []
        assert compare(*comparable(old, read_by(18, "SELECT", f"SELECT a, sum(a) AS b FROM {source} GROUP BY a"))) != []
