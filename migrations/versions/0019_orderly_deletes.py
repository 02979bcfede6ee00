"""Deleting a node or a job locks its chunks in everybody's order."""

from dbtools.revision import frozen

revision = "0019"
down_revision = "0018"

upgrade, downgrade = frozen(__file__)
