"""How the cost of a training step grows with a network's depth and width and with the batch: a table and a plot."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tinygrad_lite.runtime.optional import require

from .contest import JAX, Contestant, started
from .processes import Effort, in_turns
from .tables import duration, markdown
from .workloads import BOOK, Workload, mlp

EXPLANATION = """\
JAX is left out above a depth of 100: to compile such a network takes longer than all the rest.
"""

# Told apart by colour-blind eyes (Okabe and Ito's colours) and, by their marks, without colours too.
STYLES = {
    "tinygrad_lite": ("#0072b2", "o"),
    "tinygrad_lite compiled": ("#56b4e9", "*"),
    "tinygrad_lite numba": ("#f0e442", "P"),
    "PyTorch": ("#d55e00", "s"),
    "JAX jit": ("#009e73", "^"),
    "NumPy by hand": ("#000000", "x"),
    "MyGrad": ("#cc79a7", "D"),
    "HIPS autograd": ("#e69f00", "v"),
}
COMPILED = 100
"""The depth up to which JAX is asked: compiling an unrolled network takes longer than all the rest."""


class Line(NamedTuple):
    """What grows, its values, and what they give: the seconds of a step for each contestant."""

    label: str
    values: list[int]
    seconds: dict[str, dict[int, float]]


def workload(label: str, value: int) -> Workload:
    """One point."""
    name = f"{label} {value}"
    if label == "depth":  # tanh keeps its signal through a thousand layers, where ReLU's falls to numbers that are slow
        return Workload(name, "training", mlp(*[32] * value, 32, 10, between=(("Tanh",),)), 32, lr=0.01)
    if label == "width":
        return Workload(name, "training", mlp(784, value, value, 10), 64, lr=0.01)
    return Workload(name, "training", BOOK, value, lr=0.01)


LABELS = {
    "depth": "depth (of width 32, tanh, batch 32)",
    "width": "width (784-n-n-10, batch 64)",
    "batch": "batch (784-100×4-10)",
}
VALUES = {
    "depth": [1, 10, 100, 1000],
    "width": [16, 64, 256, 1024, 2048],
    "batch": [1, 8, 64, 512, 4096],
}
QUICK = {"batch": [1, 8]}


def measure(values: dict[str, list[int]], contestants: Iterable[Contestant], effort: Effort) -> list[Line]:
    """The median times at every point."""
    contestants, lines = list(contestants), []
    for label, points in values.items():
        seconds: dict[str, dict[int, float]] = {each.name: {} for each in contestants if each.installed}
        for value in points:
            entered = [c for c in contestants if not (c is JAX and label == "depth" and value > COMPILED)]
            with started(entered) as workers:
                for worker in workers.values():
                    worker.ask("build", [workload(label, value).fields()])
                for name, times in in_turns(workers, effort).items():
                    seconds[name][value] = times.median
        lines.append(Line(label, points, seconds))
    return lines


def table(lines: list[Line], names: list[str]) -> str:
    rows = [
        [
            f"{line.label} {value}",
            *(duration(line.seconds[n][value]) if value in line.seconds[n] else "–" for n in names),
        ]
        for line in lines
        for value in line.values
    ]
    return markdown(["a step", *names], rows)


def plot(lines: list[Line], path: Path) -> None:
    """One panel for each of what grows, both axes logarithmic."""
    require("matplotlib", "benchmarks").use("Agg")
    plt = require("matplotlib.pyplot", "benchmarks")

    figure, panels = plt.subplots(1, len(lines), figsize=(11, 4), sharey=True, squeeze=False, layout="constrained")
    for panel, line in zip(panels[0], lines, strict=True):
        for name, points in line.seconds.items():
            color, marker = STYLES[name]
            panel.loglog(
                list(points), [s * 1e3 for s in points.values()], color=color, marker=marker, markersize=5, label=name
            )
        panel.set_xlabel(LABELS[line.label])
        panel.grid(True, which="major", color="#dddddd")
    panels[0, 0].set_ylabel("milliseconds of a training step")
    figure.legend(
        *panels[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=len(STYLES), frameon=False
    )
    figure.savefig(path, dpi=80)
    plt.close(figure)
