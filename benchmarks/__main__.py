"""Our training steps beside PyTorch eager, JAX jit, MyGrad, HIPS autograd and NumPy by hand: time, memory, growth.

    python -m benchmarks                                     all of it, on the screen (about 35 minutes)
    python -m benchmarks --out benchmarks/RESULTS.md         written, with the plot beside it
    python -m benchmarks --parts steps --workloads 784-512   some of it
    python -m benchmarks --parts scaling operations --out benchmarks/RESULTS.md
                                                             these sections anew, the others as they are (10 minutes)
    python -m benchmarks --quick                             seconds, to see that it runs

Peers that are not installed are left out: pip install "tinygrad_lite[benchmarks]" brings them. It fails if the
contestants' losses disagree.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from . import contest, machine, memory, operations, report, scaling
from .contest import CONTESTANTS
from .processes import FULL, QUICK, Effort, Failed, all_cores, on_cores
from .workloads import WORKLOADS

PARTS = ("steps", "memory", "scaling", "operations")


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write."""
    given = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure")
    parser.add_argument("--workloads", default="", metavar="TEXT", help="only those whose names contain this text")
    parser.add_argument(
        "--contestants", nargs="+", metavar="NAME", choices=[c.name for c in CONTESTANTS], help="only these"
    )
    parser.add_argument(
        "--cores",
        nargs="+",
        type=int,
        default=sorted({1, all_cores()}),
        help="on how many cores the steps are measured; one and all, if it is not given",
    )
    parser.add_argument("--quick", action="store_true", help="few and short rounds: the figures are not to be believed")
    parser.add_argument("--out", type=Path, help="where to write the report; the plot goes beside it")
    options = parser.parse_args(given)

    found = measure(options, shlex.join(["python", "-m", "benchmarks", *given]))
    plot = (options.out or Path("RESULTS.md")).with_name("scaling.png")
    before = options.out.read_text(encoding="utf-8") if options.out and options.out.exists() else ""
    text = report.written(before, found, plot.name)
    if options.out:
        options.out.write_text(text, encoding="utf-8")
        if found.lines:
            scaling.plot(found.lines, plot)
        text = report.short(found)
    print(text)


def measure(options: argparse.Namespace, command: str) -> report.Findings:
    """Run the parts that were asked for."""
    contestants = [each for each in CONTESTANTS if not options.contestants or each.name in options.contestants]
    workloads = [each for each in WORKLOADS if options.workloads in each.name][: 2 if options.quick else None]
    effort = QUICK if options.quick else FULL
    facts = machine.ask()
    steps: dict[int, list[contest.Result]] = {}
    peaks, lines, rows = {}, [], []
    if "steps" in options.parts:
        for cores in sorted(options.cores):
            steps[cores] = []
            for workload in workloads:
                progress(f"{workload.name}, cores: {cores}")
                with on_cores(cores):
                    steps[cores].append(contest.measure(workload, contestants, effort))
    if "memory" in options.parts:
        for workload in memory.distinct(workloads):
            progress(f"memory of {workload.name}")
            peaks[workload.name] = memory.measure(workload, contestants)
    if "scaling" in options.parts:
        progress("scaling")
        lines = scaling.measure(
            scaling.QUICK if options.quick else scaling.VALUES,
            contestants,
            Effort(5, 0.05) if effort is FULL else QUICK,
        )
    if "operations" in options.parts:
        progress("operations")
        with on_cores(1):
            rows = operations.measure(["add", "linear"]) if options.quick else operations.measure()
    return report.Findings(command, facts, contestants, steps, peaks, lines, rows)


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"failed: {error}")
