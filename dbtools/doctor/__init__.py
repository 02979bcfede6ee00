"""`dbtools doctor`: whether each command could work here, with this database, and what is missing."""

from __future__ import annotations

from dbtools.doctor.here import find_project, machine
from dbtools.doctor.report import Check, DoctorReport
from dbtools.doctor.there import database

__all__ = ["Check", "DoctorReport", "doctor"]


def doctor(url: str | None = None) -> DoctorReport:
    """Look at the machine, the project of the current folder and a database; nothing is written anywhere.

    Args:
        url: the database; None for the environment's DATABASE_URL. What cannot be reached is part of the answer.
    """
    project, checks = find_project()
    return DoctorReport([*machine(), *checks, *database(url, project)])
