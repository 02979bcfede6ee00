"""Alembic's entry point; everything is in the package."""

from dbtools.alembic_env import run

run()
