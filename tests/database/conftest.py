"""What several tests begin with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from dbtools.config import Project
from dbtools.shadow import ADMIN
from tests.conftest import Connect
from tests.database.revisions import Repository
from tests.database.system import Row, assign, create_job, new_node, new_user
from tests.database.world import World


@pytest.fixture
def taken(db: psycopg.Connection) -> list[Row]:
    """Three chunks of one job, assigned to its owner's node, the only one."""
    user = new_user(db)
    new_node(db, user)
    create_job(db, user, 3000)
    return sorted(assign(db), key=lambda chunk: int(chunk["seed_offset"]))


@pytest.fixture
def repository(tmp_path: Path, project: Project) -> Iterator[Repository]:
    """Another repository that uses dbtools, without a revision."""
    with closing(Repository.create(tmp_path, project)) as made:
        yield made


@pytest.fixture
def world(upgraded_url: str, connect: Connect) -> World:
    return World(connect(upgraded_url, user=ADMIN), connect(upgraded_url))
