"""What each revision did to which object, read from its frozen SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alembic.util import CommandError
from pglast import ast
from pglast.enums import AlterTableType, GrantTargetType, ObjectType

from dbtools import alembic_env
from dbtools.docs.references import key
from dbtools.errors import MigrationError
from dbtools.postgres.script import Script
from dbtools.project import Project

# Of what kind and name an object is, as far as a statement says: functions without their arguments.
Subject = tuple[str, str]

_ROUTINES = {
    ObjectType.OBJECT_FUNCTION,
    ObjectType.OBJECT_PROCEDURE,
    ObjectType.OBJECT_ROUTINE,
    ObjectType.OBJECT_AGGREGATE,
}
_RELATIONS = {
    ObjectType.OBJECT_TABLE,
    ObjectType.OBJECT_VIEW,
    ObjectType.OBJECT_MATVIEW,
    ObjectType.OBJECT_SEQUENCE,
    ObjectType.OBJECT_FOREIGN_TABLE,
}
_TYPES = {ObjectType.OBJECT_TYPE, ObjectType.OBJECT_DOMAIN}
_PARTS = {
    ObjectType.OBJECT_TRIGGER: "trigger",
    ObjectType.OBJECT_POLICY: "policy",
    ObjectType.OBJECT_RULE: "rule",
    ObjectType.OBJECT_TABCONSTRAINT: "constraint",
    ObjectType.OBJECT_COLUMN: "column",
}


@dataclass(frozen=True)
class Revision:
    """A revision, and what it did: verbs by subject, in the order of its statements. `unread`: what was not read."""

    id: str
    title: str
    did: Mapping[Subject, Sequence[str]] = field(default_factory=dict)
    unread: Sequence[str] = ()


def read(project: Project) -> list[Revision]:
    """The project's revisions, the oldest first.

    Raises:
        MigrationError: the history does not load, or a file of SQL is no text.
    """
    try:
        scripts = [*alembic_env.scripts(project).walk_revisions()][::-1]
    except CommandError as error:
        raise MigrationError(str(error)) from error
    return [_revision(script.revision, script.doc, Path(script.path).with_suffix(".up.sql")) for script in scripts]


def _revision(identity: str, title: str, path: Path) -> Revision:
    if not path.exists():
        return Revision(identity, title, unread=["what its Python does"])
    did: defaultdict[Subject, list[str]] = defaultdict(list)
    unread: dict[str, None] = {}
    for statement in Script.read(path).statements:
        if statement.node is None or isinstance(statement.node, ast.DoStmt):
            unread["a file that our parser does not know" if statement.node is None else "a DO block"] = None
            continue
        for subject, verb in _did(statement.node):
            if verb not in did[subject]:
                did[subject].append(verb)
    return Revision(identity, title, did, list(unread))


def of(revisions: Sequence[Revision], subject: Subject) -> list[tuple[Revision, Sequence[str]]]:
    """What was done to one object, the newest first."""
    return [(revision, revision.did[subject]) for revision in reversed(revisions) if subject in revision.did]


def _did(node: ast.Node) -> Iterator[tuple[Subject, str]]:  # noqa: PLR0912  (one case for each statement)
    match node:
        case ast.CreateStmt(relation=table) | ast.CreateForeignTableStmt(base=ast.CreateStmt(relation=table)):
            yield _relation(table), "created"
        case ast.ViewStmt(view=view) | ast.CreateTableAsStmt(into=ast.IntoClause(rel=view)):
            yield _relation(view), "written"
        case ast.AlterTableStmt(relation=table, cmds=commands):
            for command in commands or ():
                yield _relation(table), _altered(command)
        case ast.IndexStmt(relation=table, idxname=name):
            yield _relation(table), f"index {name or ''} created".replace("  ", " ")
        case ast.CreateFunctionStmt(funcname=name):
            yield ("function", _named(name)), "written"
        case ast.AlterFunctionStmt(func=ast.ObjectWithArgs(objname=name)):
            yield ("function", _named(name)), "altered"
        case ast.CreateTrigStmt(relation=table, trigname=name):
            yield _relation(table), f"trigger {name} written"
        case ast.CreatePolicyStmt(table=table, policy_name=name) | ast.AlterPolicyStmt(table=table, policy_name=name):
            yield _relation(table), f"policy {name} written"
        case ast.RuleStmt(relation=table, rulename=name):
            yield _relation(table), f"rule {name} written"
        case (
            ast.CreateEnumStmt(typeName=name) | ast.CreateDomainStmt(domainname=name) | ast.AlterEnumStmt(typeName=name)
        ):
            yield ("type", _named(name)), "altered" if isinstance(node, ast.AlterEnumStmt) else "created"
        case ast.CompositeTypeStmt(typevar=name):
            yield ("type", _relation(name)[1]), "created"
        case ast.CreateSchemaStmt(schemaname=name) if name:
            yield ("schema", name), "created"
        case ast.GrantStmt(targtype=GrantTargetType.ACL_TARGET_OBJECT, objects=objects, is_grant=given):
            for item in objects or ():
                subject = _granted(item)
                if subject:
                    yield subject, "granted" if given else "revoked"
        case ast.CommentStmt(objtype=kind, object=named):
            for subject, part in _addressed(kind, named):
                yield subject, f"comment {f'of {part} ' if part else ''}written"
        case ast.DropStmt(removeType=kind, objects=objects):
            for item in objects or ():
                for subject, part in _addressed(kind, item):
                    yield subject, f"{part} dropped".strip()
        case ast.RenameStmt(relation=table, newname=new, subname=old, renameType=kind) if table is not None:
            what = " ".join(filter(None, (_PARTS.get(kind or ObjectType.OBJECT_TABLE), old)))
            yield _relation(table), f"{what} renamed to {new}".strip()
        case ast.InsertStmt(relation=table) | ast.UpdateStmt(relation=table) | ast.DeleteStmt(relation=table):
            yield _relation(table), "rows changed"


def _altered(command: Any) -> str:  # noqa: PLR0911  (one return for each kind)
    name = command.name or ""
    match command.subtype:
        case AlterTableType.AT_AddColumn:
            return f"column {command.def_.colname} added"
        case AlterTableType.AT_DropColumn:
            return f"column {name} dropped"
        case AlterTableType.AT_AddConstraint:
            return f"constraint {command.def_.conname or ''} added".replace("  ", " ")
        case AlterTableType.AT_DropConstraint:
            return f"constraint {name} dropped"
        case AlterTableType.AT_EnableRowSecurity:
            return "row security switched on"
        case AlterTableType.AT_DisableRowSecurity:
            return "row security switched off"
        case AlterTableType.AT_ColumnDefault | AlterTableType.AT_SetNotNull | AlterTableType.AT_DropNotNull:
            return f"column {name} altered"
        case AlterTableType.AT_AlterColumnType:
            return f"type of column {name} altered"
    return f"{name} altered".strip()


def _relation(node: Any) -> Subject:
    return ("relation", key(node.schemaname or "public", node.relname))


def _named(parts: Any) -> str:
    words = [part.sval for part in parts]
    return key(words[-2] if len(words) > 1 else "public", words[-1])


def _granted(item: Any) -> Subject | None:
    match item:
        case ast.RangeVar():
            return _relation(item)
        case ast.ObjectWithArgs(objname=name):
            return ("function", _named(name))
        case ast.String(sval=name):
            return ("schema", str(name))
    return None


def _addressed(kind: Any, item: Any) -> Iterator[tuple[Subject, str]]:
    """What a comment or a drop names: the object, and the part of it if it is one."""
    if kind in _ROUTINES and isinstance(item, ast.ObjectWithArgs):
        yield ("function", _named(item.objname)), ""
    elif kind in _TYPES and isinstance(item, ast.TypeName):
        yield ("type", _named(item.names)), ""
    elif kind == ObjectType.OBJECT_SCHEMA and isinstance(item, ast.String):
        yield ("schema", str(item.sval)), ""
    elif isinstance(item, tuple) and kind in _RELATIONS:
        yield ("relation", _named(item)), ""
    elif isinstance(item, tuple) and kind in _PARTS and len(item) > 1:
        yield ("relation", _named(item[:-1])), f"{_PARTS[kind]} {item[-1].sval}"
