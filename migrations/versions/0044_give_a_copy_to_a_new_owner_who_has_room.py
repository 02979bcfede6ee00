"""Give a copy to a new owner who has room."""

from dbtools.revision import frozen

revision = "0044"
down_revision = "0043"
from_sql = ("sql/functions/private/node_for_chunk.sql",)

upgrade, downgrade = frozen(__file__)
