<%
files = context.get("from_sql", ())
contract = context.get("contract", ())
%>\
"""${message.rstrip(".")}."""

% if not isinstance(down_revision, tuple):
from dbtools.revision import ${"Contract, " if contract else ""}frozen

% endif
revision = "${up_revision}"
% if isinstance(down_revision, str):
down_revision = "${down_revision}"
% else:
down_revision = ${repr(down_revision)}
% endif
% if branch_labels:
branch_labels = ${repr(branch_labels)}
% endif
% if depends_on:
depends_on = ${repr(depends_on)}
% endif
% if len(files) == 1:
from_sql = ("${files[0]}",)
% elif files:
from_sql = (
% for file in files:
    "${file}",
% endfor
)
% endif
% if contract:

contract = Contract(
    takes=(
% for name in contract:
        ${'"%s"' % name.replace('"', '\\"')},
% endfor
    ),
)
% endif
% if isinstance(down_revision, tuple):


def upgrade() -> None:
    """Two branches become one history; each has done its work."""


def downgrade() -> None:
    """One history becomes two branches again."""
% else:

upgrade, downgrade = frozen(__file__)
% endif
