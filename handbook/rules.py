"""The page of verify's rules: why each one holds, what it compares, and how its findings are mended."""

from __future__ import annotations

import re
from pathlib import Path


def page(folder: Path) -> str:
    """One section for each rule, from the comment at the head of its SQL, as Markdown."""
    parts = [
        "# Rules of `dbtools verify`\n",
        "What level *sound* asks of everything that is the project's, beside whether bodies resolve. Written from the\n"
        "rules' own files. How to run it: [verify](verify.md).\n",
    ]
    for path in sorted(folder.glob("[!_]*.sql")):
        text = path.read_text()
        why = " ".join(line.removeprefix("--").strip() for line in _head(text))
        parts.append(f"## {path.stem.replace('_', ' ')}\n\n{why}\n")
        if found := re.search(r"'([^']+)' as kind.*?'([^']+)' as property", text, re.DOTALL):
            parts.append(f"Looks at each {found[1]}: *{found[2]}*.\n")
    return "\n".join(parts)


def _head(text: str) -> list[str]:
    lines = text.splitlines()
    end = next((place for place, line in enumerate(lines) if not line.startswith("--")), len(lines))
    return lines[:end]
