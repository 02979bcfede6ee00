"""What earlier revisions took from `sql/`, and the text that they took.

A revision's `.py` file says in `from_sql` which files of `sql/` its `.up.sql` holds copies of. Revisions from before
there was such a thing are silent: up to the one that `taken_until` in `[tool.dbtools]` names, all that they create is
held to be taken, except by the first, the baseline. An object that no revision took is not `sql/`'s to drop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pglast import ast
from pglast.enums import AlterTableType, GrantTargetType, ObjectType
from pglast.parser import ParseError, parse_sql, split

from dbtools import alembic_env
from dbtools.errors import ConfigError
from dbtools.model.declared import Declared
from dbtools.postgres.script import text_of
from dbtools.project import Project
from dbtools.project.revisions import replaced
from dbtools.project.sql_folder import at, declared, named

# Kind, schema, name, and a trigger's table.
Name = tuple[str, str, str, str]

_FENCE = (
    AlterTableType.AT_EnableRowSecurity,
    AlterTableType.AT_DisableRowSecurity,
    AlterTableType.AT_ForceRowSecurity,
    AlterTableType.AT_NoForceRowSecurity,
)
_ROUTINES = (ObjectType.OBJECT_FUNCTION, ObjectType.OBJECT_PROCEDURE, ObjectType.OBJECT_ROUTINE)
_RELATIONS = (ObjectType.OBJECT_TABLE, ObjectType.OBJECT_VIEW, ObjectType.OBJECT_MATVIEW)
_PARTS = (ObjectType.OBJECT_COLUMN, ObjectType.OBJECT_POLICY)


@dataclass(frozen=True)
class History:
    """What `sql/` and the revisions have had to do with each other.

    `known`: what `sql/` holds, or revisions once took from it, which are `taken`; `texts`: the newest text that made
    each object.
    """

    known: tuple[Declared, ...]
    texts: Mapping[Declared, str]
    taken: frozenset[Declared] = frozenset()


def read(project: Project) -> History:
    """The history of a project's revisions, from the first to the newest.

    Raises:
        ConfigError: a revision says that it took a file from where none belongs, or `taken_until` names no revision.
    """
    taken: set[Declared] = set()
    texts: dict[Declared, str] = {}
    directory = alembic_env.scripts(project)
    revisions = [*directory.walk_revisions()][::-1]
    names = [revision.revision for revision in revisions]
    silent_until = project.taken_until if project.taken_until not in replaced(directory) else ""
    if silent_until and silent_until not in names:
        raise ConfigError(f"there is no revision {project.taken_until}", hint="taken_until in [tool.dbtools] names one")
    silent = names[1 : names.index(silent_until) + 1] if silent_until else []
    for revision in revisions:
        file = Path(revision.path).with_suffix(".up.sql")
        made = dict(_made(project, text_of(file))) if file.exists() else {}
        texts |= made
        if revision.revision in silent:
            taken |= made.keys()
        taken |= {at(project, project.root / path) for path in getattr(revision.module, "from_sql", ())}
    return History(tuple(sorted(taken.union(declared(project)))), texts, frozenset(taken))


def _made(project: Project, text: str) -> Iterator[tuple[Declared, str]]:
    """The objects that SQL creates, each with the statements about it as they stand together, comments and all."""
    try:
        statements = [
            (part, raw.stmt) for part, raw in zip(split(text, only_slices=True), parse_sql(text), strict=True)
        ]
    except ParseError:
        return
    item: Declared | None = None
    start = end = 0
    whole = False
    for part, statement in [*statements, (slice(len(text), None), None)]:
        about = _about(statement)
        if item is None or about not in _names(item):
            if item and whole:
                yield item, text[start:end] + "\n"
            item, whole = (named(project, *about) if about else None), False
            start = part.start - _comment_above(text[end : part.start])
        end = text.find(";", part.start if part.stop is None else part.stop) + 1 or len(text)
        whole = whole or _creates(statement)


def _comment_above(gap: str) -> int:
    """How much of what stands between two statements is a comment right above the second one."""
    return len(gap.rpartition("\n\n")[2].lstrip("\n"))


def _names(item: Declared) -> list[Name]:
    """What statements about an object are about; of a view, those about it as a table too."""
    kinds = ("view", "policies") if item.kind == "view" else (item.kind,)
    return [(kind, item.schema, item.name, item.table) for kind in kinds]


def _creates(statement: Any) -> bool:
    """Whether a statement makes an object from nothing, so that those behind it complete the object."""
    revokes_all = isinstance(statement, ast.GrantStmt) and not (statement.is_grant or statement.privileges)
    return isinstance(statement, _CREATES) or (revokes_all and statement.objtype == ObjectType.OBJECT_TABLE)


def _about(statement: Any) -> Name | None:
    """The object of `sql/` that a statement is about, if it is about one; a table's are its policies."""
    about = _ABOUT.get(type(statement))
    return about(statement) if about else None


def _comment(statement: Any) -> Name | None:
    what = statement.objtype
    if what == ObjectType.OBJECT_TRIGGER:
        kind, schema, table, _ = _of("trigger", statement.object[:-1])
        return (kind, schema, statement.object[-1].sval, table)
    if what in _ROUTINES:
        return _of("function", statement.object.objname)
    if what in _RELATIONS:
        return _of("policies", statement.object)
    return _of("policies", statement.object[:-1]) if what in _PARTS else None


def _grant(statement: Any) -> Name | None:
    if statement.targtype != GrantTargetType.ACL_TARGET_OBJECT or len(statement.objects) > 1:
        return None
    [one] = statement.objects
    if statement.objtype in _ROUTINES:
        return _of("function", one.objname)
    return _on("policies", one) if statement.objtype == ObjectType.OBJECT_TABLE else None


def _of(kind: str, parts: Sequence[Any]) -> Name:
    *schema, name = (part.sval for part in parts)
    return (kind, schema[0] if schema else "public", name, "")


def _on(kind: str, relation: Any) -> Name:
    return (kind, relation.schemaname or "public", relation.relname, "")


_CREATES = (ast.CreateFunctionStmt, ast.CreateTrigStmt, ast.ViewStmt, ast.CreateTableAsStmt, ast.CreatePolicyStmt)
_ABOUT: dict[type, Callable[[Any], Name | None]] = {
    ast.CreateFunctionStmt: lambda s: _of("function", s.funcname),
    ast.AlterFunctionStmt: lambda s: _of("function", s.func.objname),
    ast.AlterOwnerStmt: lambda s: _of("function", s.object.objname) if s.objectType in _ROUTINES else None,
    ast.CreateTrigStmt: lambda s: ("trigger", s.relation.schemaname or "public", s.trigname, s.relation.relname),
    ast.ViewStmt: lambda s: _on("view", s.view),
    ast.CreateTableAsStmt: lambda s: _on("view", s.into.rel) if s.objtype == ObjectType.OBJECT_MATVIEW else None,
    ast.IndexStmt: lambda s: _on("policies", s.relation),
    ast.CreatePolicyStmt: lambda s: _on("policies", s.table),
    ast.AlterPolicyStmt: lambda s: _on("policies", s.table),
    ast.DropStmt: lambda s: _of("policies", s.objects[0][:-1]) if s.removeType == ObjectType.OBJECT_POLICY else None,
    ast.AlterTableStmt: lambda s: _on("policies", s.relation) if all(c.subtype in _FENCE for c in s.cmds) else None,
    ast.CommentStmt: _comment,
    ast.GrantStmt: _grant,
}
