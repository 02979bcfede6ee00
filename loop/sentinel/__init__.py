"""The reference sentinel: assigns pending chunks to nodes and answers the nodes' signed calls.

The database decides; the sentinel listens, calls its functions, and speaks HTTP. It logs in as any role that is a
member of `service_role`:

    create role sentinel login password '…' in role service_role;

Several may run at the same database: one of them leads, all of them answer.
"""

from loop.sentinel.server import OperatorOptions, SentinelOptions, background, serve
from loop.sentinel.transition import Policy, policy

__all__ = ["OperatorOptions", "Policy", "SentinelOptions", "background", "policy", "serve"]
