"""The program that runs a Python simulation: `python -m loop.node.worker MODULE:FUNCTION`.

It speaks what `loop.node.program` describes. What the simulation prints goes to standard error, out of the way of
the answers; and when the node is gone, however it went, the program ends in the middle of what it computes.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from queue import SimpleQueue
from typing import Any

from loop.node.simulation import load


def main(reference: str) -> None:
    """Answer chunks until standard input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    simulate = load(reference)
    chunks: SimpleQueue[dict[str, Any]] = SimpleQueue()
    threading.Thread(target=_read, args=(chunks,), daemon=True).start()
    while True:
        chunk = chunks.get()
        try:
            answer = json.dumps(simulate(chunk["config"], chunk["iterations"], chunk["seedOffset"]), allow_nan=False)
        except Exception as error:  # whatever a simulation may raise
            answer = json.dumps({"error": str(error).strip() or type(error).__name__})
        print(answer, file=answers, flush=True)


def _read(chunks: SimpleQueue[dict[str, Any]]) -> None:
    for line in sys.stdin:
        chunks.put(json.loads(line))
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
