from __future__ import annotations

import pytest

from dbtools.errors import ConnectError
from dbtools.postgres import connection
from dbtools.postgres.connection import connect


def test_the_transaction_pooler_is_refused_with_the_right_port() -> None:
    with pytest.raises(ConnectError, match="transaction pooler") as caught:
        connect("postgresql://postgres:secret@localhost:6543/postgres")
    assert "5432" in caught.value.hint


def test_a_url_that_cannot_be_read_is_explained() -> None:
    with pytest.raises(ConnectError, match="cannot be read") as caught:
        connect("postgresql://postgres:100%sure@host/db")
    assert "percent-encoded" in caught.value.hint


def test_a_server_that_is_not_there_gets_a_hint_and_no_password() -> None:
    with pytest.raises(ConnectError) as caught:
        connect("postgresql://postgres:hunter2@127.0.0.1:1/postgres")
    assert "running" in caught.value.hint
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "message",
    [
        'connection to server at "2001:db8::1", port 5432 failed: Network is unreachable',
        "failed to resolve host 'db.example.test': [Errno -5] No address associated with hostname",
    ],
)
def test_a_host_that_has_an_ipv6_address_only_gets_the_hint(message: str) -> None:
    # What libpq and the resolver say on a machine without IPv6, as nobody can promise to test on one.
    assert "IPv6 address only" in connection.hint(message)
