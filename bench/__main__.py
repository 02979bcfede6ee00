"""`python -m bench`: measure, say how far it is on standard error, print a table or JSON."""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time

from bench import load, verify
from bench.report import Measured, as_json, print_table
from bench.stages import Stages, open_stages
from bench.works import QUICK, Sizes, Work, works


def main() -> int:
    """Run the works that were asked for; no figure, good or bad, changes the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small counts and two repetitions: does it run at all?")
    parser.add_argument("--only", metavar="NAME", action="append", help="this work only (several: repeat it)")
    parser.add_argument("--json", action="store_true", help="all samples and ratios as JSON instead of the table")
    parser.add_argument("--load", action="store_true", help="instead: a sentinel with a thousand nodes, over HTTP")
    parser.add_argument("--verify", action="store_true", help="instead: dbtools verify, beside Python and `select 1`")
    arguments = parser.parse_args()
    if arguments.load:
        load.main(load.QUICK if arguments.quick else load.Size())
        return 0
    if arguments.verify:
        verify.main()
        return 0
    sizes = QUICK if arguments.quick else Sizes()
    chosen = works(sizes)
    names = [work.name for work in chosen]
    if unknown := set(arguments.only or []) - set(names):
        parser.error(f"no such work: {', '.join(sorted(unknown))}; there are {', '.join(names)}")

    started = time.monotonic()
    measured = []
    with open_stages(sizes.history) as stages:
        for work in chosen:
            if not arguments.only or work.name in arguments.only:
                measured.append(measure(work, stages))
    say(f"done in {time.monotonic() - started:.0f} s")
    if arguments.json:
        json.dump(as_json(measured), sys.stdout, indent=1)
        print()
    else:
        print_table(measured)
    return 0


# After this many seconds a work gets no more rounds than two, so that the slow ones do not take the hour.
PATIENCE = 60


def measure(work: Work, stages: Stages) -> Measured:
    """Let the runners take turns (a, b, c, a, b, c …); a first round, not counted, warms caches and plans."""
    say(f"{work.name}: preparing")
    runners = work.runners(stages)
    seconds: dict[str, list[float]] = {name: [] for name, _ in runners}
    # The collector's pauses would fall on whoever has his turn.
    gc.collect()
    gc.disable()
    started = time.monotonic()
    for repetition in range(-1, work.repetitions):
        if repetition >= 2 and time.monotonic() - started > PATIENCE:
            break
        for name, sample in runners:
            taken = sample()
            if repetition >= 0:
                seconds[name].append(taken)
    gc.enable()
    done = Measured(work, seconds)
    say(f"{work.name}: {done.figure(done.floor)}, " + ", ".join(f"{n} {done.ratio(n):.2f}" for n in list(seconds)[1:]))
    return done


def say(text: str) -> None:
    """Progress, away from the result."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
