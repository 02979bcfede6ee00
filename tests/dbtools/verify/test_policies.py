"""What a policy's expression costs is read from how it is built, not from how it is spelled."""

from __future__ import annotations

import pytest

from dbtools.verify.policies import Asking

NOTES, MEMBERS = '"public"."notes"', '"public"."members"'


@pytest.mark.parametrize(
    ("expression", "for_each_row", "compared"),
    [
        ("true", set(), set()),
        ("(writer = auth.uid())", {"auth.uid()"}, {(NOTES, "writer")}),
        ("(writer = ( SELECT auth.uid() AS uid))", set(), {(NOTES, "writer")}),
        ("(( SELECT auth.uid() AS uid) = writer)", set(), {(NOTES, "writer")}),
        ("(writer = (( SELECT (auth.jwt() ->> 'sub'::text)))::uuid)", set(), {(NOTES, "writer")}),
        ("((auth.jwt() ->> 'role'::text) = 'admin'::text)", {"auth.jwt()"}, set()),
        ("(tenant = current_setting('app.tenant'::text))", {"current_setting(…)"}, {(NOTES, "tenant")}),
        # In a sub-select that reads a table it is asked for each of its rows.
        (
            "(team IN ( SELECT m.team FROM public.members m WHERE (m.member = auth.uid())))",
            {"auth.uid()"},
            {(MEMBERS, "member")},
        ),
        (
            "(EXISTS ( SELECT 1 FROM (public.members m JOIN public.teams t ON ((t.id = m.team))) "
            "WHERE ((m.member = ( SELECT auth.uid() AS uid)) AND (t.id = notes.team))))",
            set(),
            {(MEMBERS, "member")},
        ),
        ("(writer <> ( SELECT auth.uid() AS uid))", set(), set()),
        ("(my.uid() = writer)", set(), set()),
        ("(note = 'auth.uid()'::text)", set(), set()),
        ("this is no expression", set(), set()),
    ],
)
def test_who_asks_and_by_what(expression: str, for_each_row: set[str], compared: set[tuple[str, str]]) -> None:
    asking = Asking(NOTES)
    asking.read(expression)
    assert asking.for_each_row == for_each_row
    assert asking.compared == compared
