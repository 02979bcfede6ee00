"""What happens to a loop in bad nights: each trouble is a context that begins it and, at its end, lets it be over."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from psycopg import conninfo

from tests.support.middle_box import MiddleBox
from tests.support.system import value

if TYPE_CHECKING:
    from tests.figures.loop import Loop

# Who has assigned under which term; each sentinel logs in as a role of its own.
WRITERS = """
create table private.written (by name, term bigint, primary key (by, term));
create function private.note_writer() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  insert into private.written
  select session_user, l.term from private.leader as l
  where exists (select from old_chunks as o where o.status = 'pending')
    and exists (select from new_chunks as n where n.status = 'running')
  on conflict do nothing;
  return null;
end $$;
create trigger note_writer after update on public.jobs_chunks
referencing old table as old_chunks new table as new_chunks for each statement execute function private.note_writer();
"""
TWICE = "select count(*) from (select from private.written group by term having count(*) > 1) as t"


class Nights:
    """A loop of `names` sentinels, each with a box between it and the database, and of nodes."""

    def __init__(self, loop: Loop, boxes: dict[str, MiddleBox], draw: random.Random) -> None:
        self.loop = loop
        self.boxes = boxes
        self.draw = draw
        with loop.connect() as conn:
            conn.execute(WRITERS.encode())
            for name in boxes:
                conn.execute(f"create role sentinel_{name} login in role service_role".encode())

    def database_of(self, name: str) -> str:
        return conninfo.make_conninfo(
            self.loop.database,
            user=f"sentinel_{name}",
            host="127.0.0.1",
            port=self.boxes[name].port,
            sslmode="disable",
        )

    def start(self, name: str, *, clock_ahead: float = 0) -> None:
        self.loop.start_sentinel(name, self.database_of(name), ready=False, clock_ahead=clock_ahead)

    def anyone(self) -> str:
        return self.draw.choice(sorted(self.boxes))

    def leader(self) -> str:
        return self.loop.leader() or self.anyone()

    def terms_with_two_writers(self) -> int:
        with self.loop.connect() as conn:
            return int(value(conn, TWICE))

    def terms(self) -> int:
        with self.loop.connect() as conn:
            return int(value(conn, "select term from private.leader"))

    def deal(self, number: int) -> Iterator[list[Trouble]]:
        """That many troubles, one or two at a time, each kind as often as any other."""
        while number > 0:
            deck = list(TROUBLES)
            self.draw.shuffle(deck)
            while deck and number > 0:
                hand = [deck.pop() for _ in range(min(self.draw.choice((1, 1, 2)), len(deck), number))]
                number -= len(hand)
                yield hand


Trouble = Callable[[Nights], AbstractContextManager[None]]


@contextmanager
def a_node_is_killed(nights: Nights) -> Iterator[None]:
    number = nights.draw.choice(sorted(nights.loop.nodes))
    nights.loop.nodes[number].kill()
    nights.loop.nodes[number].wait()
    yield
    nights.loop.start_node(number)


@contextmanager
def the_leader_is_killed(nights: Nights) -> Iterator[None]:
    name = nights.leader()
    nights.loop.kill_sentinel(name)
    yield
    nights.start(name)


@contextmanager
def the_leader_is_stopped(nights: Nights) -> Iterator[None]:
    process = nights.loop.sentinels[nights.leader()][1]
    process.send_signal(signal.SIGSTOP)
    yield
    process.send_signal(signal.SIGCONT)


@contextmanager
def a_node_is_stopped(nights: Nights) -> Iterator[None]:
    process = nights.loop.nodes[nights.draw.choice(sorted(nights.loop.nodes))]
    process.send_signal(signal.SIGSTOP)
    yield
    process.send_signal(signal.SIGCONT)


@contextmanager
def the_leader_is_cut_off(nights: Nights) -> Iterator[None]:
    box = nights.boxes[nights.leader()]
    box.cut()
    yield
    box.mend()


@contextmanager
def the_network_is_gone_in_one_direction(nights: Nights) -> Iterator[None]:
    box = nights.boxes[nights.leader()]
    box.upward, box.downward = nights.draw.choice(((True, False), (False, True)))
    yield
    box.mend()


@contextmanager
def sessions_stay_open(nights: Nights) -> Iterator[None]:
    name = nights.leader()
    nights.boxes[name].holds = True
    nights.loop.kill_sentinel(name)
    yield
    nights.boxes[name].holds = False
    nights.start(name)


@contextmanager
def a_clock_is_off(nights: Nights) -> Iterator[None]:
    name = nights.anyone()
    nights.loop.kill_sentinel(name)
    nights.start(name, clock_ahead=nights.draw.choice((-600, 600)))
    yield
    nights.loop.kill_sentinel(name)
    nights.start(name)


@contextmanager
def backends_are_terminated(nights: Nights) -> Iterator[None]:
    with nights.loop.connect() as conn:
        conn.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename like 'sentinel%'")
    yield


@contextmanager
def the_database_is_read_only(nights: Nights) -> Iterator[None]:
    name = conninfo.conninfo_to_dict(nights.loop.database)["dbname"]
    change = f'alter database "{name}" set default_transaction_read_only = '
    with nights.loop.connect() as conn:
        conn.execute((change + "on").encode())
        conn.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename like 'sentinel%'")
    yield
    with nights.loop.connect() as conn:
        conn.execute("set default_transaction_read_only = off")
        conn.execute((change + "off").encode())


@contextmanager
def the_server_crashes(nights: Nights) -> Iterator[None]:
    nights.loop.shadow.server.stop(immediate=True)
    nights.loop.shadow.server.start()
    yield


TROUBLES: tuple[Trouble, ...] = (
    a_node_is_killed,
    a_node_is_stopped,
    the_leader_is_killed,
    the_leader_is_stopped,
    the_leader_is_cut_off,
    the_network_is_gone_in_one_direction,
    sessions_stay_open,
    a_clock_is_off,
    backends_are_terminated,
    the_database_is_read_only,
    the_server_crashes,
)
