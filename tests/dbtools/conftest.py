"""What several tests of the tool begin with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dbtools.project import Project
from tests.support.repository import Repository


@pytest.fixture
def repository(tmp_path: Path, project: Project) -> Iterator[Repository]:
    """Another repository that uses dbtools, without a revision."""
    with closing(Repository.create(tmp_path, project)) as made:
        yield made
