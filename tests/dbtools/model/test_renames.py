"""What looks renamed: whatever may hold rows where it is alike, the rest where it is the same."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dbtools.model.renames import UNCHECKED, Rename, back_after, before, original, questions, with_parts
from dbtools.model.snapshot import Object, Snapshot


def state(*objects: Object) -> Snapshot:
    return with_parts(Snapshot({one.identity: one for one in objects}, 18))


def table(name: str, *columns: str, schema: str = "public", **properties: str) -> list[Object]:
    """A table whose columns are said as NAME TYPE."""
    made = Object("table", schema, name, f"table {schema}.{name}", properties=properties)
    pairs = [column.split() for column in columns]
    return [
        made,
        *(
            Object(
                "column",
                schema,
                column,
                f"column {schema}.{name}.{column}",
                made.identity,
                {"position": str(number), "type": type_},
            )
            for number, (column, type_) in enumerate(pairs)
        ),
    ]


def on(kind: str, name: str, definition: str) -> Object:
    return Object(kind, "public", name, f"{kind} {name} on public.t", "table public.t", {"definition": definition})


def enum(name: str, *labels: str) -> Object:
    return Object("type", "public", name, f"type public.{name}", properties={"labels": json.dumps(labels)})


def asked(found: Snapshot, wanted: Snapshot) -> dict[str, list[str]]:
    return {one.old.identity: [new.identity for new in one.new] for one in questions(found, wanted)}


def test_a_table_with_most_of_its_columns_may_be_the_old_one_the_likeliest_first() -> None:
    found = state(*table("orders", "id int", "note text", "amount int"))
    wanted = state(*table("bill", "id int", "note text"), *table("orders_v2", "id int", "note text", "amount int"))
    assert asked(found, wanted) == {"table public.orders": ["table public.orders_v2", "table public.bill"]}


def test_a_table_with_nothing_in_common_is_another_one() -> None:
    assert asked(state(*table("a", "x int", "y int")), state(*table("b", "p text", "q text"))) == {}


def test_a_table_whose_columns_were_renamed_as_well_is_known_by_their_types_and_its_indexes() -> None:
    found = state(*table("t", "a int", "b text", "c uuid"), on("index", "t_a", "CREATE INDEX t_a ON public.t (a)"))
    assert asked(found, state(*table("new", "x int", "y text", "z uuid"))) != {}
    few = table("new", "x int", "y bytea")
    assert asked(found, state(*few)) == {}
    index = replace(on("index", "t_a", "CREATE INDEX t_a ON public.new (x)"), parent="table public.new")
    assert asked(found, state(*few, index)) == {"table public.t": ["table public.new"]}


def test_a_table_under_whose_name_another_one_stands_is_asked_for_first() -> None:
    found = state(*table("orders", "id int", "note text", "amount int"), *table("places", "id int", "city text"))
    moved, other = table("bills", "id int", "note text", "amount int"), table("orders", "id int", "city text")
    assert asked(found, state(*moved, *other)) == {"table public.orders": ["table public.bills"]}
    # Whatever they have in common.
    other = table("orders", "id int", "note text", "amount int", "city text")
    assert asked(found, state(*moved, *other)) == {"table public.orders": ["table public.bills"]}
    parted = table("orders", "id int", "note text", "amount int", **{"partitioned by": "RANGE (id)"})
    assert asked(found, state(*moved, *parted)) == {"table public.orders": ["table public.bills"]}
    # Once that one has its new name.
    other = table("orders", "id int", "city text")
    freed = state(*moved, *table("places", "id int", "city text"))
    assert asked(freed, state(*moved, *other)) == {"table public.places": ["table public.orders"]}


def test_a_table_that_has_its_index_is_still_itself() -> None:
    index = on("index", "t_a", "CREATE INDEX t_a ON public.t (a)")
    found, new = state(*table("t", "a int", "b text"), index), table("new", "a int", "b text")
    assert asked(found, state(*table("t", "a int"), *new)) == {"table public.t": ["table public.new"]}
    assert asked(found, state(*table("t", "a int"), *new, index)) == {}


def test_a_table_that_was_changed_and_copied_is_still_itself() -> None:
    found = state(*table("orders", "id int", "note text", "amount int"))
    copied = table("orders_old", "id int", "note text", "amount int")
    assert asked(found, state(*table("orders", "id int", "note text", "amount int"), *copied)) == {}
    assert asked(found, state(*table("orders", "id int", "note text"), *table("old", "id int", "note text"))) == {}


def test_a_partition_for_other_rows_is_another_one() -> None:
    this = table("p1", "a int", partition="FOR VALUES IN (1)")
    assert asked(state(*this), state(*table("p2", "a int", partition="FOR VALUES IN (2)"))) == {}
    assert asked(state(*this), state(*table("p2", "a int", partition="FOR VALUES IN (1)"))) != {}


@pytest.mark.parametrize(
    ("columns", "old"),
    [
        (("id int", "b int", "z text"), ["a"]),
        (("id int", "a int", "zz text"), ["z"]),
        # It stands behind what stayed, so it was added.
        (("id int", "z text", "b int"), []),
        # In its place, but neither its name nor its type is like it.
        (("id int", "other uuid", "z text"), []),
        # Another type, and much the same name.
        (("id int", "aa bigint", "z text"), ["a"]),
    ],
)
def test_a_column_is_renamed_in_its_place(columns: tuple[str, ...], old: list[str]) -> None:
    found, wanted = state(*table("t", "id int", "a int", "z text")), state(*table("t", *columns))
    assert list(asked(found, wanted)) == [f"column public.t.{name}" for name in old]


def test_labels_and_attributes_of_types_are_renamed_in_their_place() -> None:
    assert asked(state(enum("e", "a", "it's", "c")), state(enum("e", "a", "b", "c"))) == {
        "value 'it''s' of type public.e": ["value 'b' of type public.e"]
    }
    assert asked(state(enum("e", "a", "b")), state(enum("e", "a", "b", "c"))) == {}
    pair = Object("type", "s", "p", "type s.p", properties={"attributes": '["\\"A b\\" integer", "c text"]'})
    other = Object("type", "s", "p", "type s.p", properties={"attributes": '["b integer", "c text"]'})
    [question] = questions(state(pair), state(other))
    assert Rename(question.old, question.new[0]).up == 'alter type s.p rename attribute "A b" to b cascade;\n'


def test_what_holds_no_rows_must_be_the_same_but_for_its_name() -> None:
    found = state(*table("t", "a int"), on("trigger", "x", "CREATE TRIGGER x BEFORE UPDATE ON public.t"))
    same = state(*table("t", "a int"), on("trigger", "y", "CREATE TRIGGER y BEFORE UPDATE ON public.t"))
    other = state(*table("t", "a int"), on("trigger", "y", "CREATE TRIGGER y AFTER UPDATE ON public.t"))
    assert asked(found, same) == {"trigger x on public.t": ["trigger y on public.t"]}
    assert asked(found, other) == {}


def test_what_others_are_named_by_is_asked_first() -> None:
    schemas = [Object("schema", "", name, f"schema {name}") for name in ("a", "b")]
    found = state(schemas[0], *table("t", "x int", "y int", schema="a"))
    wanted = state(schemas[1], *table("t", "x int", "z int", schema="b"))
    assert asked(found, wanted) == {"schema a": ["schema b"]}


def test_an_answer_is_not_asked_for_again() -> None:
    found, wanted = state(*table("a", "x int")), state(*table("b", "x int"))
    assert questions(found, wanted, [("table public.a", "table public.b")]) == []


def test_what_lies_in_something_renamed_had_another_name_before() -> None:
    column = Object("column", "b", "z", "column b.u.z", "table b.u")
    renamed = [
        Rename(Object("schema", "", "a", "schema a"), Object("schema", "", "b", "schema b")),
        Rename(Object("table", "b", "t", "table b.t"), Object("table", "b", "u", "table b.u")),
        Rename(replace(column, name="x", identity="column b.u.x"), column),
    ]
    assert original(column, renamed) == Object("column", "a", "x", "column a.t.x", "table a.t")
    function = Object("function", "b", "f", "function b.f(integer)")
    assert original(function, renamed).identity == "function a.f(integer)"


def test_bodies_are_not_checked_while_only_some_of_the_names_are_there() -> None:
    old, new = (Object("view", "s", name, f"view s.{name}") for name in "vw")
    rename = Rename(old, new)
    up, down = "alter view s.v rename to w;\n", "alter view s.w rename to v;\n"
    assert (before([rename], ""), back_after([rename], "")) == (up, down)
    assert (before([], "x;\n"), back_after([], "x;\n")) == ("x;\n", "x;\n")
    assert (before([rename], "x;\n"), back_after([rename], "x;\n")) == (f"{up}\nx;\n", f"x;\n\n{down}")
    assert before([rename], "create FUNCTION f;\n") == f"{up}\n{UNCHECKED}\ncreate FUNCTION f;\n"


@pytest.mark.parametrize(
    ("old", "new", "up", "down"),
    [
        (
            Object("function", "s", "f", "function s.f(integer, text)"),
            Object("function", "z", "g", "function z.g(integer, text)"),
            "alter function s.f(integer, text) rename to g;\nalter function s.g(integer, text) set schema z;\n",
            "alter function z.g(integer, text) rename to f;\nalter function z.f(integer, text) set schema s;\n",
        ),
        (
            Object("constraint", "s", "c", "constraint c on s.t", "table s.t"),
            Object("constraint", "s", "User", 'constraint "User" on s.t', "table s.t"),
            'alter table s.t rename constraint c to "User";\n',
            'alter table s.t rename constraint "User" to c;\n',
        ),
        (
            Object("policy", "s", "p", "policy p on s.t", "table s.t"),
            Object("policy", "s", "q", "policy q on s.t", "table s.t"),
            "alter policy p on s.t rename to q;\n",
            "alter policy q on s.t rename to p;\n",
        ),
    ],
    ids=["function", "constraint", "policy"],
)
def test_a_rename_is_a_statement_both_ways(old: Object, new: Object, up: str, down: str) -> None:
    assert (Rename(old, new).up, Rename(old, new).down) == (up, down)
