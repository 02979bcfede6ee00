"""The command `dbtools doctor`."""

from __future__ import annotations

from dbtools.cli.shared import DbUrl, Json, answer


def doctor(
    db_url: DbUrl = None,
    as_json: Json = False,
) -> None:
    """Say whether each command could work here, and what is missing: versions, connection, rights, project.

    Only reads, and shows no password. Exits with 1 if a command could not work.
    """
    from dbtools.doctor import doctor as run  # noqa: PLC0415

    answer(run(db_url), as_json=as_json)
