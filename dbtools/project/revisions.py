"""The project's revisions, as Alembic knows them; and those that a squash has replaced, for whom they are still there.

`migrations/squashed/` holds the revisions that one baseline has replaced. The baseline has the newest one's name, so a
database that is there has nothing to do. For one that is further back, or is to go there, the history is the old one
with all its steps, and goes on with what came after the squash.
"""

from __future__ import annotations

import inspect
import traceback
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from dbtools.errors import MigrationError
from dbtools.project import Project

# Alembic and SQLAlchemy take longer to load than a database takes to read, and most commands get along without them.
if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import Script, ScriptDirectory


def configuration(project: Project) -> Config:
    """An Alembic configuration for calling `alembic.command` functions from Python."""
    from alembic.config import Config  # noqa: PLC0415  (as above)

    made = Config(file_=project.ini, toml_file=project.root / "pyproject.toml")
    # What Alembic would look for from the current folder is the project's wherever one is.
    made.set_main_option("script_location", str(project.migrations).replace("%", "%%"))
    made.attributes["project"] = project
    return made


def scripts(project: Project, at: Iterable[str] = ()) -> ScriptDirectory:
    """The project's revisions; with those that a squash has replaced, if one of the revisions `at` is of these.

    Raises:
        MigrationError: they cannot be loaded.
    """
    from alembic.script import ScriptDirectory  # noqa: PLC0415  (as above)
    from alembic.script.revision import RevisionError  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    try:
        directory = ScriptDirectory.from_config(configuration(project))
        with warnings.catch_warnings():
            # Alembic goes on with one of the two.
            warnings.filterwarnings("error", message="Revision .* is present more than once")
            warnings.filterwarnings("ignore", message="Revision .* is not present")
            # All of them are read here, and nothing is left to fail later without a word of which it was.
            assert directory.revision_map._revision_map is not None  # noqa: S101  (it reads)
        reach(directory, at)
    except UserWarning as error:
        raise MigrationError(
            f"the revisions cannot be loaded: {error}",
            hint="where two branches took the same number, give one of them another, in its files and in their names",
        ) from error
    except (CommandError, RevisionError) as error:
        raise MigrationError(f"the revisions cannot be loaded: {error}") from error
    except KeyError as error:
        raise MigrationError(
            f"a revision follows {error}, which is not there", hint="bring its file back, or mend down_revision"
        ) from error
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        # A syntax error says itself where it is.
        place = "" if isinstance(error, SyntaxError) else f"{Path(where.filename).name}, line {where.lineno}: "
        raise MigrationError(f"the revisions cannot be loaded: {place}{type(error).__name__}: {error}") from error
    return directory


def heads(project: Project) -> list[str]:
    """The newest revisions of the project's history: one, unless branches wait to be merged."""
    return scripts(project).get_heads()


def base(project: Project) -> str:
    """The oldest revision of the project's history, before any squash that is kept; empty where there is none."""
    old = replaced(scripts(project))
    return next(iter(scripts(project, old).get_bases()), "")


def recorded(connection: psycopg.Connection, project: Project) -> tuple[str, ...]:
    """Where a database is, by its own account; nothing where it never was. In the connection's transaction.

    Raises:
        MigrationError: it keeps that in another schema than the project says.
        psycopg.Error: the table may not be read.
    """
    names = [
        sql.Identifier(schema, "alembic_version").as_string() for schema in (project.version_table_schema, "public")
    ]
    there = connection.execute("select to_regclass(%s) is not null, to_regclass(%s) is not null", names).fetchone()
    if there == (False, True):
        raise MigrationError(
            f"the database keeps its revision in {names[1]}, and the project in {names[0]}",
            hint='in pyproject.toml, below [tool.dbtools]: version_table_schema = "public"',
        )
    if there == (False, False):
        return ()
    return tuple(str(row[0]) for row in connection.execute(f"select version_num from {names[0]}".encode()))  # noqa: S608


def squashed(migrations: Path) -> Path:
    """Where the revisions are kept that a squash has replaced."""
    return migrations / "squashed"


def reach(directory: ScriptDirectory, names: Iterable[str]) -> None:
    """Let a directory's history be the one from before the squash, if one of the names is only known there."""
    from alembic.script.revision import RevisionMap  # noqa: PLC0415  (as above)

    there = squashed(Path(directory.dir))
    wanted = set(names)
    if not wanted or not there.is_dir():
        return
    new = {script.revision: script for script in directory.walk_revisions()}
    if wanted <= new.keys():
        return
    old = {script.revision: script for script in _load(directory, there)}
    if wanted & (old.keys() - new.keys()):
        directory.revision_map = RevisionMap((new | old).values)


def replaced(directory: ScriptDirectory) -> dict[str, str]:
    """Revisions that a squash has replaced, by name, with the one that stands in their place."""
    return {
        name: script.revision
        for script in directory.walk_revisions()
        for name in getattr(script.module, "replaces", ())
        if name != script.revision
    }


def explained(script: Script, error: Exception, what: str) -> MigrationError:
    """What a revision's own Python code ran into, with the line at which it did.

    Args:
        script: the revision.
        error: whatever it was.
        what: what became of the revision, in words.
    """
    if isinstance(error, MigrationError):
        return MigrationError(f"revision {script.revision} {what}: {error.message}", hint=error.hint)
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == Path(script.path)]
    where = f"{Path(script.path).name}, line {lines[-1].lineno}: " if lines else ""
    said = f"{where}{type(error).__name__}: {str(error).partition(chr(10))[0]}"
    return MigrationError(f"revision {script.revision} {what}: {said}", hint=_hint(script, error))


def _hint(script: Script, error: Exception) -> str:
    """What to do about what a revision of a kind does that is not followed here."""
    if isinstance(error, TypeError) and inspect.signature(script.module.upgrade).parameters:
        return (
            "its upgrade() takes an argument, as for several databases at once (Alembic's template multidb); here each "
            "database has a migrations folder and a [tool.alembic] of its own"
        )
    if "MockConnection" in str(error):
        return "it asks the database while it runs (op.get_bind), and there is none: let its SQL ask, in a do block"
    return ""


def _load(directory: ScriptDirectory, folder: Path) -> Iterator[Script]:
    from alembic.script import Script  # noqa: PLC0415  (as above)

    for path in Script._list_py_dir(directory, folder):
        if (script := Script._from_path(directory, path)) is not None:
            yield script
