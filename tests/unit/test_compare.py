"""Two snapshots give exactly their differences, in the same order every time."""

from __future__ import annotations

from dbtools.catalog import Object, Snapshot
from dbtools.compare import Change, compare


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
