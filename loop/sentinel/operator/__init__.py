"""The operator's pages: what goes on, and the few things that an operator does about it.

They have a port of their own and are off unless it is given. What they read is bounded and paid from a budget (see
`budget`), and what they change goes through the functions that users call, except for blocking, which has none.
"""

from loop.sentinel.operator.access import TOKEN_LENGTH
from loop.sentinel.operator.app import OperatorApp

__all__ = ["TOKEN_LENGTH", "OperatorApp"]
