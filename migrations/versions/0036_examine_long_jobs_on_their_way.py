"""Examine long jobs on their way."""

from dbtools.revision import frozen

revision = "0036"
down_revision = "0035"
from_sql = ("sql/functions/private/settle_checks.sql",)

upgrade, downgrade = frozen(__file__)
