"""Statuses and access types that do not exist are refused."""

from dbtools.revision import frozen

revision = "0010"
down_revision = "0009"

upgrade, downgrade = frozen(__file__)
