"""Guilds of a user's open jobs are found however many other jobs are open."""

from dbtools.revision import frozen

revision = "0055"
down_revision = "0054"

upgrade, downgrade = frozen(__file__)
