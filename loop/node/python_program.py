"""The program that runs a Python simulation: `python -m loop.node.python_program MODULE:FUNCTION`.

It speaks the protocol of docs/reference/program-protocol.md. What the simulation prints goes to standard error, out of
the way of the answers.
"""

from __future__ import annotations

import json
import os
import sys

from loop.node.simulation import load


def main(reference: str) -> None:
    """Answer questions until standard input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    simulate = load(reference)
    for line in sys.stdin:
        question = json.loads(line)
        chunk = question["params"]
        answer = {"jsonrpc": "2.0", "id": question["id"]}
        try:
            result = simulate(chunk["config"], chunk["iterations"], chunk["seedOffset"])
            text = json.dumps({**answer, "result": result}, allow_nan=False)
        except Exception as error:  # whatever a simulation may raise
            reason = str(error).strip() or type(error).__name__
            text = json.dumps({**answer, "error": {"code": -32000, "message": reason}})
        print(text, file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
