"""Nodes register and report, chunks are assigned to them, results come in."""

from dbtools.revision import frozen

revision = "0006"
down_revision = "0005"

upgrade, downgrade = frozen(__file__)
