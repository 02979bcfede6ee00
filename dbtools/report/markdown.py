"""A report for a comment on a pull request: the answer, a table, the rest folded away; never longer than one may be."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dbtools.report import Entry, Section, Summary, counted, visible

# A pull request's comment takes 65,536 characters; the end of this one must fit too.
_MOST = 60_000
_CELL = 300
_ROWS = 30
_DETAIL = 2000
_SIGNS = {"error": "🛑", "warning": "⚠️", "note": "💡", "allowed": "✅"}
_READ = re.compile(r"[\\`|*\[\]~$<>&@#]|:(?=\S)|(?<!\w)_|_(?!\w)|(?<=www)\.")

Block = Sequence[str]


def markdown(summary: Summary) -> str:
    """The comment. What is too much is left away from the end, and how much that is stands in its last line."""
    kept: list[str] = []
    length = shown = 0
    is_open = False
    entries = summary.entries
    for block in [_top(summary), *(block for section in summary.sections for block in _folded(section))]:
        size = sum(len(line) + 1 for line in block)
        if length + size > _MOST:
            break
        kept += block
        length += size
        shown += block[0].startswith("- ") and is_open
        is_open = (is_open or "<details>" in block) and "</details>" not in block
    else:
        return "\n".join(kept)
    # A fold that was opened is closed, or it would swallow this line.
    end = ["", "</details>"] if is_open else []
    missing = f"… and more: {len(entries) - shown} of {counted(len(entries), 'entry', 'entries')} are not told here"
    return "\n".join([*kept, *end, "", f"{missing}; run `{summary.command}`", ""])


def _top(summary: Summary) -> Block:
    lines = [f"### {escape(summary.command)}: {escape(summary.verdict)}", ""]
    entries = [entry for entry in summary.entries if entry.level != "note"] or summary.entries
    if entries:
        lines += ["| | finding | object | |", "|---|---|---|---|"]
    for one in entries[:_ROWS]:
        lines.append(f"| {_SIGNS[one.level]} | `{one.code}` | {escape(one.object)} | {escape(one.text)} |")
    if len(entries) > _ROWS:
        lines.append(f"| | | … and {len(entries) - _ROWS} more | |")
    said = [f"- {escape(line, _DETAIL)}" for line in summary.lines]
    if len(said) > _ROWS:
        said[_ROWS:] = [f"- … and {len(said) - _ROWS} lines more"]
    return [*lines, "", *said, ""]


def _folded(section: Section) -> list[Block]:
    return [
        ["<details>", f"<summary>{escape(section.title)}</summary>", ""],
        *([f"* {escape(line, _DETAIL)}"] for line in section.lines),
        *map(_entry, section.entries),
        ["", "</details>", ""],
    ]


def _entry(one: Entry) -> Block:
    allowed = f"; allowed: {escape(one.reason)}" if one.reason else ""
    place = f" {escape(one.source)}" if one.source else ""
    lines = [f"- {_SIGNS[one.level]} `{one.code}`{place}: {escape(one.object)}: {escape(one.text, _DETAIL)}{allowed}"]
    return [*lines, *_fenced(one.detail)] if one.detail else lines


def _fenced(text: str) -> Block:
    text = visible(text)
    if len(text) > _DETAIL:
        text = f"{text[:_DETAIL]}\n… {len(text) - _DETAIL} characters more"
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    language = "diff" if text.startswith("--- ") else "sql"
    return ["", f"  {fence}{language}", *(f"  {line}" for line in text.splitlines()), f"  {fence}", ""]


def escape(text: str, most: int = _CELL) -> str:
    """Text as a line that Markdown and HTML show and do not read: no markup, no link, no mention, no reference."""
    one_line = visible(" ".join(text.split()))
    if len(one_line) > most:
        one_line = one_line[: most - 1] + "…"
    # A colon before something may begin an address or an emoji; an underscore within a word begins nothing.
    return _READ.sub(lambda found: f"&#{ord(found[0])};", one_line)
