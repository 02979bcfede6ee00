"""A report as one HTML file: no script, nothing loaded from elsewhere, every text escaped."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections import Counter
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined

from dbtools import __version__
from dbtools.report import LEVELS, Summary, visible


def html(summary: Summary) -> str:
    """The page. Its policy allows the one style sheet that is in it, and nothing else."""
    place = files("dbtools.report")
    style = (place / "page.css").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=DictLoader({"page": (place / "page.html.j2").read_text(encoding="utf-8")}),
        trim_blocks=True,
        lstrip_blocks=True,
        # Every value that is printed passes here before it is escaped.
        finalize=lambda value: visible(value) if isinstance(value, str) else value,
    )
    counts = Counter(entry.level for entry in summary.entries)
    return environment.get_template("page").render(
        summary=summary,
        counts=[(level, counts[level]) for level in LEVELS if counts[level]],
        style=style,
        digest=b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        version=__version__,
    )
