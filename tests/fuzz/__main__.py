"""Run random programs for as long as one likes: `python -m tests.fuzz --programs 20000 --seed 0`."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from .isolated import failures
from .search import Counts


def main() -> None:
    """Print what differs, the first of each kind small, and in the end what was run."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--programs", type=int, default=1000, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="the seed of the first; the others follow")
    parser.add_argument("--length", type=int, default=14, help="lines of a program")
    parser.add_argument("--against", choices=("torch", "differences"), default="torch")
    parser.add_argument("--show", type=int, default=1, help="examples that are shown of each kind of difference")
    options = parser.parse_args()
    start, shown, counts = time.perf_counter(), Counter[str](), Counts()
    seeds = range(options.seed, options.seed + options.programs)
    for seed, counts, failure in failures(seeds, options.against, options.length, options.show):
        if failure is not None:
            shown[failure.kind] += 1
            if failure.lines is not None:
                print(f"\n--- seed {seed}: {failure.kind}\n{failure.text}\n{failure.script}", flush=True)
        if (seed - options.seed + 1) % 500 == 0:
            print(f"{time.perf_counter() - start:.0f} s: {counts}", file=sys.stderr, flush=True)
    print("".join(f"\n{count:6} {kind}" for kind, count in shown.most_common()))
    print(f"from seed {options.seed} against {options.against}: {counts}, {sum(shown.values())} differences")
    sys.exit(bool(shown))


if __name__ == "__main__":
    main()
