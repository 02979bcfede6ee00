"""Renames are asked for, never guessed: what was said, what a terminal answers, and what is left to be answered."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import psycopg
import typer

from dbtools import catalog
from dbtools.errors import ConfigError, RenamesError
from dbtools.model.quoting import identifier
from dbtools.model.renames import Question, Rename, questions, with_parts
from dbtools.model.snapshot import Object, Snapshot

Ask = Callable[[Rename], bool]


@dataclass(frozen=True)
class Answers:
    """What is known of renames before it is asked.

    Attributes:
        yes: `OLD=NEW`, both as an object's identity is printed; its kind may be left out, of NEW all but the name.
        no: what was not renamed, likewise.
        ask: called for what neither names, with one likely rename after the other; without it nobody can be asked.
    """

    yes: Sequence[str] = ()
    no: Sequence[str] = ()
    ask: Ask | None = None


def on_terminal() -> Ask | None:
    """Asks whoever sits at the terminal; None where nobody does."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    return lambda one: typer.confirm(f"Is {one.old.identity} now {one.new.identity}?", default=None, err=True)


def settle(connection: psycopg.Connection, wanted: Snapshot, answers: Answers) -> list[Rename]:
    """Rename in a database what the wanted state has under another name, as far as somebody says so.

    Args:
        connection: to a shadow at the state before, as the owner of its objects; what is renamed stays so.
        wanted: the state to come to.
        answers: what was said, and whom to ask.

    Returns:
        the renames, in the order in which they were made.

    Raises:
        RenamesError: something looks renamed, and nobody says whether it was.
        ConfigError: an answer is about what is not there, or cannot be renamed.
    """
    return _Talk(connection, with_parts(wanted), answers).result()


@dataclass
class _Talk:
    connection: psycopg.Connection
    wanted: Snapshot
    answers: Answers
    made: list[Rename] = field(default_factory=list)
    unanswered: list[Question] = field(default_factory=list)
    answered: set[tuple[str, str]] = field(default_factory=set)

    def result(self) -> list[Rename]:
        waiting, refusals = list(self.answers.yes), set(self.answers.no)
        while True:
            found = with_parts(catalog.read(self.connection))
            refusals -= {text for text in refusals for one in found.objects.values() if _means(text, one)}
            said = [(text, rename) for text in waiting for rename in _said(text, found, self.wanted)]
            for text, rename in said:
                self._make(rename, must=True)
                waiting.remove(text)
            if said:
                continue
            asked = questions(found, self.wanted, self.answered)
            if not asked:
                break
            for question in asked:
                self._answer(question)
        for text in waiting:
            raise ConfigError(
                f"--rename {text}: head has no such object, or what is wanted has none, or the name is taken",
                hint="OLD=NEW, both as dbtools prints them; dbtools diff prints what is missing and extra",
            )
        for text in refusals:
            raise ConfigError(f"--no-rename {text}: head has no such object")
        if self.unanswered:
            raise RenamesError(
                "this looks renamed, and whether it was is not for a tool to guess; nothing was written\n"
                + "\n".join(_lines(self.unanswered)),
                hint="to alembic itself: -x 'rename=OLD=NEW' and -x no-rename=OLD; see docs/howto/renames.md",
            )
        return self.made

    def _answer(self, question: Question) -> None:
        self.answered |= {(question.old.identity, new.identity) for new in question.new}
        taken = {rename.new.identity for rename in self.made}
        likely = [new for new in question.new if new.identity not in taken]
        # What has its name by an answer already is what bears it.
        if question.old.identity in taken or any(_means(text, question.old) for text in self.answers.no):
            return
        for new in likely:
            rename = Rename(question.old, new)
            if self.answers.ask is None:
                # As if the likeliest was right, so that what hangs on it can be asked for at once.
                if self._make(rename):
                    self.unanswered.append(Question(question.old, tuple(likely)))
                    return
            elif self.answers.ask(rename):
                self._make(rename, must=True)
                return

    def _make(self, rename: Rename, *, must: bool = False) -> bool:
        """Whether the server takes a rename; if it must, its refusal is an error."""
        if rename.new.schema:
            there = self.connection.execute("select to_regnamespace(%s)", [identifier(rename.new.schema)]).fetchone()
            rename = replace(rename, in_new_schema=there == (None,))
        try:
            with self.connection.transaction():
                self.connection.execute(rename.up.encode())
        except psycopg.Error as error:
            if must:
                raise ConfigError(
                    f"{rename.old.identity} cannot be renamed to {rename.new.identity}: {str(error).strip()}"
                ) from error
            return False
        self.made.append(rename)
        return True


def _said(text: str, found: Snapshot, wanted: Snapshot) -> Iterator[Rename]:
    """The rename that somebody means; none as long as it cannot be made."""
    # A quoted name may hold what parts two of them.
    parts = [(text[:at], text[at + 1 :]) for at, sign in enumerate(text) if sign == "="]
    meant = [
        Rename(old, new)
        for before, after in parts
        for old in found.objects.values()
        if _means(before, old)
        for new in wanted.objects.values()
        if new.kind == old.kind and new.identity not in found.objects and _means(after, new, like=old)
    ]
    if len(meant) > 1:
        either = ", ".join(f"{one.old.identity}={one.new.identity}" for one in meant)
        raise ConfigError(f"--rename {text} may mean any of these: {either}", hint="say which, with its kind")
    yield from meant


def _means(text: str, one: Object, *, like: Object | None = None) -> bool:
    names = {one.identity, one.identity.removeprefix(f"{one.kind} ")}
    if like and (one.schema, one.parent) == (like.schema, like.parent):
        names |= {one.name, identifier(one.name)}
    return text.strip() in names


def _lines(unanswered: Sequence[Question]) -> Iterator[str]:
    for question in unanswered:
        yield f"  {question.old.identity}"
        for new in question.new:
            yield f"    --rename {shlex.quote(f'{question.old.identity}={new.identity}')}"
        yield f"    --no-rename {shlex.quote(question.old.identity)}"
