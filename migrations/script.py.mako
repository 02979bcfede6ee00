"""${message}."""

from dbtools.revision import frozen

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}

upgrade, downgrade = frozen(__file__)
