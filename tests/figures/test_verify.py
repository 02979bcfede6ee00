"""How many planted defects `dbtools verify` finds, at which level, and how often it cries out at nothing."""

from __future__ import annotations

from collections import Counter

import psycopg
from psycopg import conninfo

from dbtools import alembic_env
from dbtools.errors import ShadowError
from dbtools.postgres.shadow import ADMIN, Shadow
from dbtools.project import Project
from dbtools.verify import verify
from tests.conftest import HOSTED_MAJORS, missing
from tests.figures.conftest import Figure
from tests.figures.counts import COUNTS, FULL
from tests.support.defects import DEFECTS, LEVELS


def test_planted_defects(figure: Figure, project: Project) -> None:
    tried = list(DEFECTS)[:: COUNTS.every_nth_defect]
    found: Counter[str] = Counter()
    # A server of its own, where nobody has a session in the template.
    with Shadow() as shadow:
        template = conninfo.conninfo_to_dict(shadow.create())["dbname"]
        alembic_env.upgrade(project, shadow.url(str(template)))
        for number, name in enumerate(tried):
            database = f"defect_{number}"
            url = shadow.create(database, template=str(template))
            with psycopg.connect(shadow.url(database, user=ADMIN)) as admin:
                admin.execute("update cron.job set database = current_database()")
                admin.execute(DEFECTS[name].statement.replace("{database}", database).encode())
            level = next((level for level in LEVELS if verify(url, project, level=level).changes), "")
            found[level if level == DEFECTS[name].level else ""] += 1
            shadow.drop(database)
    levels = ", ".join(f"{found[level]} at {level}" for level in LEVELS)
    figure("verify finds what is wrong", f"{len(tried)} defects planted: {levels}", missed=found[""])


def test_false_alarms(figure: Figure, project: Project) -> None:
    majors = HOSTED_MAJORS if FULL else HOSTED_MAJORS[-1:]
    alarms = 0
    for major in majors:
        try:
            server = Shadow(major=major)
        except ShadowError as error:
            missing(error.message)
        with server as shadow:
            alembic_env.upgrade(project, shadow.url())
            alarms += len(verify(shadow.url(), project, level="live", listen=lambda _: None).changes)
    figure("verify is silent where nothing is", f"head on Postgres {', '.join(map(str, majors))}", alarms=alarms)
