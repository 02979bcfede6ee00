"""What an older server prints is put in quotes where a newer one would not read it, and nowhere else."""

from __future__ import annotations

import pytest
from pglast.parser import parse_sql

from dbtools.model import keywords


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("a integer, json json DEFAULT '{}'::json", "a integer, \"json\" json DEFAULT '{}'::json"),
        ("json json, OUT json_value text, VARIADIC system_user text[]",
         '"json" json, OUT "json_value" text, VARIADIC "system_user" text[]'),
        ("json, json DEFAULT '{}'::json, jsonb", "json, json DEFAULT '{}'::json, jsonb"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_name_is_quoted_and_a_type_is_not(printed: str, wanted: str) -> None:
    assert keywords.quoted(printed) == wanted


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("table public.json", 'table public."json"'),
        ("policy json on public.t", 'policy "json" on public.t'),
        ("function public.json_value(json, integer)", 'function public."json_value"(json, integer)'),
        ("cast (json AS public.json)", 'cast (json AS public."json")'),
        ('table public."json"', 'table public."json"'),
        ("table public.jsons", "table public.jsons"),
    ],
)
def test_a_thing_of_that_name_is_called_as_a_newer_server_does(printed: str, wanted: str) -> None:
    assert keywords.identity(printed, printed.partition(" ")[0]) == wanted


def test_in_sql_names_are_quoted_and_types_strings_and_bodies_are_not() -> None:
    found: dict[str, object] = {
        "using": "((json = 'json'::text) AND ('{}'::json IS NULL) AND (system_user = 'system_user'::text))",
        "type": "json",
        "attributes": ["json json", "a public.json"],
        "labels": ["json"],
        "body": "select json",
    }
    assert keywords.properties(found) == found | {
        "using": """(("json" = 'json'::text) AND ('{}'::json IS NULL) AND ("system_user" = 'system_user'::text))""",
        "attributes": ['"json" json', 'a public."json"'],
    }


def test_quotes_that_mean_nothing_are_taken_away_to_compare_but_not_those_in_strings() -> None:
    text = """select "json", '{"json": 1}', "a ""json"" b" """
    assert keywords.without_quotes(text) == """select json, '{"json": 1}', "a ""json"" b" """


def test_statements_that_make_or_name_a_function_load_on_a_newer_server_and_its_body_is_as_it_was() -> None:
    text = """CREATE FUNCTION test.f(a integer, json json) RETURNS TABLE(json_query text, n integer)
    LANGUAGE sql AS $$
  select x.json, 1 from json_to_record(json) as x (json text)
$$;
ALTER FUNCTION test.f(a integer, json json) OWNER TO postgres;
GRANT ALL ON FUNCTION test.f(a integer, json json) TO PUBLIC;"""
    quoted = keywords.quoted_in_statements(text)
    assert len(parse_sql(quoted)) == 3
    assert "as x (json text)" in quoted
    assert quoted.replace('"', "") == text
