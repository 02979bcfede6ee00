"""Find reported chunks by their keys."""

from dbtools.revision import frozen

revision = "0049"
down_revision = "0048"
from_sql = ("sql/functions/private/complete_chunks.sql",)

upgrade, downgrade = frozen(__file__)
