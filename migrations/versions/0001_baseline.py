"""The schema as it was found in the live database."""

from dbtools.revision import baseline

revision = "0001"
down_revision = None

upgrade, downgrade = baseline(__file__)
