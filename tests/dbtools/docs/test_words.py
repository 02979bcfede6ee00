"""A condition in words says no less than its SQL."""

from __future__ import annotations

import pytest

from dbtools.docs.words import in_words


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("true", "always"),
        ("false", "never"),
        ("auth.uid() = owner", "owner is the signed-in user"),
        ("((SELECT auth.uid() AS uid) = owner)", "owner is the signed-in user"),
        ("is_public OR (a IS NULL AND b > 3)", "is_public is true or (a has no value and b is more than 3)"),
        ("NOT (a OR b)", "not (a is true or b is true)"),
        ("state = ANY (ARRAY['a'::text, 'b'::text])", "state is one of 'a', 'b'"),
        (
            "x OR EXISTS (SELECT 1 FROM public.m WHERE m.u = auth.uid())",
            "x is true or (there is a row in public.m where m.u is the signed-in user)",
        ),
        ("id IN (SELECT m.id FROM public.m)", "id is m.id of a row in public.m"),
        # What is more than a plain query stays SQL.
        ("EXISTS (SELECT 1 FROM m GROUP BY a)", "EXISTS (SELECT 1 FROM m GROUP BY a)"),
        ("private.may(auth.uid(), id)", "private.may(auth.uid(), id) is true"),
        ("a ~ 'x'", "a ~ 'x'"),
        ("not sql at all (", ""),
    ],
)
def test_conditions_in_words(condition: str, words: str) -> None:
    assert in_words(condition) == words
