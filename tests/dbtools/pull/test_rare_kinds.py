"""What is rarely changed by hand comes home too, of whatever kind."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import conninfo_to_dict

from dbtools import alembic_env
from dbtools.postgres.shadow import Shadow
from dbtools.pull.incremental import pull_again
from dbtools.revise.answers import Answers
from tests.dbtools.diff.test_hand_changes import HEAD
from tests.support.repository import Repository

NEW = """
    create domain h.cents as int default 3 constraint pos check (value > 0);
    comment on domain h.cents is 'in cents';
    create type h.point as (x int, y text collate "C");
    create type h.rng as range (subtype = float8);
    create operator h.#= (function = h.eq, leftarg = h.pair, rightarg = h.pair);
    create collation h.c2 (provider = libc, locale = 'POSIX');
    create conversion h.cv2 for 'LATIN2' to 'UTF8' from iso8859_to_utf8;
    create text search dictionary h.td2 (template = pg_catalog.simple);
    create text search configuration h.tc2 (copy = h.tc);
    create aggregate h.tot2 (int) (sfunc = int4pl, stype = int);
    create statistics h.st2 on a, b from h.t;
    create rule ru2 as on update to h.r do also nothing;
    create publication pu2 for table h.r, h.t (id, a);
    create server far2 foreign data wrapper postgres_fdw;
    create foreign table h.ft2 (a int) server far2;
    create table h.uses (a h.cents, b h.point, c h.rng, d text collate h.c2);
"""
GONE = """
    drop aggregate h.total(int); drop text search configuration h.tc; drop text search dictionary h.td;
    drop rule ru on h.r; drop foreign table h.ft; drop type h.span; drop server far;
"""
CHANGED = """
    drop operator h.===(h.pair, h.pair); create operator h.===(function = h.eq2, leftarg = h.pair, rightarg = h.pair);
    drop collation h.co; create collation h.co (provider = libc, locale = 'POSIX');
    drop conversion h.cv; create default conversion h.cv for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
    alter statistics h.st set statistics 7; alter domain h.amount set default 1;
    alter publication pu set (publish = 'insert');
"""
LABELS = "alter type h.state add value 'newest' before 'new'; alter type h.state add value 'more'"


def test_rare_kinds_come_home(repository: Repository, shadow: Shadow) -> None:
    repository.add("0001", HEAD)
    url = shadow.create()
    alembic_env.upgrade(repository.project, url)
    with psycopg.connect(url, autocommit=True) as live:
        live.execute(f"{NEW}{GONE}{CHANGED}{LABELS}".encode())
    none = Answers(ask=lambda _: False)
    report = pull_again(url, repository.project, "By hand", answers=none, shadow=shadow)
    shadow.drop(str(conninfo_to_dict(url)["dbname"]))
    assert len(report.changes) > 25
    assert [change.object.identity for change in report.left] == []
