"""What several tests of the job system's SQL begin with."""

from __future__ import annotations

import psycopg
import pytest

from dbtools.postgres.shadow import ADMIN
from tests.conftest import Connect
from tests.support.crowd import Crowd
from tests.support.system import Row, assign, create_job, new_node, new_user
from tests.support.world import World


@pytest.fixture
def taken(db: psycopg.Connection) -> list[Row]:
    """Three chunks of one job, assigned to its owner's node, the only one."""
    user = new_user(db)
    new_node(db, user)
    create_job(db, user, 3000)
    return sorted(assign(db), key=lambda chunk: int(chunk["seed_offset"]))


@pytest.fixture
def world(upgraded_url: str, connect: Connect) -> World:
    return World(connect(upgraded_url, user=ADMIN), connect(upgraded_url))


@pytest.fixture
def crowd(db: psycopg.Connection) -> Crowd:
    return Crowd(db)
