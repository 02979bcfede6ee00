"""The pages over a scene, as the project's owner's login shows them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import httpx
import pytest

from dbtools.postgres.shadow import ADMIN
from loop.sentinel import OperatorOptions, SentinelOptions
from loop.sentinel.server import background_pages
from tests.conftest import Connect
from tests.support.scene import paint

TOKEN = "correct-horse-battery-staple"


@pytest.fixture
def scene(head_url: str, connect: Connect) -> str:
    """The URL of a database with the scene in it, as its owner."""
    paint(connect(head_url, user=ADMIN))
    return head_url


@pytest.fixture
def pages(scene: str, sentinel_options: SentinelOptions) -> Iterator[str]:
    """Where the pages are, with everything that the owner's login may."""
    options = OperatorOptions(TOKEN, database_url=scene)
    with background_pages(dataclasses.replace(sentinel_options, operator=options)) as url:
        yield url


@pytest.fixture
def poor_pages(scene: str, sentinel_options: SentinelOptions) -> Iterator[str]:
    """Where they are with the sentinel's own login."""
    with background_pages(dataclasses.replace(sentinel_options, operator=OperatorOptions(TOKEN))) as url:
        yield url


@pytest.fixture
def operator(pages: str) -> Iterator[httpx.Client]:
    """A client with the token."""
    with httpx.Client(base_url=pages, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=20) as client:
        yield client
