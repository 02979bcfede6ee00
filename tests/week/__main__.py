"""`make week`: a week in a stranger's repository, of forty changes in four ways, with branches and a squash in it.

A live database with rows and a copy of it (staging) that gets everything by `alembic upgrade`. After each change the
two must be what head says, `sql/` and the exported files too, and every row must be there that was not meant to go.
What a command's output does not name is not done, or counted as a question without an answer. Exits with 1 if there was
one, if anything failed or a row is lost.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.week import steps
from tests.week.house import Desk, databases, lost, rows, run
from tests.week.steps import Step

PLAIN = '''"""{title}."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{down}"


def upgrade() -> None:
{up}


def downgrade() -> None:
{back}
'''


class Week:
    """The work of a week, with what went wrong."""

    def __init__(self, desk: Desk, live: str, staging: str, *, say: bool) -> None:
        self.desk, self.live, self.staging, self.say = desk, live, staging, say
        self.wrong: list[str] = []
        self.changes = 0

    def move_in(self) -> None:
        """What the README says."""
        desk = self.desk
        desk.begin("moving in")
        self.must("dbtools", "init")
        self.must("dbtools", "pull")
        for url in (self.live, self.staging):
            self.must("alembic", "stamp", "0001", url=url)
        desk.every_day("dbtools", "export")
        self.evening(whole=True)

    def must(self, *words: str, url: str | None = None) -> None:
        """A command that has to answer yes."""
        self.wrong += self.desk.fails(self.desk.every_day(*words, url=url))

    def change(self, step: Step) -> None:
        """Make one change, bring it home and everywhere, and look."""
        self.desk.begin(f"{step.way}: {step.title}")
        before = [rows(url) for url in (self.live, self.staging)]
        self.renamed = tuple(step.renames[0].split("=")) if step.way == "alembic" and step.renames else ()
        started = time.monotonic()
        {"hand": self.by_hand, "supabase": self.by_hand, "sql": self.by_sql, "alembic": self.by_alembic}[step.way](step)
        self.upgrade(self.staging, step)
        if step.way in {"sql", "alembic"}:
            self.upgrade(self.live, step)
        self.evening()
        self.count(before, step)
        self.changes += 1
        print(f"{self.changes:2} {time.monotonic() - started:5.1f} s  {self.desk.title}", flush=True)
        self.report()

    def report(self) -> None:
        """Say what came up in this step, at once."""
        for line in (*self.wrong[self.said[0] :], *self.desk.unanswered[self.said[1] :]):
            print(f"   ! {line}", flush=True)
        if self.say and (len(self.wrong), len(self.desk.unanswered)) != self.said:
            print("\n".join(self.desk.log), flush=True)
        self.said = len(self.wrong), len(self.desk.unanswered)

    said = (0, 0)
    renamed: tuple[str, ...] = ()

    def by_hand(self, step: Step) -> None:
        """Live is changed first, and the repository follows."""
        desk = self.desk
        if step.way == "supabase":
            last = max(path.name.partition("_")[0] for path in desk.files("supabase/migrations", "*.sql"))
            file = desk.root / f"supabase/migrations/{int(last) + 1}_{step.title}.sql"
            file.write_text(step.text)
        run(self.live, step.text)
        if desk.every_day("dbtools", "diff").code != 1:
            self.wrong.append(f"{desk.title}: diff does not see it")
            return
        pull = ["dbtools", "pull", "-m", step.title]
        done = desk.next(*pull, named="dbtools pull -m")
        if done.code == 1 and "looks renamed" in done.said:
            done = desk.every_day(*pull, *self.answers(done.said, step.renames))
        if done.code == 1 and "in the words of SQL" in done.said:
            self.write_lines(step, done.said)
        elif done.code == 1 and (places := re.findall(r"^(\S+): write the update that fills", done.said, re.M)):
            self.fill(places, step.text)
        else:
            self.wrong += desk.fails(done)
        desk.next("alembic", "stamp", "head")
        if step.way == "supabase":
            desk.every_day("dbtools", "export", "--check")
            desk.told("remove the file")
            file.unlink()

    def answers(self, asked: str, renames: Sequence[str]) -> list[str]:
        """What somebody answers who knows what was done."""
        words = []
        for block in re.split(r"\n  (?=\S)", asked)[1:]:
            offered = re.findall(r"--(?:no-)?rename (?:'([^']*)'|(\S+))", block)
            names = [one or other for one, other in offered]
            yes = [name for name in names if name in renames]
            words += ["--rename", yes[0]] if yes else ["--no-rename", names[-1]]
        return words

    def fill(self, places: Sequence[str], text: str) -> None:
        """Write the updates that a revision has left room for, as they were made in live."""
        for place in set(places):
            path = self.desk.root / place
            lines = path.read_text().splitlines(keepends=True)
            for number, line in enumerate(lines):
                if (update := line.removeprefix("-- ")).startswith("update ") and (at := update.find("…;")) > 0:
                    lines[number] = next(one for one in text.splitlines(keepends=True) if one.startswith(update[:at]))
            path.write_text("".join(lines))

    def write_lines(self, step: Step, said: str) -> None:
        """Write by hand what the output gives as lines: in a revision of its own."""
        desk = self.desk
        lines = said.partition("in the words of SQL:\n")[2].partition("\nput that into")[0]
        before = desk.files("migrations/versions", "*.up.sql")
        desk.next("alembic", "revision", "-m", f"{step.title}, by hand", named="alembic revision -m")
        for path in desk.files("migrations/versions", "*.up.sql") - before:
            path.write_text(lines + "\n")

    def by_sql(self, step: Step) -> None:
        """A file is edited, and becomes a revision."""
        desk = self.desk
        for name, text in step.files.items():
            path = desk.root / "sql" / name
            path.parent.mkdir(exist_ok=True, parents=True)
            if text:
                path.write_text(text.lstrip())
            else:
                path.unlink()
        if desk.every_day("alembic", "check").code == 0:
            self.wrong.append(f"{desk.title}: alembic check does not see it")
        self.wrong += desk.fails(desk.next("dbtools", "revise", "-m", step.title, named="dbtools revise -m"))

    def by_alembic(self, step: Step) -> None:
        """A revision of Alembic's own operations, without files beside it."""
        desk = self.desk
        before = desk.files("migrations/versions", "*")
        self.must("alembic", "revision", "-m", step.title)
        for path in sorted(desk.files("migrations/versions", "*") - before):
            if path.suffix == ".sql":
                path.unlink()
                continue
            text = path.read_text() if path.suffix == ".py" else ""
            if path.suffix == ".py":
                names = {name: re.search(rf'^{name} = "(.*)"', text, re.M) for name in ("revision", "down_revision")}
                revision, down = (names[name][1] for name in ("revision", "down_revision"))  # type: ignore[index]
                up, _, back = step.text.partition("\ndown:\n")
                bodies = ["\n".join(f"    {line}" for line in one.splitlines()) for one in (up, back)]
                path.write_text(
                    PLAIN.format(title=step.title, revision=revision, down=down, up=bodies[0], back=bodies[1])
                )

    def upgrade(self, url: str, step: Step) -> None:
        """Bring a database to head; what is refused by name is confirmed, if it was meant."""
        desk = self.desk
        done = desk.every_day("alembic", "upgrade", "head", url=url)
        if done.code and (hint := re.search(r"alembic (-x confirm=\S+) upgrade", done.said)):
            said = done.said
            for name in step.loses:
                if name.rpartition(".")[0] not in said:
                    self.wrong.append(f"{desk.title}: {name} is not named by the refusal")
            if re.search(r": (more than )?\d+ (row|value)s?", said) and not step.loses:
                self.wrong.append(f"{desk.title}: rows would go that are meant to stay: {said}")
            done = desk.every_day("alembic", *hint[1].split(), "upgrade", "head", url=url)
        self.wrong += desk.fails(done)

    def evening(self, *, whole: bool = False) -> None:
        """Is everything what it should be? If `whole`, staging and the Supabase CLI's files and history too."""
        desk = self.desk
        if whole:
            self.exported()
        asked = [
            (("dbtools", "diff"), self.live),
            (("alembic", "check"), self.live),
            (("dbtools", "verify"), self.live),
            *([(("dbtools", "diff"), self.staging)] if whole else []),
        ]
        done = desk.at_once(asked)
        while self.follow_names(done[1].said):
            done = desk.at_once(asked)
        for one in done:
            self.wrong += desk.fails(one)

    def follow_names(self, said: str) -> bool:
        """Edit the file of `sql/` that a revision's rename left behind, if the output names one."""
        root = self.desk.root
        if stale := re.search(r"edit (sql/\S+); head has it as\n(.*)", said, re.DOTALL):
            (root / stale[1]).write_text(stale[2])
            return True
        if moved := re.search(r"rename (sql/\S+) and what it says, or delete it", said):
            path = root / moved[1]
            if self.renamed:
                old, new = self.renamed
                path.with_name(path.name.replace(old, new)).write_text(re.sub(rf"\b{old}\b", new, path.read_text()))
            path.unlink()
            return True
        return False

    def exported(self) -> None:
        """The files of the Supabase CLI, and its history, are brought to what the revisions say."""
        desk, check = self.desk, ("dbtools", "export", "--check", "--db-url", self.live)
        if (done := desk.every_day(*check)).code == 0:
            return
        if "dbtools export\n" in done.said:
            self.wrong += desk.fails(desk.next("dbtools", "export"))
            done = desk.every_day(*check)
        for status, versions in re.findall(r"supabase migration repair --status (\w+) ([\d ]+)", done.said):
            self.repair(status, versions.split())
        self.wrong += desk.fails(desk.every_day(*check))

    def repair(self, status: str, versions: Sequence[str]) -> None:
        """What `supabase migration repair` does to the history of the Supabase CLI."""
        table = "supabase_migrations.schema_migrations"
        columns = "(version text primary key, statements text[], name text)"
        run(self.live, f"create schema if not exists supabase_migrations; create table if not exists {table} {columns}")
        for version in versions:
            run(self.live, f"delete from {table} where version = '{version}'")
            if status == "applied":
                run(self.live, f"insert into {table} (version) values ('{version}')")

    def count(self, before: Sequence[dict[tuple[int, int], tuple[str, int, str]]], step: Step) -> None:
        """Rows that are no longer there, and were not meant to go."""
        for url, old in zip((self.live, self.staging), before, strict=True):
            gone = [name for name in lost(old, rows(url)) if name not in step.loses]
            self.wrong += [f"{self.desk.title}: rows of {name} are not what they were" for name in gone]

    def branches(self) -> None:
        """Two developers add a revision each, at the same time, and both are merged."""
        desk = self.desk
        desk.begin("two branches")
        other = Desk(desk.root.with_name("other"), self.live)
        shutil.copytree(desk.root, other.root)
        other.begin("two branches, the other one")
        theirs = Week(other, self.live, self.staging, say=self.say)
        before = [rows(url) for url in (self.live, self.staging)]
        self.by_sql(steps.ONE_BRANCH)
        theirs.by_alembic(steps.OTHER_BRANCH)
        for path in other.root.rglob("*"):
            here = desk.root / path.relative_to(other.root)
            if path.is_file() and not here.exists() and path.suffix != ".pyc":
                shutil.copy(path, here)
        done = desk.every_day("alembic", "upgrade", "head", url=self.staging)
        if not done.code:
            self.wrong.append("two branches: they are taken for one")
        if "present more than once" in done.said:
            desk.told("give one of them another")
            self.renumber(steps.OTHER_BRANCH.title)
            done = desk.every_day("alembic", "upgrade", "head", url=self.staging)
        desk.next("alembic", "merge", "heads", "-m", "Both", named="alembic merge heads -m")
        for url in (self.staging, self.live):
            self.upgrade(url, steps.ONE_BRANCH)
        self.evening(whole=True)
        self.count(before, steps.ONE_BRANCH)
        self.wrong += theirs.wrong
        desk.unanswered += other.unanswered
        self.changes += 2
        print(f"{self.changes:2}          two branches, merged", flush=True)
        self.report()

    def renumber(self, title: str) -> None:
        """Give the revision of some title the next number."""
        versions = self.desk.root / "migrations/versions"
        slug = title.lower().replace(" ", "_")
        for path in list(versions.glob(f"*_{slug}.*")):
            old = path.name.partition("_")[0]
            new = f"{int(old) + 1:04}"
            if path.suffix == ".py":
                path.write_text(path.read_text().replace(f'revision = "{old}"', f'revision = "{new}"', 1))
            path.rename(versions / path.name.replace(old, new, 1))

    def squash(self) -> None:
        """All revisions become one."""
        desk = self.desk
        desk.begin("a squash")
        before = [rows(url) for url in (self.live, self.staging)]
        done = desk.every_day("dbtools", "squash")
        if done.code == 1:
            done = desk.next("dbtools", "squash", "--keep-data")
        self.wrong += desk.fails(done)
        for url in (self.staging, self.live):
            self.upgrade(url, Step("sql", ""))
        self.evening(whole=True)
        self.count(before, Step("sql", ""))
        print("            a squash", flush=True)
        self.report()


def main() -> None:
    """Live the week, and say what came of it."""
    parser = argparse.ArgumentParser(prog="make week")
    parser.add_argument("--say", action="store_true", help="print what the commands said where something is wrong")
    parser.add_argument("--day", type=int, action="append", choices=range(1, 8), help="repeat it; default: all")
    arguments = parser.parse_args()
    started = time.monotonic()
    with databases() as (live, staging), tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder) / "repository", live)
        desk.root.mkdir()
        week = Week(desk, live, staging, say=arguments.say)
        week.move_in()
        week.report()
        for number, day in enumerate(steps.DAYS, 1):
            if arguments.day and number not in arguments.day:
                continue
            for step in day:
                week.change(step)
            week.desk.begin(f"the evening of day {number}")
            week.evening(whole=True)
            week.report()
            if number == 3:
                week.branches()
            if number == 4:
                week.squash()
        held = rows(live)
        print(
            f"{week.changes} changes in {time.monotonic() - started:.0f} s; {len(week.wrong)} wrong, "
            f"{len(desk.unanswered)} questions without an answer; {len(held)} columns of rows at the end"
        )
    sys.exit(bool(week.wrong or desk.unanswered))


if __name__ == "__main__":
    main()
