"""${message}."""
% if isinstance(down_revision, tuple):

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Two branches become one history; each has done its work."""


def downgrade() -> None:
    """One history becomes two branches again."""
% else:

from dbtools.revision import frozen

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}

upgrade, downgrade = frozen(__file__)
% endif
