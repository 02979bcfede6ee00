"""Every command answers in every format, each is what its schema says, and no name can break out of one."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from dbtools.cli import app
from dbtools.cli.shared import Reviewed
from dbtools.diff import DiffReport
from dbtools.model.compare import Change
from dbtools.model.snapshot import Object
from dbtools.plan.hazards import Finding as Hazard
from dbtools.plan.report import Lock, Planned, PlanReport
from dbtools.platform.ownership import Noted
from dbtools.pull import PullReport
from dbtools.pull.incremental_report import AgainReport
from dbtools.pull.platform_objects import LeftOut
from dbtools.pull.secrets import Secret
from dbtools.report import Entry, Section, Summary, visible
from dbtools.report.html import html
from dbtools.report.markdown import markdown
from dbtools.report.sarif import sarif
from dbtools.verify import Finding, VerifyReport
from tests.support.reports import check_json, check_sarif

# Markup, a link, a mention, a reference, an emoji, a fence, a terminal's colour, a turned direction.
SHOWN = "</details><script>x</script> [l](http://e.vil) @team #12 :boom: `c` ``` &lt; &#46; $x$ ~~s~~"
HOSTILE = f"a|b\n{SHOWN} \x1b[31m \u202egpj"
THERE = Object("function", "public", "f", identity="function public.f()")
WORST = Object("table", "public", HOSTILE, identity=f'table public."{HOSTILE}"')
CHANGES = (
    Change("missing", THERE),
    Change("extra", WORST),
    Change("different", WORST, HOSTILE, None, HOSTILE),
    Change("different", THERE, "body", "begin\n  1\nend", "begin\n  ```\n</pre>\nend"),
)
REPORTS: dict[str, Reviewed] = {
    "diff": DiffReport(CHANGES, noted=[Noted(HOSTILE, HOSTILE)]),
    "plan": PlanReport(
        ["0001"],
        [
            Planned(
                "0002",
                HOSTILE,
                2,
                [Lock(HOSTILE, "AccessExclusiveLock", "8 kB")],
                [
                    Hazard(
                        "truncate", WORST.identity, HOSTILE, HOSTILE, "migrations/versions/0002_a b.up.sql:3", "0002"
                    ),
                    Hazard("table-rewrite", "app.t", "8 kB", revision="0002").allow(HOSTILE),
                ],
            )
        ],
        untried=["0003"],
        unknown=[HOSTILE],
        remarks=[HOSTILE],
    ),
    "verify": VerifyReport(
        [
            Finding(THERE),
            Finding(WORST, CHANGES[2:3], mend="dbtools revise", source="sql/t.sql:2", facts={"owner": HOSTILE}),
            Finding(WORST, unchecked=HOSTILE, level="sound"),
        ],
        [HOSTILE],
    ),
    "pull": PullReport(
        Path("migrations/versions/0001_baseline.up.sql"),
        {"table": 3},
        (LeftOut(HOSTILE, HOSTILE), LeftOut("meant", "known")),
        CHANGES,
        unproven=(LeftOut("x", HOSTILE),),
        noted=(LeftOut("y", HOSTILE),),
        secrets=(Secret(HOSTILE, "a token", "12…"),),
        acknowledged=("meant", "in vain"),
        majors=(15, 18),
    ),
    "pull, later": AgainReport(
        [Path("migrations/versions/0002_x.py")], CHANGES, CHANGES[:1], [Noted(HOSTILE, HOSTILE)]
    ),
}
each = pytest.mark.parametrize("name", REPORTS)


def summary(name: str) -> Summary:
    return REPORTS[name].summary()


class Page(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@each
def test_json_is_what_the_published_schema_says(name: str) -> None:
    check_json(name.partition(",")[0], json.loads(json.dumps(REPORTS[name].as_dict())))


@each
def test_sarif_is_sarif(name: str) -> None:
    answer: Any = sarif(summary(name))
    check_sarif(answer)
    results = answer["runs"][0]["results"]
    assert [result["ruleId"] for result in results] == [entry.code for entry in summary(name).entries]
    assert len({one["partialFingerprints"]["dbtools/v1"] for one in results}) > 1


def test_sarif_says_where_and_what_is_allowed() -> None:
    answer: Any = sarif(summary("plan"))
    results = answer["runs"][0]["results"]
    place = results[0]["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "migrations/versions/0002_a%20b.up.sql"},
        "region": {"startLine": 3},
    }
    assert [("suppressions" in one, one["level"]) for one in results] == [(False, "error"), (True, "error")]


@each
def test_a_page_has_no_script_and_shows_names_as_text(name: str) -> None:
    page = html(summary(name))
    parsed = Page(page)
    assert not parsed.tags & {"script", "a", "img", "link"}
    assert SHOWN in parsed.text
    assert not set(page) & set("\x1b\u202e")


@each
def test_a_comment_shows_names_as_text(name: str) -> None:
    text = markdown(summary(name))
    shown = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    folds = shown.count("<details>")
    assert (folds, shown.count("</details>")) == (len(summary(name).sections), folds)
    assert not [tag for tag in ("<script", "<img", "<a ", "<s>") if tag in shown]
    # All of it is read back as it was: nothing of a name was taken for markup.
    assert (
        "</details><script>x</script> [l](http://e.vil) @team #12 :boom: `c` ``` &lt; &#46; $x$ ~~s~~"
        in Page(shown).text
    )
    assert not set(text) & set("\x1b\u202e")
    for row in [line for line in text.splitlines() if line.startswith("| ")][1:]:
        assert row.count("|") == 5


def test_mentions_references_and_addresses_are_no_links_in_a_comment() -> None:
    text = markdown(Summary("dbtools diff", HOSTILE, 1))
    assert not [sign for sign in ("@team", " #12", "http://", ":boom:", "`c`") if sign in text]


@pytest.mark.parametrize("name", ["diff", "pull"])
def test_what_is_not_compared_is_said_in_full(name: str) -> None:
    *_, line = summary(name).lines
    assert line.startswith("not compared: ")
    assert len(line) > 300
    assert line in Page(MarkdownIt("gfm-like", {"linkify": False}).render(markdown(summary(name)))).text
    assert line in Page(html(summary(name))).text
    assert line in json.dumps(sarif(summary(name)))


def test_a_comment_is_bounded_says_how_much_is_cut_and_its_folds_are_closed() -> None:
    many = [Entry("error", "truncate", f"app.t{n}", "x" * 2000, "`" * 5 + "\n" + "y" * 9000) for n in range(1000)]
    lines = [str(n) * 500 for n in range(100)]
    text = markdown(Summary("dbtools plan", "1000 hazards", 1, [Section("0002", many, lines)], lines))
    assert 50_000 < len(text) < 65_536
    assert text.count("<details>") == text.count("</details>") == 1
    shown = text.partition("<summary>")[2].count("\n- 🛑")
    assert f"… and more: {1000 - shown} of 1000 entries are not told here; run `dbtools plan`" in text
    assert "| … and 970 more |" in text
    # Every fence that was opened is closed, by one as long.
    assert text.count("``````sql") * 2 == text.count("``````")


def test_a_terminal_gets_no_control_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    assert visible("a\x1b[31m\u202eb\tc\nd") == "a\\x1b[31m\\u202eb\tc\nd"
    done = run("diff", "text", monkeypatch)
    assert "\\x1b" in done
    assert not set(done) & set("\x1b\u202e")


def test_sql_for_a_file_is_printed_to_the_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    body = "create function f() as $$\tbegin  \r\n  perform '\u200e\x1b';   \n\u2028end $$;"
    monkeypatch.setattr("dbtools.diff.diff", lambda *_, **__: DiffReport(CHANGES, sql=body))
    done = CliRunner().invoke(app, ["diff", "--sql", "--db-url", "postgresql://x"])
    assert done.stdout_bytes.decode() == body + "\n"


def run(name: str, form: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The command's real command line, with the work left out."""
    command = name.partition(",")[0]
    monkeypatch.setattr(import_module(f"dbtools.{command}"), command, lambda *_, **__: REPORTS[name])
    done = CliRunner().invoke(app, [command, "--db-url", "postgresql://x", "--format", form, *extra(command)])
    assert done.exit_code == 1, done.output
    return done.stdout


def extra(command: str) -> list[str]:
    return ["--to", "elsewhere"] if command == "pull" else []


@pytest.mark.parametrize("command", ["diff", "plan", "verify", "pull"])
def test_every_command_has_every_format(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert WORST.identity.partition("\n")[0] in run(command, "text", monkeypatch)
    assert run(command, "markdown", monkeypatch).startswith(f"### dbtools {command}: ")
    assert run(command, "html", monkeypatch).startswith("<!doctype html>")
    check_json(command, json.loads(run(command, "json", monkeypatch)))
    check_sarif(json.loads(run(command, "sarif", monkeypatch)))
