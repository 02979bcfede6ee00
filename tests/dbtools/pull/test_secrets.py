"""What looks like a key is named, never shown, and ordinary SQL holds none."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbtools.model.snapshot import Object, Snapshot
from dbtools.platform.facts import reference
from dbtools.project import Project
from dbtools.pull import secrets

# Put together here, so that no scanner takes this file for a leak.
JWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9" + ".eyJyb2xlIjoic2VydmljZV9yb2xlIn0" + ".c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
RANDOM = "q7Zt2" + "Lw9XbV4n" + "KcR8sYp3HdJ"


def snapshot(kind: str, text: str) -> Snapshot:
    item = Object(kind, "public", "it", f"{kind} it", properties={"definition": text})
    return Snapshot({item.identity: item}, 18)


@pytest.mark.parametrize(
    ("kind", "text", "looks_like"),
    [
        ("cron job", f"select net.http_post(headers := '{{\"Authorization\": \"Bearer {JWT}\"}}')", "JSON Web Token"),
        ("trigger", f"execute function http_request('POST', '{{\"key\":\"Bearer {RANDOM}\"}}')", "a bearer token"),
        ("function", f"begin\n  v_key := '{RANDOM}';\nend", "a random key"),
        ("function", "select dblink('host=x password=''hunter2-and-more''')", "a password or key beside its name"),
        ("foreign server", f"options (api_key 'sk_live_{RANDOM}')", "Stripe Access Key"),
        ("setting", "sb_secret_" + RANDOM, "a Supabase secret key"),
        ("function", "select dblink('postgresql://admin:Tr0ub4dor@db.example/x')", "a password in a URL"),
        ("function", "-----BEGIN RSA PRIVATE KEY-----", "Private Key"),
    ],
)  # fmt: skip
def test_a_secret_is_named_by_its_object_and_kind(kind: str, text: str, looks_like: str) -> None:
    found = secrets.found(snapshot(kind, text))

    assert looks_like in {secret.looks_like for secret in found}
    assert {secret.object for secret in found} == {f"{kind} it"}


def test_what_is_said_has_no_value_and_says_where_one_belongs() -> None:
    [reason, *_] = [secret.reason for secret in secrets.found(snapshot("cron job", f"select '{RANDOM}'"))]

    assert RANDOM not in reason
    assert "Vault" in reason


def test_ordinary_sql_has_no_secret(project: Project) -> None:
    texts = [path.read_text() for folder in (project.sql, project.migrations) for path in folder.rglob("*.sql")]
    texts += [str(row["body"]) for row in reference().of("function")]
    texts += [path.read_text() for path in Path(__file__).parents[2].rglob("*.sql")]
    texts += [
        "select '3f8b1c1e-7a52-4a50-9c3c-2b3f3f5d9a10'::uuid",
        "comment 'see https://supabase.com/docs/guides/auth'",
        # Letters to draw from; without those that are easily mistaken for each other.
        "select substr('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', i, 1)",
        "select substr('0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghijkmnpqrstuvwxyz', i, 1)",
    ]

    assert {text for text in texts for _ in secrets.in_text(text)} == set()


def test_one_secret_among_many_objects_is_found_whatever_its_form_and_wherever_its_line() -> None:
    keys = {
        "Telegram Bot Token": "110201543:" + "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw" + "x",
        "JSON Web Token": f"select '{JWT}'",
        "Stripe Access Key": f"x sk_live_{RANDOM} y",
        "a password in a URL": "postgresql://admin:Tr0ub4dor@db.example/x",
    }
    plain = "select a from b where c = 'a text'"
    texts = [plain, *(f"begin\n{key}\nend" for key in keys.values()), plain]
    items = [
        Object("function", "public", f"f{n}", f"function f{n}", "", {"body": text}) for n, text in enumerate(texts)
    ]
    found = secrets.found(Snapshot({item.identity: item for item in items}, 18))
    assert keys.keys() <= {secret.looks_like for secret in found}
    assert {secret.object for secret in found} == {f"function f{n}" for n in range(1, len(keys) + 1)}
