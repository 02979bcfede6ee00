"""The reference of the API is what the objects themselves say, and complete."""

from __future__ import annotations

import psycopg
import pytest

from dbtools.docs import rpc
from dbtools.docs.rpc import Refusal, read_comment
from dbtools.project import Project

PAGE = "docs/reference/rpc.md"


def test_the_committed_page_is_what_the_command_writes(head: psycopg.Connection, project: Project) -> None:
    written = rpc.render(rpc.functions(head))
    assert (project.root / PAGE).read_text() == written, "run: make docs"


def test_every_function_that_an_api_role_may_call_says_what_it_does_and_has_one_overload(
    head: psycopg.Connection,
) -> None:
    listed = rpc.functions(head)
    assert [function.name for function in listed if not function.description] == []
    assert len({function.name for function in listed}) == len(listed)
    assert not any(argument.name.startswith("$") for function in listed for argument in function.arguments)


def test_who_may_call_arguments_defaults_and_results_are_the_catalogs(platform: psycopg.Connection) -> None:
    platform.execute(
        "create function public.greet(p_first_name text, p_times integer default 2 + 1) returns text "
        "language sql as 'select p_first_name'; "
        "comment on function public.greet is 'Greets | politely. Error (code in DETAIL): 404 nobody_there.'; "
        "revoke all on function public.greet from public, anon, authenticated, service_role; "
        "grant execute on function public.greet to authenticated, service_role; "
        "create function public.hidden() returns text language sql as 'select 1'; "
        "revoke all on function public.hidden from public, anon, authenticated, service_role"
    )
    [greet] = [function for function in rpc.functions(platform) if function.name in {"greet", "hidden"}]
    assert greet.roles == ("authenticated", "service_role")
    page = rpc.render([greet])
    assert page.endswith(
        "## greet\n\nGreets | politely.\n\n"
        "May be called by a signed-in user and the service role. Returns `text`.\n\n"
        "| argument | type | default |\n| --- | --- | --- |\n"
        "| `p_first_name` | `text` |  |\n| `p_times` | `integer` | `(2 + 1)` |\n\n"
        "| error | status |\n| --- | --- |\n| `nobody_there` | 404 |\n\n"
        "```js\nconst { data, error } = await supabase.rpc('greet', {\n"
        "  p_first_name: firstName,\n  // p_times: times,\n})\n```\n"
    )


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("Does it.", ("Does it.", ())),
        ("Does it. Error: not_signed_in.", ("Does it.", (Refusal("not_signed_in", "", ""),))),
        (
            "Does it. Error: too_many (429, after settings.most ones). For cron.",
            ("Does it. For cron.", (Refusal("too_many", "", "429, after settings.most ones"),)),
        ),
        (
            "Does\nit. Errors (code in\nDETAIL): 401 not_signed_in, job_gone (it\nwas there, once). For cron.",
            (
                "Does it. For cron.",
                (Refusal("not_signed_in", "401", ""), Refusal("job_gone", "", "it was there, once")),
            ),
        ),
    ],
)
def test_errors_stand_in_a_comment_in_one_form(comment: str, expected: tuple[str, tuple[Refusal, ...]]) -> None:
    assert read_comment(comment) == expected
