"""The files of this repository's own revisions."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest
from pglast import ast, enums, parse_sql
from pglast.visitors import Visitor

from dbtools.project import Project
from dbtools.revision import Contract

VERSIONS = Project.find(Path(__file__).parent).migrations / "versions"
# Landed before revisions could be marked.
SINCE = [path for path in sorted(VERSIONS.glob("*.up.sql")) if path.name[:4] > "0019"]

DROPPED = {
    enums.ObjectType.OBJECT_FUNCTION: "function",
    enums.ObjectType.OBJECT_MATVIEW: "view",
    enums.ObjectType.OBJECT_POLICY: "policy",
    enums.ObjectType.OBJECT_TABLE: "table",
    enums.ObjectType.OBJECT_VIEW: "view",
}


class Takings(Visitor):
    """What a script drops, and what it makes again under the same name."""

    def __init__(self) -> None:
        super().__init__()
        self.dropped: set[str] = set()
        self.made: set[str] = set()

    def visit_DropStmt(self, _: object, node: ast.DropStmt) -> None:  # noqa: N802
        if node.removeType in DROPPED:
            for dropped in node.objects or ():
                name = dropped.objname if isinstance(dropped, ast.ObjectWithArgs) else dropped
                self.dropped.add(f"{DROPPED[node.removeType]} {'.'.join(part.sval for part in name or ())}")

    def visit_AlterTableCmd(self, _: object, node: ast.AlterTableCmd) -> None:  # noqa: N802
        if node.subtype == enums.AlterTableType.AT_DropColumn:
            self.dropped.add(f"column {node.name}")

    def visit_FuncCall(self, _: object, node: ast.FuncCall) -> None:  # noqa: N802
        if [part.sval for part in node.funcname or ()] == ["cron", "unschedule"]:
            self.dropped.add("cron job")

    def visit_CreateFunctionStmt(self, _: object, node: ast.CreateFunctionStmt) -> None:  # noqa: N802
        self.made.add(f"function {'.'.join(part.sval for part in node.funcname or ())}")

    def visit_CreateTableAsStmt(self, _: object, node: ast.CreateTableAsStmt) -> None:  # noqa: N802
        assert node.into is not None
        assert node.into.rel is not None
        self.made.add(f"view {node.into.rel.schemaname}.{node.into.rel.relname}")

    def visit_CreatePolicyStmt(self, _: object, node: ast.CreatePolicyStmt) -> None:  # noqa: N802
        assert node.table is not None
        self.made.add(f"policy {node.table.schemaname}.{node.table.relname}.{node.policy_name}")


def taken_away(text: str) -> Iterator[str]:
    takings = Takings()
    takings(parse_sql(text))
    return iter(sorted(takings.dropped - takings.made))


@pytest.mark.parametrize("path", SINCE, ids=lambda path: path.name[:4])
def test_a_revision_that_takes_something_away_is_marked_as_a_contract(path: Path) -> None:
    file = path.with_name(path.name.replace(".up.sql", ".py"))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if taken := list(taken_away(path.read_text())):
        assert isinstance(getattr(module, "contract", None), Contract), f"{file.name} takes away {', '.join(taken)}"


def test_what_is_made_again_is_not_taken_away() -> None:
    text = """
    drop function public.f(int);
    create function public.f(int) returns int language sql return 1;
    drop function public.g();
    drop policy p on public.t;
    drop policy q on public.t;
    create policy p on public.t using (true);
    alter table public.t drop column a, add column b int;
    select cron.unschedule(jobid) from cron.job;
    """
    assert list(taken_away(text)) == ["column a", "cron job", "function public.g", "policy public.t.q"]
