"""The folder of the Supabase CLI's files, `supabase/migrations/VERSION_SLUG.sql`.

A file first refuses a database that is not at the revision before its own, then holds the revision's SQL, and ends by
noting its revision in `alembic_version`.

A version looks like a time stamp, because the CLI wants one, but it only counts: a file that is there keeps its own, a
new one gets the second after the last. It is the folder that remembers, so it is committed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.script import Script
from alembic.util import CommandError

from dbtools.errors import ConfigError, MigrationError
from dbtools.model.quoting import identifier, literal
from dbtools.postgres import offline
from dbtools.project import Project, revisions
from dbtools.project.revisions import explained

PATH = Path("supabase/migrations")

_FIRST_LINE = "-- Revision {}, written by `dbtools export`: an edit made here is lost."
_REVISION = re.compile(re.escape(_FIRST_LINE).replace(r"\{\}", r"(\S+)"))
_FILE_NAME = re.compile(r"([0-9]+)_(.*)\.sql")  # the CLI passes over any other
_STAMP = "%Y%m%d%H%M%S"
# The CLI passes over a first file named `init` if its time stamp is from before December 2021.
_BEFORE_ALL = "20220101000000"

_VERSION_TABLE = """\
create schema if not exists {schema};
create table if not exists {schema}.alembic_version (
  version_num varchar(32) not null, constraint alembic_version_pkc primary key (version_num)
);
revoke all on {schema}.alembic_version from {roles};

"""

_TEXT = """\
{first_line}

{version_table}\
do $before$
declare
  found text := coalesce(
    (select string_agg(version_num, ', ' order by version_num collate "C") from {schema}.alembic_version), 'base'
  );
begin
  if found <> {before} then
    raise exception using
      message = format('revision %s follows %s, but this database is at %s', {revision}, {before}, found),
      hint = 'which versions to repair: dbtools export --check --db-url URL';
  end if;
end
$before$;

{body}

{note}
"""


@dataclass(frozen=True)
class Exported:
    """A file as it should be: its revision, the version and name that the CLI takes from the file's name, its text."""

    revision: str
    version: str
    name: str
    text: str

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.version}_{self.name}.sql"


def found(project: Project) -> dict[str, Path]:
    """The exported files that are there, by revision; the first one, should there be two of the same."""
    return {revision: path for path in reversed(_paths(project)) if (revision := _revision(path))}


def is_ours(path: Path) -> bool:
    """Whether a file was exported, and not written by somebody else."""
    return _revision(path) is not None


def squashed(migrations: Path) -> Path:
    """Where the exported files are kept of revisions that a squash has replaced."""
    return revisions.squashed(migrations) / "supabase"


def replaced(project: Project) -> dict[str, Path]:
    """The exported files, by revision, of what a squash has replaced."""
    there = sorted(squashed(project.migrations).glob("*.sql"))
    return {revision: path for path in there if (revision := _revision(path))}


def wanted(project: Project) -> list[Exported]:
    """Every revision as the file that it should be, in the order in which the CLI runs them.

    Raises:
        ConfigError: a file in the folder has a version that is no time stamp.
        MigrationError: a revision cannot be written as SQL, or the folder's order contradicts the revisions'.
    """
    versions = {revision: _version(path) for revision, path in found(project).items()}
    last = max([_BEFORE_ALL, *map(_version, _paths(project))])
    bodies: dict[str, tuple[Script, str]] = {}
    for script, body in _bodies(project):
        revision = script.revision
        if revision not in versions:
            versions[revision] = last = _after(last)
        bodies[revision] = script, body
        for parent in _parents(script):
            if versions[parent] > versions[revision]:
                raise MigrationError(
                    f"revision {revision} follows {parent}, but its file in {PATH} comes before that one's",
                    hint=f"remove the files of {revision} and of all that follow it, and export again",
                )
    made: list[Exported] = []
    heads: set[str] = set()
    for revision in sorted(bodies, key=versions.__getitem__):
        script, body = bodies[revision]
        name = Path(script.path).stem.removeprefix(f"{revision}_")
        made.append(Exported(revision, versions[revision], name, _text(project, script, body, heads)))
        heads = heads - _parents(script) | {revision}
    return made


def states(project: Project, exported: Collection[Exported]) -> dict[str, str]:
    """The names of the files that are not as they should be: `new`, `changed`, `removed` or `foreign`."""
    there = {path.name: path for path in _paths(project)}
    should = {one.file: one.text for one in exported}
    made: dict[str, str] = {}
    for name in sorted(should.keys() | there.keys()):
        if name not in there:
            made[name] = "new"
        elif name not in should:
            made[name] = "removed" if _revision(there[name]) else "foreign"
        elif there[name].read_bytes() != should[name].encode():
            made[name] = "changed"
    return made


def write(project: Project, exported: Collection[Exported], states: Mapping[str, str]) -> None:
    """Do what `states` says, each file complete or not at all; a foreign file stays."""
    folder = project.root / PATH
    folder.mkdir(parents=True, exist_ok=True)
    for one in exported:
        if one.file in states:
            part = folder / f".{one.file}.part"
            part.write_bytes(one.text.encode())
            part.replace(folder / one.file)
    for name, state in states.items():
        if state == "removed":
            (folder / name).unlink()


def _bodies(project: Project) -> Iterator[tuple[Script, str]]:
    """Each revision with the SQL of its upgrade, as Alembic's offline mode makes it, parents first."""
    configuration = revisions.configuration(project)
    buffer = io.StringIO()
    try:
        directory = revisions.scripts(project)
        if len(directory.get_heads()) > 1:
            raise MigrationError("the revisions have more than one head", hint="alembic merge heads -m '…'")
        with EnvironmentContext(configuration, directory, as_sql=True) as environment:
            # No BEGIN and COMMIT in between: the CLI knows itself what has to run outside of a file's transaction.
            environment.configure(**offline.DIALECT, output_buffer=buffer, transactional_ddl=False)
            offline.print_exactly(environment.get_context())
            with Operations.context(environment.get_context()):
                for script in reversed(list(directory.walk_revisions())):
                    _print(script)
                    yield script, buffer.getvalue().strip()
                    buffer.seek(0)
                    buffer.truncate()
    except CommandError as error:
        raise MigrationError(str(error)) from error


def _print(script: Script) -> None:
    """Run a revision's `upgrade` in offline mode.

    Raises:
        MigrationError: it does not get to its end without a database.
    """
    try:
        script.module.upgrade()
    except Exception as error:
        raise explained(script, error, "cannot be written as SQL") from error


def _text(project: Project, script: Script, body: str, heads: set[str]) -> str:
    """A file's text; `heads` are what `alembic_version` holds before it."""
    schema = identifier(project.version_table_schema)
    revision = literal(script.revision)
    replaced = sorted(heads & _parents(script))
    note = [f"delete from {schema}.alembic_version where version_num = {literal(one)};" for one in replaced]  # noqa: S608
    note.append(f"insert into {schema}.alembic_version (version_num) values ({revision});")  # noqa: S608
    return _TEXT.format(
        first_line=_FIRST_LINE.format(script.revision),
        version_table="" if heads else _VERSION_TABLE.format(schema=schema, roles=", ".join(_roles(project))),
        schema=schema,
        before=literal(", ".join(sorted(heads)) or "base"),
        revision=revision,
        body=body,
        note="\n".join(note),
    )


def _roles(project: Project) -> list[str]:
    """The roles that requests come as, on the platform that the project stands on."""
    # Not needed by an upgrade, which loads this module.
    from dbtools.platform.ground import of_project  # noqa: PLC0415
    from dbtools.platform.ownership import Ownership  # noqa: PLC0415

    return ["public", *map(identifier, Ownership.of(of_project(project.migrations)).api_roles)]


def _paths(project: Project) -> list[Path]:
    """What the CLI takes for migrations, in its order."""
    return sorted(path for path in (project.root / PATH).glob("*.sql") if _FILE_NAME.fullmatch(path.name))


def _version(path: Path) -> str:
    return path.name.partition("_")[0]


def _revision(path: Path) -> str | None:
    """The revision that a file was exported from; None for a file that is not ours."""
    with path.open(encoding="utf-8", errors="replace") as file:
        first = _REVISION.match(file.readline())
    return first[1] if first else None


def _after(version: str) -> str:
    try:
        return (datetime.strptime(version, _STAMP) + timedelta(seconds=1)).strftime(_STAMP)
    except ValueError as error:
        raise ConfigError(f"{version} in {PATH} is no time stamp", hint="a version is YYYYMMDDhhmmss") from error


def _parents(script: Script) -> set[str]:
    down = script.down_revision
    return {down} if isinstance(down, str) else set(down or ())
