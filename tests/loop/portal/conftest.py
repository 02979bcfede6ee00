"""One API for all that a portal does with it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.conftest import missing
from tests.loop.conftest import Database
from tests.support import lite
from tests.support.lite import Api


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    if not lite.INSTALLED.exists():
        missing("@supabase/lite is not installed: npm install --prefix tests/npm")
    with lite.serve(tmp_path_factory.mktemp("lite")) as running:
        yield running


@pytest.fixture
def database(api: Api) -> Iterator[Database]:
    """The database behind the API, and a user of it."""
    with psycopg.connect(api.database_url, autocommit=True) as owner:
        yield Database(owner)
