"""From a `Site` to files: HTML that opens from a disk, or Markdown that a forge shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers.sql import PostgresLexer

from dbtools.docs.diagram import mermaid
from dbtools.docs.security import COMMANDS
from dbtools.docs.site import Site
from dbtools.model.declared import RELATIONS
from dbtools.model.snapshot import Object

Format = Literal["html", "markdown"]

HERE = Path(__file__).parent
SUFFIX: Mapping[Format, str] = {"html": ".html", "markdown": ".md"}
_INDEX: Mapping[Format, str] = {"html": "index", "markdown": "README"}
# Longer ones are cut where they stand in a list; an object's own page has all.
_SUMMARY = 160
# The classes of Pygments' tokens that style.css knows. Its lexer takes the dot in a name for a number with a fraction.
_COLOURED = frozenset({"k", "kt", "s", "s1", "sb", "mi", "c1", "cm"})
# What would move text about or vanish: C0 and C1 controls but for line ends and tabs, and marks of direction.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_MEANING = re.compile(r"([\\`*\[\]{}|~$])|(?<!\w)_|_(?!\w)|^(\s*)([#+-])(?=\s)")


def render(site: Site, form: Format) -> dict[str, bytes]:
    """All files of a site by their path in its folder; the same site gives the same bytes."""
    environment = _environment(form)
    environment.globals.update(
        site=site, commands=COMMANDS, relations=RELATIONS, suffix=SUFFIX[form], index=_INDEX[form] + SUFFIX[form]
    )
    # Escaped as Mermaid wants it.
    environment.globals["mermaid"] = lambda names, keys: Markup(  # noqa: S704
        mermaid([site.entity(name, with_columns=False) for name in names], keys, lambda text: str(visible(text)))
    )
    # A number for each schema's colour.
    environment.globals["tint"] = {name: number % 8 for number, name in enumerate(site.schemas)}
    files = {}
    for name, template, values in _pages(site, form):
        path = _INDEX[form] if name == "index" else name
        root = "../" * path.count("/")
        text = environment.get_template(template + SUFFIX[form]).render(root=root, path=path, **values)
        files[path + SUFFIX[form]] = (re.sub(r"\n{3,}", "\n\n", text).strip() + "\n").encode()
    if form == "html":
        files |= {path.name: path.read_bytes() for path in sorted((HERE / "static").iterdir())}
        files["search-index.js"] = _search_index(site).encode()
    return files


def _pages(site: Site, form: Format) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Each page: its path without extension, its template, and what it is about."""
    yield "index", "index", {}
    for name in ("diagram", "functions", "security", "grants", "platform"):
        if name != "diagram" or form == "html":
            yield name, name, {}
    if site.revisions is not None:
        yield "history", "history", {}
    for schema in site.schemas:
        yield site.pages[f"schema {schema}"], "schema", {"schema": schema}
    for item in site.relations:
        yield site.pages[item.identity], "table", {"item": item}
    for item in site.functions:
        yield site.pages[item.identity], "function", {"item": item}


def _environment(form: Format) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates" / form),
        # In Markdown too: what a macro returns is markup then, and is not escaped once more.
        autoescape=True,
        finalize=visible if form == "html" else markdown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"summary": summary, "sql": _highlighted, "code": code, "fence": fence, "bytes": _bytes}
    return environment


def visible(value: object) -> object:
    """A text with what cannot be seen in it written as what it is, such as U+202E; what is markup stays."""
    if isinstance(value, Markup) or not isinstance(value, str) or (value.isascii() and value.isprintable()):
        return value
    return _INVISIBLE.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", value)


def markdown(value: object) -> object:
    """A text that Markdown shows as it is, on one line; what is markup stays."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    text = " ".join(str(visible(value)).split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Markup(_MEANING.sub(lambda found: f"{found[2] or ''}\\{found[0].lstrip()}", text))  # noqa: S704


def code(value: str) -> Markup:
    """A short piece of code in Markdown, on one line, also in a table; as HTML, which backquotes cannot end."""
    text = " ".join(str(visible(value)).split())
    for meaning in "&<>|`*_[]\\~$":
        text = text.replace(meaning, f"&#{ord(meaning)};") if meaning != "&" else text.replace("&", "&amp;")
    return Markup(f"<code>{text}</code>")  # noqa: S704  (escaped above)


def fence(value: str, language: str = "sql") -> Markup:
    """A block of code in Markdown, fenced by more backquotes than it has."""
    longest = max((len(run) for run in re.findall("`+", value)), default=0)
    ticks = "`" * max(3, longest + 1)
    return Markup(f"{ticks}{language}\n{visible(value)}\n{ticks}")  # noqa: S704  (nothing in a fence is markup)


def summary(text: str) -> str:
    """The first sentence of a comment, or as much of it as a list has room for."""
    flat = " ".join(text.split())
    first = re.split(r"(?<=[.!?:]) ", flat, maxsplit=1)[0]
    return first if len(first) <= _SUMMARY else first[: _SUMMARY - 1].rstrip() + "…"


class _Formatter(HtmlFormatter[str]):  # type: ignore[misc]  # Pygments has no types
    """Marks what style.css colours, and nothing else: marks around each comma are a fifth of a site."""

    def _get_css_classes(self, ttype: object) -> str:
        found: str = super()._get_css_classes(ttype)
        return found if found in _COLOURED else ""


@cache
def _tools() -> tuple[PostgresLexer, _Formatter]:
    return PostgresLexer(stripnl=False), _Formatter(nowrap=True)


@cache
def _highlighted(text: str) -> Markup:
    lexer, formatter = _tools()
    # The formatter escapes what it is given.
    return Markup(highlight(str(visible(text)).strip("\n"), lexer, formatter).rstrip("\n"))  # noqa: S704


def _bytes(number: int) -> str:
    size, unit = float(number), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


def _search_index(site: Site) -> str:
    """A script, because a page that was opened from a disk may load scripts and no data."""
    entries = []
    for item in (*site.relations, *site.functions, *site.snapshot.of("type", "domain")):
        columns = " ".join(column.name for column in site.parts(item, "column"))
        entries.append(_entry(site, item, columns))
    lines = ",\n".join(json.dumps(entry, ensure_ascii=True, separators=(",", ":")) for entry in entries)
    return f"window.searchIndex = [\n{lines}\n];\n"


def _entry(site: Site, item: Object, columns: str) -> list[str]:
    name = str(visible(site.label(item.identity)))
    told = str(visible(summary(site.comment(item.identity))))
    return [item.kind, name, site.pages[item.identity] + SUFFIX["html"], told, str(visible(columns))]
