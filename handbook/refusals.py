"""The page of the errors: what each code means, and every message with what to do about it, from where it is raised."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_CLASS = re.compile(r"[A-Z]\w*Error$")


@dataclass(frozen=True)
class Kind:
    """A class of errors: its code, and what its docstring says."""

    code: str
    meaning: str


def page(root: Path) -> str:
    """Every code of both products and of the database's functions, with cause and way out, as Markdown."""
    parts = [
        "# Errors\n",
        "Written from where they are raised; `…` stands for what differs from case to case. A command that fails\n"
        "prints `error: MESSAGE` and `hint: WHAT TO DO`, and ends with 2.\n",
    ]
    for product in ("dbtools", "loop"):
        parts.append(f"## {product}\n")
        kinds = _kinds(root / product)
        raised = _raised(root / product, kinds)
        for code in sorted({kind.code for kind in kinds.values()} - {"error"}):
            meanings = dict.fromkeys(kind.meaning for kind in kinds.values() if kind.code == code)
            parts += [f"### {product}: {code}\n", "\n\n".join(meanings), "", *_table("message", raised[code])]
    parts.append("## The database's functions\n")
    parts.append("As PostgREST answers them: the code stands in `details`, the status is the answer's.\n")
    for code, (status, rows) in sorted(_refused(root / "sql").items()):
        parts += [f"### {code}\n", f"HTTP {status}.\n", *_table("message", rows)]
    return "\n".join(parts)


def _kinds(folder: Path) -> dict[str, Kind]:
    """By class name: what has a code of its own, or its base's."""
    kinds: dict[str, Kind] = {}
    classes = [node for path in sorted(folder.rglob("*.py")) for node in ast.walk(ast.parse(path.read_text()))]
    for node in classes:
        if not isinstance(node, ast.ClassDef) or not _CLASS.search(node.name):
            continue
        codes = [
            statement.value.value
            for statement in node.body
            if isinstance(statement, ast.Assign)
            and isinstance(statement.value, ast.Constant)
            and [ast.unparse(target) for target in statement.targets] == ["code"]
        ]
        if codes:
            meaning = " ".join((ast.get_docstring(node) or "").split())
            kinds[node.name] = Kind(str(codes[0]), meaning)
    return kinds


def _raised(folder: Path, kinds: dict[str, Kind]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_text())
        constants = dict(_constants(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds and node.args:
                hints = [word.value for word in node.keywords if word.arg == "hint"]
                row = (_said(node.args[0], constants), _said(hints[0], constants) if hints else "")
                if row[0] != "…":
                    found[kinds[node.func.id].code].append(row)
    return found


def _constants(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value


def _said(node: ast.expr, constants: dict[str, ast.expr]) -> str:
    """A text as the code puts it together; what it gets from elsewhere is an ellipsis."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_said(value, constants) for value in values)
        case ast.Name(id=name) if name in constants:
            return _said(constants[name], {})
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _said(left, constants) + _said(right, constants)
    return "…"


def _refused(folder: Path) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    """By code: the status, and the messages with their hints, of each call of private.refuse."""
    found: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    for path in sorted(folder.rglob("*.sql")):
        text = path.read_text()
        for call in re.finditer(r"private\.refuse\(\s*(?=\d)", text):
            status, code, message, hint = _arguments(text[call.end() :])
            _, rows = found.setdefault(_literal(code), (status, []))
            if (row := (_literal(message), _literal(hint))) not in rows:
                rows.append(row)
    return found


def _arguments(text: str) -> tuple[str, str, str, str]:
    """The four arguments of a call whose text begins after its parenthesis."""
    depth, begin, parts = 0, 0, []
    for token in re.finditer(r"'(?:[^']|'')*'|[(),]", text):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth < 0 or (depth == 0 and token[0] == ","):
            parts.append(text[begin : token.start()])
            begin = token.end()
        if depth < 0:
            break
    status, code, message, hint = parts
    return status, code, message, hint


def _literal(argument: str) -> str:
    """What an SQL expression says: its first string, with an ellipsis where `format` puts something in."""
    found = re.search(r"'((?:[^']|'')*)'", argument)
    return re.sub(r"%[sLI]", "…", found[1].replace("''", "'")) if found else "…"


def _table(heading: str, rows: list[tuple[str, str]]) -> list[str]:
    if not rows:
        return []
    cells = [tuple(" ".join(text.split()).replace("|", "\\|").replace("<", "\\<") for text in row) for row in rows]
    return [
        f"| {heading} | what to do |",
        "|---|---|",
        *(f"| {said} | {hint} |" for said, hint in dict.fromkeys(cells)),
        "",
    ]
